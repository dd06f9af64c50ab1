"""One-off collection: visits now, for chosen accounts, by the same queue, crawlers and writer."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bus.dispatch import Dispatcher
from cityreach.cli.exits import Failed, UsageError
from cityreach.cli.output import say
from cityreach.running import make_stack, part, part_environment
from cityreach.settings import BaseAll
from cityreach.stack import Servers
from cityreach.supervise import Part, Supervisor
from crawler.platforms import platform as platform_of
from model.account import Account
from model.messages import Visit, VisitKind, Window
from model.platform import PlatformName
from model.route import Route
from operations.remedies import GET_BROWSER
from operations.routes import able_to_browse
from operations.runtime import Runtime

_POLL = 0.2
_DEFAULT_BACK = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What `cityreach collect` was asked for."""

    accounts: tuple[str, ...] = ()
    platform: PlatformName | None = None
    since: datetime | None = None
    until: datetime | None = None


def collect_now(runtime: Runtime, order: Order, stop: Event) -> list[dict[str, Any]]:
    """Outcomes of the visits, one row each. Starts servers and parts that are not running."""
    settings = runtime.settings
    with make_stack(settings) if runtime.needs_servers else nullcontext() as stack:
        servers = stack.start() if stack else Servers(runtime.mongo_uri, runtime.redis_uri)
        inside = Runtime(settings, servers)
        visits = list(_visits(inside, order))
        environment = part_environment(servers)
        parts = [Part("write", part("write"), environment)]
        parts.append(Part("crawl", part("crawl"), environment))
        if web := {visit.platform for visit in visits if visit.route is Route.WEB}:
            parts.append(_web_part(settings, sorted(web), environment))
        with Supervisor(parts, say):
            Dispatcher(inside.redis).dispatch(visits)
            _watch(inside, visits, stop)
        rows = list(_outcomes(inside, visits))
        inside.close()
        return rows


def _web_part(
    settings: BaseAll, platforms: Sequence[PlatformName], environment: Mapping[str, str]
) -> Part:
    unable = set(platforms) - set(able_to_browse(settings, platforms))
    if unable:
        names = ", ".join(sorted(unable))
        raise Failed(f"no browser for the public pages of {names}: {GET_BROWSER}")
    return Part("crawl web", part("crawl", "--route", "web"), environment)


def _visits(runtime: Runtime, order: Order) -> Iterator[Visit]:
    now = runtime.clock.now()
    until = order.until or now
    window = Window(order.since or until - _DEFAULT_BACK, until)
    if window.start >= window.end:
        raise UsageError(f"--since {window.start} must lie before --until {window.end}")
    for account in _chosen(runtime, order):
        found = platform_of(account.platform)
        route = runtime.routing(account.platform).allowed(account, web_served=False)[0]
        rides = found.web.profile_rides_along if route is Route.WEB else found.profile_rides_along
        for kind in (VisitKind.PROFILE, VisitKind.TIMELINE):
            if kind is VisitKind.PROFILE and rides:
                continue
            yield Visit(
                platform=account.platform,
                account=account.id,
                handle=account.handle,
                kind=kind,
                slot=now,
                window=window if kind is VisitKind.TIMELINE else None,
                route=route,
            )


def _chosen(runtime: Runtime, order: Order) -> list[Account]:
    known = {account.key: account for account in runtime.truth.accounts() if account.id}
    unknown = [key for key in order.accounts if key not in known]
    if unknown:
        raise UsageError(
            f"--account {unknown[0]}: not in the registry; expected platform:id as "
            "`cityreach accounts list` shows it"
        )
    chosen = [known[key] for key in order.accounts] or list(known.values())
    chosen = [a for a in chosen if order.platform in {None, a.platform}]
    if not chosen:
        raise Failed("no account to collect: `cityreach accounts import` takes some")
    return chosen


def _watch(runtime: Runtime, visits: Sequence[Visit], stop: Event) -> None:
    """A progress bar on a terminal, otherwise one line per 30 s."""
    console = Console(stderr=True)
    ids, said = [visit.id for visit in visits], time.monotonic()
    with Progress(console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("visits", total=len(ids))
        while not stop.is_set():
            done = len(runtime.truth.visit_states(ids))
            bar.update(task, completed=done)
            if done == len(ids):
                return
            if bar.disable and time.monotonic() - said >= 30:
                said = time.monotonic()
                say(f"{done} of {len(ids)} visits have ended")
            stop.wait(_POLL)


def _outcomes(runtime: Runtime, visits: Sequence[Visit]) -> Iterator[dict[str, Any]]:
    found = runtime.db.visits.find({"_id": {"$in": [visit.id for visit in visits]}})
    states = {row["_id"]: row for row in found}
    for visit in visits:
        state = states.get(visit.id)
        outcome = state["outcome"] if state else "not_finished"
        detail = state.get("detail", "") if state else "stopped before its end"
        yield {"visit": visit.id, "outcome": outcome, "detail": detail}
