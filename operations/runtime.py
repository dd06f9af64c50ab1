"""What use cases work with: settings, clock, connections, months and plans."""

from __future__ import annotations

import os
import socket
from functools import cached_property

from redis import Redis

from bus.connection import connect_redis
from bus.dispatch import Dispatcher
from bus.harvest import HarvestOut
from model.clock import Clock
from model.months import Months
from model.period import Period
from model.platform import PlatformName
from model.servers import Servers
from operations.budgets import LedgerBudgets
from operations.configuration.traits import traits_of
from operations.errors import Failed
from operations.health.servers import readable_address, require_mongo
from operations.settings import Settings
from scheduler.plan import Plan
from scheduler.planner import Planner
from scheduler.plans import Plans
from scheduler.routes import Routing
from store.database import Store, connect_mongo, ensure_indexes
from store.plan.queries import StoreQueries
from store.plan.skipped import StoredSkipLog
from store.schema import require_version


def process_name() -> str:
    """Host and process id: how this process is known to the queue server."""
    return f"{socket.gethostname()}-{os.getpid()}"


class Runtime:
    """Connects to a server when it is first used."""

    def __init__(self, settings: Settings, clock: Clock, servers: Servers) -> None:
        self.settings = settings
        self.clock = clock
        self.servers = servers

    @property
    def needs_servers(self) -> bool:
        """Whether the address of a server is not known."""
        return not (self.servers.mongo_uri and self.servers.redis_uri)

    @property
    def mongo_uri(self) -> str:
        """Raises Failed with what to do if there is no MongoDB, or its address is no address."""
        uri = self.servers.mongo_uri or self._absent("MongoDB", "CITYREACH_MONGO_URI")
        return readable_address("MongoDB", uri)

    @property
    def redis_uri(self) -> str:
        """Raises Failed with what to do if there is no Redis, or its address is no address."""
        uri = self.servers.redis_uri or self._absent("Redis", "CITYREACH_REDIS_URI")
        return readable_address("Redis", uri)

    def _absent(self, server: str, key: str) -> str:
        raise Failed(
            f"no {server} is running for data directory {self.settings.data_dir}: "
            f"start `cityreach up`, or set {key}"
        )

    @cached_property
    def unindexed_db(self) -> Store:
        """The project's database; nothing is asked of the server yet, which may be away."""
        return connect_mongo(self.mongo_uri, self.settings.mongo_database)

    @cached_property
    def db(self) -> Store:
        """The project's database, with its indexes. Raises Failed where it cannot be used, and
        SchemaError where its documents are of another version."""
        require_mongo(self.mongo_uri)
        require_version(self.unindexed_db)
        ensure_indexes(self.unindexed_db)
        return self.unindexed_db

    @cached_property
    def redis(self) -> Redis:
        """The queue server."""
        return connect_redis(self.redis_uri)

    @cached_property
    def queries(self) -> StoreQueries:
        """What MongoDB knows, as the planner asks it."""
        return StoreQueries(self.db)

    @cached_property
    def months(self) -> Months:
        """The months in the configured zone, with the configured cut-off."""
        return self.settings.months

    def current_month(self) -> Period:
        """The month that contains the present instant, in the configured zone."""
        return self.months.containing(self.clock.now())

    def harvest(self) -> HarvestOut:
        """The harvest as this process reads it."""
        idle_ms = int(self.settings.crawler.lease_seconds * 1000)
        return HarvestOut(self.redis, process_name(), idle_ms)

    def planner(self, plan: Plan | Plans, retry_scale: float = 1.0) -> Planner:
        """A planner for the enabled platforms, over these servers."""
        enabled = self.settings.enabled
        return Planner(
            self.queries,
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

    def plans(self) -> Plans:
        """All plans of the settings."""
        return self.settings.plan.plans()

    def close(self) -> None:
        """Closes the connections that were made."""
        if "unindexed_db" in self.__dict__:
            self.unindexed_db.client.close()
        if "redis" in self.__dict__:
            self.redis.close()
