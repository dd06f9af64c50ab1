"""One-off collection: visits now, for chosen accounts, by the same queue, crawlers and writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from bus.dispatch import Dispatcher
from crawler.platforms import platform as platform_of
from model.account import Account
from model.messages import Visit, VisitKind, Window
from model.platform import PlatformName
from model.route import Route
from model.visit import RECOGNISED_BY
from operations.errors import Failed, UsageError
from operations.runtime import Runtime

_POLL = 0.2
_DEFAULT_BACK = timedelta(days=31)
Workers = Callable[[Sequence[Visit]], AbstractContextManager[object]]
"""Runs a writer and the crawlers that these visits need, until its context ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectRequest:
    """Whose posts of which time are collected; posts of the last 31 days if nothing is said."""

    accounts: tuple[str, ...] = ()
    """Keys, `platform:id`; empty: all accounts whose ids are known."""
    platform: PlatformName | None = None
    since: datetime | None = None
    until: datetime | None = None


def collect_now(
    runtime: Runtime,
    request: CollectRequest,
    workers: Workers,
    stop: Event,
    report: Callable[[int, int], None],
) -> list[dict[str, Any]]:
    """Outcomes of the visits, one row each. `report` gets the visits ended and all, repeatedly.

    Raises UsageError for an account that is not registered or an empty span, Failed where there is
    nothing to collect.
    """
    visits = list(_visits(runtime, request))
    with workers(visits):
        Dispatcher(runtime.redis).dispatch(visits)
        _wait(runtime, visits, stop, report)
    return list(_outcomes(runtime, visits))


def _visits(runtime: Runtime, request: CollectRequest) -> Iterator[Visit]:
    now = runtime.clock.now()
    until = request.until or now
    since = request.since or until - _DEFAULT_BACK
    if since >= until:
        raise UsageError(f"--since {since} must lie before --until {until}")
    window = Window(since, until)
    for account in _chosen(runtime, request):
        platform = platform_of(account.platform)
        route = runtime.routing(account.platform).allowed(account, web_served=False)[0]
        by_route = platform.web if route is Route.WEB else platform
        posts: tuple[str, ...] = ()
        if route is not Route.WEB and platform.recognised_by_posts:
            posts = tuple(runtime.queries.newest_posts(account.key, RECOGNISED_BY))
        for kind in (VisitKind.PROFILE, VisitKind.TIMELINE):
            if kind is VisitKind.PROFILE and by_route.profile_rides_along:
                continue
            yield Visit(
                platform=account.platform,
                account=account.id,
                handle=account.handle,
                kind=kind,
                slot=now,
                window=window if kind is VisitKind.TIMELINE else None,
                posts=posts,
                route=route,
            )


def _chosen(runtime: Runtime, request: CollectRequest) -> list[Account]:
    now = runtime.clock.now()
    known = {account.key: account for account in runtime.queries.accounts() if account.id}
    unknown = [key for key in request.accounts if key not in known]
    if unknown:
        raise UsageError(
            f"--account {unknown[0]}: not in the registry; expected platform:id as "
            "`cityreach accounts list` shows it"
        )
    visited = [account for account in known.values() if account.is_visited(now)]
    chosen = [known[key] for key in request.accounts] or visited
    chosen = [account for account in chosen if request.platform in {None, account.platform}]
    if not chosen:
        raise Failed("no account to collect: `cityreach accounts import` takes some")
    return chosen


def _wait(
    runtime: Runtime, visits: Sequence[Visit], stop: Event, report: Callable[[int, int], None]
) -> None:
    ids = [visit.id for visit in visits]
    while not stop.is_set():
        ended = len(runtime.queries.visit_states(ids))
        report(ended, len(ids))
        if ended == len(ids):
            return
        stop.wait(_POLL)


def _outcomes(runtime: Runtime, visits: Sequence[Visit]) -> Iterator[dict[str, Any]]:
    ended = runtime.db.visits.find({"_id": {"$in": [visit.id for visit in visits]}})
    states = {row["_id"]: row for row in ended}
    cities = {account.key: account.city for account in runtime.queries.accounts()}
    for visit in visits:
        state = states.get(visit.id)
        outcome = state["outcome"] if state else "not_finished"
        detail = state.get("detail", "") if state else "stopped before its end"
        yield {
            "visit": visit.id,
            "platform": visit.platform,
            "handle": visit.handle,
            "city": cities.get(f"{visit.platform}:{visit.account}"),
            "kind": visit.kind.value,
            "posts": _posts_seen(state) if state else None,
            "outcome": outcome,
            "detail": detail,
        }


def _posts_seen(visit: Mapping[str, Any]) -> int | None:
    """How many posts the visit's last attempt was shown; None where it looked for none."""
    seen = visit["attempts"][-1].get("seen") if visit.get("attempts") else None
    return None if seen is None else len(seen)
