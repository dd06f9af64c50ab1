"""A month of a small world in this process: a sandbox without a server, visits without crawlers or
a browser, and the writer with a real MongoDB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from starlette.applications import Starlette

from crawler.contract import Answer, Call, Close
from crawler.engine.sinks import harvest_page
from crawler.errors import Retry
from crawler.platforms import platform
from model.account import Account
from model.messages import Harvest, Outcome, Visit, VisitClosed, VisitKind, Window
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from model.visit import RECOGNISED_BY
from operations.rehearsal.world_run import sandbox_sections, world_accounts
from sandbox.app import create_app
from sandbox.service.access import TOKEN_HEADER
from sandbox.world.file import load_world
from scoring.cities.measures import measure_rows
from store.accounts import put_accounts
from store.database import VISITS, Store
from store.ingest.writer import Writer
from store.month.measures import account_months
from store.plan.queries import StoreQueries
from tests.crawler.platforms.driver import drive
from tests.crawler.platforms.opening import opening

MAY = Period.month("2025-05")
URL = "http://127.0.0.1:8000"
_CONTROL = {TOKEN_HEADER: "hunt"}
_EVERY = {Route.API: timedelta(days=5), Route.WEB: timedelta(days=10)}
_TRIES = 3
_AGAIN = timedelta(minutes=20)
Row = dict[str, Any]


def platforms(route: Route) -> Sequence[PlatformName]:
    """X shows no posts on its public pages that could be added up."""
    return PLATFORMS if route is Route.API else tuple(name for name in PLATFORMS if name != "x")


def collected(
    db: Store,
    world_file: Path,
    faults: Callable[[list[Account]], list[Mapping[str, Any]]],
    route: Route = Route.API,
) -> list[Row]:
    """The rows of `measures --json` of the world's May; `faults` of its accounts are in force."""
    world = load_world(world_file)
    accounts = [one for one in world_accounts(world) if one.platform in platforms(route)]
    put_accounts(db, accounts)
    app = create_app(world, now=world.start, control_token="hunt")
    with asyncio.Runner() as runner:
        http = _Client(app, runner)
        http.control("faults", faults(accounts))
        _Month(db, http, accounts, route).collect()
    return [row.plain() for row in measure_rows(MAY, account_months(db, MAY))]


class _Client:
    """Calls of the application, one after the other, without a server."""

    def __init__(self, app: Starlette, runner: asyncio.Runner) -> None:
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)
        self._runner = runner

    def request(self, method: str, url: str, **of: Any) -> httpx.Response:
        """One call. Raises Retry where the connection ends before the answer does."""
        try:
            return self._runner.run(self._http.request(method, url, **of))
        except AssertionError as error:
            raise Retry(Outcome.TIMEOUT, "the connection was closed") from error

    def get(self, url: str, **of: Any) -> httpx.Response:
        """A page."""
        return self.request("GET", url, **of)

    def post(self, url: str, **of: Any) -> httpx.Response:
        """A form, or a document."""
        return self.request("POST", url, **of)

    def control(self, what: str, body: object) -> None:
        """Changes the sandbox."""
        answer = self.post(f"/_sandbox/{what}", json=body, headers=_CONTROL)
        assert answer.status_code == 200, answer.text


class _Month:
    """Visits at fixed instants, tried again while they fail."""

    def __init__(self, db: Store, http: _Client, accounts: list[Account], route: Route) -> None:
        self.http = http
        self.now = MAY.start
        self._db = db
        self._known = StoreQueries(db)
        self._accounts = accounts
        self._writer = Writer(db)
        self._route = route
        self._sections = sandbox_sections(URL, route)

    def collect(self) -> None:
        """The whole month, up to a day after its cut-off."""
        for slot in self._slots():
            kinds = [VisitKind.TIMELINE] if slot > MAY.start else []
            if slot in (MAY.start, MAY.end):
                kinds.insert(0, VisitKind.PROFILE)
            for kind in kinds:
                self._visit(slot, kind)

    def _slots(self) -> Iterator[datetime]:
        slot = MAY.start
        while slot < MAY.end:
            yield slot
            slot += _EVERY[self._route]
        yield from (MAY.end, MAY.cutoff, MAY.cutoff + timedelta(days=1))

    def _visit(self, slot: datetime, kind: VisitKind) -> None:
        window = Window(MAY.start, MAY.end) if kind is VisitKind.TIMELINE else None
        waiting = [
            Visit(
                platform=account.platform,
                account=account.id,
                handle=account.handle,
                kind=kind,
                slot=slot,
                window=window,
                posts=self._posts(account, window),
                route=self._route,
            )
            for account in self._accounts
        ]
        for attempt in range(_TRIES):
            if waiting:
                waiting = self._attempt(waiting, slot + attempt * _AGAIN, attempt)

    def _posts(self, account: Account, window: Window | None) -> tuple[str, ...]:
        """The known posts that a visit carries, as planned."""
        of = platform(account.platform)
        if self._route is Route.WEB:
            carries = of.web.takes_known_posts and window is not None
            return tuple(self._known.posts_published(account.key, window)) if carries else ()  # type: ignore[arg-type]
        if of.recognised_by_posts:
            return tuple(self._known.newest_posts(account.key, RECOGNISED_BY))
        return ()

    def _attempt(self, visits: list[Visit], now: datetime, attempt: int) -> list[Visit]:
        """Carries visits out; gives those that may be tried again."""
        self.now = now
        self.http.control("clock", {"now": f"{now:%FT%TZ}", "rate": 0})
        visits = [msgspec.structs.replace(visit, attempt=attempt) for visit in visits]
        ended: list[tuple[Harvest, bytes | None]] = []
        for name in platforms(self._route):
            of = platform(name)
            config = of.Config(**self._sections[name])
            by_api = self._route is Route.API
            respond = self._respond(of.authorise("hunt")) if by_api else opening(self)
            run = drive(of, config, [one for one in visits if one.platform == name], respond)
            ended += [harvest_page(page) for page in run.pages]
            ended += [(self._closed(close), None) for close in run.closes]
        self._writer.write(ended)
        ids = {"_id": {"$in": [visit.id for visit in visits]}}
        stored = {of["_id"]: Outcome(of["outcome"]) for of in self._db[VISITS].find(ids)}
        return [one for one in visits if one.id not in stored or stored[one.id].transient]

    def _closed(self, close: Close) -> VisitClosed:
        return VisitClosed(
            visit=close.visit,
            outcome=close.outcome,
            detail=close.detail,
            observed_at=self.now,
            seen=close.seen,
            proof=close.proof,
            proven_from=close.proven_from,
        )

    def _respond(self, credential: Mapping[str, str]) -> Callable[[Call], Answer]:
        def respond(call: Call) -> Answer:
            headers = {**call.headers, **credential}
            answer = self.http.request(call.method, call.url, headers=headers, content=call.body)
            return Answer(
                call=call,
                status=answer.status_code,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=answer.content,
                observed_at=self.now,
            )

        return respond
