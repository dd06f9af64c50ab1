"""A month of a small generated world in this process, with random faults: what differs untold.

The sandbox answers without a server, the visits are driven without crawlers, the writer writes to a
real MongoDB. What the month's rows say is compared with the oracle; a measure may only differ where
its row says so.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from starlette.applications import Starlette

from cityreach.demo.run import sandbox_sections, world_accounts
from crawler.contract import Answer, Call, Close
from crawler.engine.sinks import harvest_page
from crawler.platforms import platform
from model.account import Account
from model.messages import Outcome, Visit, VisitClosed, VisitKind, Window
from model.period import Period
from model.platform import PLATFORMS
from sandbox.app import create_app
from sandbox.generate.maker import generate
from sandbox.service.access import TOKEN_HEADER
from sandbox.service.faults import FaultKind
from sandbox.world.file import load_world
from scoring.cities.measures import measure_rows
from store.accounts import put_accounts
from store.database import Store
from store.ingest.writer import Writer
from store.month.measures import account_months
from tests import oracle
from tests.crawler.platforms.driver import drive

MAY = Period.month("2025-05")
URL = "http://127.0.0.1:8000"
_CONTROL = {TOKEN_HEADER: "hunt"}
_EVERY = timedelta(days=5)
_TRIES = 3
_AGAIN = timedelta(minutes=20)
_NEEDS_TIME = {FaultKind.TIMEOUT, FaultKind.SLOW, FaultKind.CUT, FaultKind.CHALLENGE}
"""Kinds that need a connection, or pages."""
LATER = {
    FaultKind.SWAPPED_COUNTERS,
    FaultKind.CLOCK_OFF,
    FaultKind.MISSING_FIELDS,
    FaultKind.EDGE_TIME,
    FaultKind.MISSING_ROWS,
    FaultKind.LIST_CUT,
    FaultKind.WRONG_TOTAL,
}
"""Kinds that no answer betrays by itself: values, times and ends that are well formed and wrong.
They need what is known from elsewhere, and are not asserted yet."""
KINDS = tuple(kind for kind in FaultKind if kind not in _NEEDS_TIME | LATER)


_ONLY = {
    FaultKind.SUSPENDED_TOKEN: "x",
    FaultKind.VALIDATION_ERROR: "x",
    FaultKind.SUSPENDED_ACCOUNT: "x",
    FaultKind.AGE_GATED_ACCOUNT: "youtube",
}
_OF_ONE_ACCOUNT = {
    FaultKind.GONE_ACCOUNT,
    FaultKind.RENAMED_HANDLE,
    FaultKind.REUSED_HANDLE,
    FaultKind.SUSPENDED_ACCOUNT,
    FaultKind.AGE_GATED_ACCOUNT,
    FaultKind.SAME_SECOND,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a month came to."""

    faults: tuple[Mapping[str, Any], ...]
    differences: tuple[str, ...]
    """All that differ from the oracle."""
    untold: tuple[str, ...]
    """Those of rows that do not say so."""


def random_faults(seed: int, kinds: tuple[FaultKind, ...] = KINDS) -> list[dict[str, Any]]:
    """Two to five faults of random kinds, on random platforms, from random days on."""
    dice = random.Random(seed)
    return [_fault(dice, dice.choice(kinds)) for _ in range(dice.randint(2, 5))]


def _fault(dice: random.Random, kind: FaultKind) -> dict[str, Any]:
    named = _ONLY.get(kind) or dice.choice(PLATFORMS)
    since = MAY.start + timedelta(hours=dice.randint(0, 33 * 24))
    until = since + timedelta(days=dice.choice((1, 4, 12)))
    return {
        "kind": kind.value,
        "platform": named,
        "ratio": dice.choice((0.3, 0.7, 1.0)),
        "seed": dice.randint(0, 10**6),
        "since": f"{since:%FT%TZ}",
        "until": f"{until:%FT%TZ}",
    }


def hunt(db: Store, folder: Path, seed: int, faults: list[dict[str, Any]]) -> Found:
    """Collects the month and compares it."""
    world_file = folder / f"{seed}.jsonl.gz"
    world_file.write_bytes(generate(seed, cities=1))
    world = load_world(world_file)
    accounts = world_accounts(world)
    put_accounts(db, accounts)
    app = create_app(world, now=world.start, control_token="hunt")
    with asyncio.Runner() as runner:
        http = _Client(app, runner)
        for fault in faults:
            http.control("faults", _meant(fault, accounts))
        _Month(db, http, accounts).collect()
    rows = [row.plain() for row in measure_rows(MAY, account_months(db, MAY))]
    different = list(oracle.differences(rows, oracle.expected(world_file, MAY.name)))
    by_key = {row["account"]: row for row in rows}
    untold = [text for text in different if not told(by_key[text.split()[0]], text.split()[1])]
    return Found(tuple(faults), tuple(different), tuple(untold))


def _meant(fault: dict[str, Any], accounts: list[Account]) -> dict[str, Any]:
    """The fault; one that concerns an account meets one of its platform."""
    if fault["kind"] not in _OF_ONE_ACCOUNT:
        return fault
    mine = [account for account in accounts if account.platform == fault["platform"]]
    chosen = mine[fault["seed"] % len(mine)]
    kept = {name: value for name, value in fault.items() if name not in ("ratio", "seed")}
    return {**kept, "account": chosen.id, "handle": f"{chosen.handle[:8]}new"}


def told(row: Mapping[str, Any], name: str) -> bool:
    """Whether the row says that this measure may be off."""
    if name.strip(":") in ("followers_start", "followers_end", "follower_gain"):
        edges = ("followers_start", "followers_end") if "gain" in name else (name.strip(":"),)
        off_time = row.get("off_time", {})
        return any(row[edge] is None or edge in off_time for edge in edges)
    coverage = row["coverage"]
    partly = any(coverage[part] is not None and coverage[part] < 1 for part in coverage)
    return not row["collected"] or partly or bool(row.get("doubts") or row.get("off_time"))


class _Client:
    """Calls of the application, one after the other, without a server."""

    def __init__(self, app: Starlette, runner: asyncio.Runner) -> None:
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)
        self._runner = runner

    def request(self, call: Call, headers: Mapping[str, str]) -> httpx.Response:
        """One call."""
        asked = self._http.request(call.method, call.url, headers=headers, content=call.body)
        return self._runner.run(asked)

    def control(self, what: str, body: object) -> None:
        """Changes the sandbox."""
        answer = self._runner.run(self._http.post(f"/_sandbox/{what}", json=body, headers=_CONTROL))
        assert answer.status_code == 200, answer.text


class _Month:
    """Visits at fixed instants, tried again while they fail."""

    def __init__(self, db: Store, http: _Client, accounts: list[Account]) -> None:
        self._http = http
        self._accounts = accounts
        self._writer = Writer(db)
        self._sections = sandbox_sections(URL)
        self._now = MAY.start

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
            slot += _EVERY
        yield from (MAY.end, MAY.cutoff, MAY.cutoff + timedelta(days=1))

    def _visit(self, slot: datetime, kind: VisitKind) -> None:
        for name in PLATFORMS:
            window = Window(MAY.start, MAY.end) if kind is VisitKind.TIMELINE else None
            waiting = [
                Visit(
                    platform=name,
                    account=account.id,
                    handle=account.handle,
                    kind=kind,
                    slot=slot,
                    window=window,
                )
                for account in self._accounts
                if account.platform == name
            ]
            for attempt in range(_TRIES):
                if waiting:
                    waiting = self._attempt(name, waiting, slot + attempt * _AGAIN, attempt)

    def _attempt(self, name: str, visits: list[Visit], now: datetime, attempt: int) -> list[Visit]:
        """Carries visits out; gives those that may be tried again."""
        self._now = now
        clock = {"now": f"{now:%FT%TZ}", "rate": 0}
        self._http.control("clock", clock)
        visits = [msgspec.structs.replace(visit, attempt=attempt) for visit in visits]
        of = platform(name)
        config = of.Config(**self._sections[name])
        run = drive(of, config, visits, self._respond(of.authorise("hunt")))
        self._writer.write([harvest_page(page) for page in run.pages])
        self._writer.write([(self._closed(close), None) for close in run.closes])
        again = {visit.id for visit in visits if self._fails(visit)}
        return [visit for visit in visits if visit.id in again]

    def _fails(self, visit: Visit) -> bool:
        stored = self._writer._db["visits"].find_one({"_id": visit.id})
        return stored is None or Outcome(stored["outcome"]).transient

    def _closed(self, close: Close) -> VisitClosed:
        return VisitClosed(
            visit=close.visit,
            outcome=close.outcome,
            detail=close.detail,
            observed_at=self._now,
            seen=close.seen,
            proof=close.proof,
            proven_from=close.proven_from,
        )

    def _respond(self, credential: Mapping[str, str]) -> Callable[[Call], Answer]:
        def respond(call: Call) -> Answer:
            headers = {**call.headers, **credential}
            answer = self._http.request(call, headers)
            return Answer(
                call=call,
                status=answer.status_code,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=answer.content,
                observed_at=self._now,
            )

        return respond
