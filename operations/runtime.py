"""The parts wired together: settings, clock, servers, and what the planner asks of both."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property

from redis import Redis

from bus.connection import connect as connect_redis
from bus.dispatch import Dispatcher
from bus.harvest import HarvestOut
from cityreach.cli.exits import Failed
from cityreach.clock import clock_from
from cityreach.settings import BaseAll
from cityreach.stack import Servers, running_servers
from crawler.platforms import platform
from model.clock import Clock
from model.platform import PLATFORMS, PlatformName
from operations.budgets import LedgerBudgets
from scheduler.plan import Plan
from scheduler.planner import Planner, Traits
from scheduler.plans import Plans
from scheduler.routes import Routing
from scheduler.store_queries import StoreQueries
from scheduler.tariff import tariffs
from store.database import Store, ensure_indexes
from store.database import connect as connect_mongo
from store.plan.skipped import StoredSkipLog


def traits_of(name: PlatformName) -> Traits:
    """How a platform's routes shape its plan, and what its calls cost."""
    found = platform(name)

    def minimum(kind: str, accounts: int, posts: Sequence[int], windows: int) -> int:
        return found.minimum(kind, accounts, posts, windows)

    of = found.web
    return Traits(
        found.profile_rides_along,
        found.refresh_by_id,
        web=Traits(of.profile_rides_along, of.refresh_by_id, of.takes_known_posts),
        minimum=minimum,
        tariff=tariffs()[name],
    )


class Runtime:
    """Connects on first use. Servers: the configured ones, else those `up` or `demo` started."""

    def __init__(self, settings: BaseAll, servers: Servers | None = None) -> None:
        self.settings = settings
        self._given = servers

    @cached_property
    def clock(self) -> Clock:
        """The real clock, or the simulated one of a demo."""
        return clock_from(self.settings.clock_file)

    @cached_property
    def _servers(self) -> Servers | None:
        return self._given or running_servers(self.settings.data_dir)

    @property
    def needs_servers(self) -> bool:
        """Whether a server is neither configured nor running."""
        configured = (self.settings.mongo_uri, self.settings.redis_uri)
        return None in configured and self._servers is None

    @property
    def mongo_uri(self) -> str:
        """Raises Failed with what to do if there is no MongoDB."""
        if self.settings.mongo_uri is not None:
            return self.settings.mongo_uri.get_secret_value()
        if self._servers is None:
            raise Failed(self._absent("MongoDB", "CITYREACH_MONGO_URI"))
        return self._servers.mongo_uri

    @property
    def redis_uri(self) -> str:
        """Raises Failed with what to do if there is no Redis."""
        if self.settings.redis_uri is not None:
            return self.settings.redis_uri.get_secret_value()
        if self._servers is None:
            raise Failed(self._absent("Redis", "CITYREACH_REDIS_URI"))
        return self._servers.redis_uri

    def _absent(self, what: str, key: str) -> str:
        return (
            f"no {what} is running for data directory {self.settings.data_dir}: "
            f"start `cityreach up`, or set {key}"
        )

    @cached_property
    def db(self) -> Store:
        """The project's database, with its indexes."""
        database = connect_mongo(self.mongo_uri, self.settings.mongo_database)
        ensure_indexes(database)
        return database

    @cached_property
    def redis(self) -> Redis:
        """The queue server."""
        return connect_redis(self.redis_uri)

    @cached_property
    def truth(self) -> StoreQueries:
        """What MongoDB knows, as the planner asks it."""
        return StoreQueries(self.db)

    @property
    def delay(self) -> timedelta:
        """From a period's end to its cut-off."""
        return timedelta(days=self.settings.cutoff_days)

    def harvest(self) -> HarvestOut:
        """The harvest as this process reads it."""
        idle_ms = int(self.settings.crawler.lease_seconds * 1000)
        return HarvestOut(self.redis, f"{socket.gethostname()}-{os.getpid()}", idle_ms)

    def planner(self, plan: Plan | Plans, retry_scale: float = 1.0) -> Planner:
        """A planner over this house's servers."""
        enabled = [name for name in PLATFORMS if self.settings.platform(name).enabled]
        return Planner(
            self.truth,
            Dispatcher(self.redis),
            self.clock,
            plan,
            {name: traits_of(name) for name in enabled},
            retry_scale,
            {name: self.routing(name) for name in enabled},
            LedgerBudgets(self.settings, self.redis),
            StoredSkipLog(self.db),
        )

    def routing(self, name: PlatformName) -> Routing:
        """What the settings say about a platform's routes."""
        config = self.settings.platform(name)
        return Routing(config.route, config.has_credentials, config.routes)

    def plan(self) -> Plan:
        """The plan of the settings, for platforms that have none of their own."""
        return self.plans().base

    def plans(self) -> Plans:
        """All plans of the settings."""
        return self.settings.plan.plans()

    def close(self) -> None:
        """Closes the connections that were made."""
        if "db" in self.__dict__:
            self.db.client.close()
        if "redis" in self.__dict__:
            self.redis.close()
