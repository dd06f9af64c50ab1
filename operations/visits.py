"""Visits that have ended or are on their way, and dead letters, as rows; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bus.dead import DeadLetter, dead_letter, read_dead_letters, requeue
from bus.dispatch import Dispatcher
from bus.on_the_way import OnTheWay, on_the_way
from model.account import Account
from model.messages import Outcome
from model.route import Route
from operations.gaps import gap_remedy
from operations.runtime import Runtime
from store.accounts import accounts
from store.database import Document
from store.ingest.attempts import redelivered
from store.visits import Wanted, ended, next_attempts

_Row = dict[str, Any]


def visit_rows(runtime: Runtime, wanted: Wanted, limit: int) -> list[_Row]:
    """The rows of `visits list --json`, the newest first."""
    known = {account.key: account for account in accounts(runtime.db)}
    return [
        _visit_row(visit, known.get(visit["account"])) for visit in ended(runtime.db, wanted, limit)
    ]


def _visit_row(visit: Document, account: Account | None) -> _Row:
    retry_at = visit.get("retry_at")
    outcome = Outcome(visit["outcome"])
    return {
        "id": visit["_id"],
        "platform": visit["platform"],
        "account": visit["account"],
        "handle": account.handle if account else None,
        "city": account.city if account else None,
        "kind": visit["kind"],
        "slot": visit["slot"].isoformat(),
        "outcome": outcome.value,
        "attempts": len(visit["attempts"]),
        "redelivered": redelivered(visit),
        "ended_at": visit["observed_at"].isoformat(),
        "retry_at": retry_at.isoformat() if retry_at else None,
        "calls": visit["calls"],
        "detail": visit["detail"],
        "remedy": gap_remedy("", outcome),
    }


def dead_rows(runtime: Runtime, limit: int | None = None) -> list[_Row]:
    """The rows of `visits dead --json`, the newest first."""
    return [_dead_row(letter) for letter in read_dead_letters(runtime.redis, limit)]


def _dead_row(letter: DeadLetter) -> _Row:
    return {
        "id": letter.id,
        "at": letter.at.isoformat(),
        "from": letter.origin,
        "about": letter.about,
        "reason": letter.reason,
        "understood": letter.content is not None,
        "bytes": len(letter.message),
    }


def requeued(runtime: Runtime, ids: Sequence[str]) -> list[_Row]:
    """Sends dead letters and ended visits out again; one row each, with what became of it."""
    rows: list[_Row] = []
    visits: list[str] = []
    for one in ids:
        letter = dead_letter(runtime.redis, one) if _is_entry(one) else None
        if letter is not None:
            gone = bool(requeue(runtime.redis, [letter]))
            rows.append(
                {
                    "id": one,
                    "what": "dead letter",
                    "requeued": gone,
                    "why": "" if gone else _why_not(letter),
                }
            )
        else:
            visits.append(one)
    return [*rows, *_visits_again(runtime, visits)]


def _is_entry(text: str) -> bool:
    """Whether it looks like the id of a stream's entry: two numbers and a dash."""
    first, _, second = text.partition("-")
    return first.isdecimal() and second.isdecimal()


def _why_not(letter: DeadLetter) -> str:
    if letter.content is None:
        return "today's schema does not understand it either"
    return "somebody else was faster"


def _visits_again(runtime: Runtime, ids: Sequence[str]) -> list[_Row]:
    found = {visit.id: visit for visit in next_attempts(runtime.db, ids)}
    dispatcher = Dispatcher(runtime.redis)
    rows: list[_Row] = []
    for one in ids:
        visit = found.get(one)
        gone = visit is not None and dispatcher.dispatch([visit]) == 1
        why = "" if gone else "no such visit has ended" if visit is None else "it is on its way"
        rows.append({"id": one, "what": "visit", "requeued": gone, "why": why})
    return rows


def live_rows(runtime: Runtime, most: int) -> list[_Row]:
    """Of each platform and route the leased visits, then those that wait, at most `most` of either.

    `lease_left`: seconds until another crawler may take it, unless its holder prolongs the lease;
    below 0 the holder is gone.
    """
    known = {account.key: account for account in accounts(runtime.db)}
    lasts = runtime.settings.crawler.lease_seconds
    return [
        _live_row(one, known.get(f"{one.visit.platform}:{one.visit.account}"), lasts)
        for platform in runtime.settings.enabled
        for route in Route
        for one in on_the_way(runtime.redis, platform, route, most)
    ]


def _live_row(one: OnTheWay, account: Account | None, lasts: float) -> _Row:
    visit = one.visit
    return {
        "id": visit.id,
        "platform": visit.platform,
        "route": visit.route.value,
        "account": f"{visit.platform}:{visit.account}",
        "handle": visit.handle,
        "city": account.city if account else None,
        "kind": visit.kind.value,
        "slot": visit.slot.isoformat(),
        "attempt": visit.attempt,
        "sent_at": one.sent_at.isoformat(),
        "holder": one.holder,
        "lease_left": None if one.quiet is None else round(lasts - one.quiet, 1),
        "deliveries": one.deliveries,
    }
