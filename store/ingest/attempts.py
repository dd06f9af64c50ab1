"""Visits as documents: every attempt, and the outcome that counts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from model.messages import Outcome, VisitClosed, VisitKind, parsed_visit_id, stamped
from model.route import Route
from store.database import Document
from store.errors import Unwritable
from store.ingest.merging import with_attempts
from store.keys import instant, stands_for

PROVEN: Document = {"$or": [{"complete": True}, {"proven_from": {"$exists": True}}]}
"""Timeline visits that prove something about the posts of their window."""


def closed(message: VisitClosed) -> Document:
    """The visit's document after this one attempt."""
    visit = message.visit
    document: Document = {
        "_id": visit.id,
        "platform": visit.platform,
        "account": f"{visit.platform}:{visit.account}",
        "kind": visit.kind.value,
        "slot": instant(visit.slot),
    }
    if visit.window is not None:
        start, end = instant(visit.window.start), instant(visit.window.end)
        document["window"] = {"start": start, "end": end}
    if visit.posts:
        document["posts"] = list(visit.posts)
    return with_attempts(document, [_attempt(message)])


def _attempt(message: VisitClosed) -> Document:
    observed_at = instant(message.observed_at)
    attempt: Document = {
        "attempt": message.visit.attempt,
        "outcome": message.outcome.value,
        "complete": message.outcome.complete,
        "observed_at": observed_at,
        "slot": stands_for(instant(message.visit.slot), observed_at),
        "detail": message.detail,
        "calls": message.calls,
    }
    if message.visit.route is Route.WEB:
        attempt["route"] = Route.WEB.value
    if message.deliveries > 1:
        attempt["deliveries"] = message.deliveries
    if message.retry_at is not None:
        attempt["retry_at"] = instant(message.retry_at)
    if message.proof is not None:
        attempt["proof"] = message.proof.value
    proven = message.outcome.complete or message.proven_from is not None
    if message.proven_from is not None:
        attempt["proven_from"] = instant(message.proven_from)
    if proven and message.visit.kind is VisitKind.TIMELINE:
        attempt["seen"] = sorted(f"{message.visit.platform}:{post}" for post in message.seen)
    return attempt


def lost_page(visit_id: str, observed_at: datetime, detail: str) -> Document:
    """The visit's document where a page that was had for it then was set aside.

    That stands among its attempts as an unsuccessful one, and makes unsuccessful the attempt that
    ends next (`merging.with_attempts`). Raises Unwritable if the id is none.
    """
    named = parsed_visit_id(visit_id)
    if named is None:
        raise Unwritable(f"{visit_id!r} is no visit's id")
    account, observed_at = named["account"], instant(observed_at)
    slot = stamped(named["slot"])
    document: Document = {
        "_id": visit_id,
        "platform": account.partition(":")[0],
        "account": account,
        "kind": named["kind"],
        "slot": slot,
    }
    if named["start"]:
        document["window"] = {"start": stamped(named["start"]), "end": stamped(named["end"])}
    attempt = {
        "attempt": 0,
        "outcome": Outcome.GAVE_UP.value,
        "complete": False,
        "observed_at": observed_at,
        "slot": stands_for(slot, observed_at),
        "detail": detail,
        "calls": 0,
        "lost_page": True,
    }
    return with_attempts(document, [attempt])


def redelivered(visit: Document) -> int:
    """How often an attempt of the visit was handed out once more, after a kill or a stop."""
    return sum(attempt.get("deliveries", 1) - 1 for attempt in visit["attempts"])


def covered_span(visit: Document) -> tuple[datetime, datetime] | None:
    """The publication times that a timeline visit has proved to have looked at; None for other
    visits. Of an incomplete one, those from `proven_from` on.

    Nothing published after the slot is covered: it may have appeared while the visit went on.
    """
    return _proven_span(visit, visit)


def _proven_span(visit: Document, of: Document) -> tuple[datetime, datetime] | None:
    """What the visit, or one attempt of it, has proved to have looked at."""
    window = visit.get("window")
    if window is None or visit["kind"] != VisitKind.TIMELINE:
        return None
    start, end = window["start"], min(window["end"], visit["slot"])
    if of["complete"]:
        return start, end
    proven_from = of.get("proven_from")
    if proven_from is None or proven_from >= end:
        return None
    return max(start, proven_from), end


def lookings(visit: Document) -> Iterator[Document]:
    """What a timeline's attempts prove: `account`, the publication times from `start` to before
    `end`, the posts `seen` among them, `observed_at` and the `slot` it stands for.
    """
    for attempt in visit["attempts"]:
        covered = _proven_span(visit, attempt)
        if covered is not None:
            yield {
                "account": visit["account"],
                "start": covered[0],
                "end": covered[1],
                "seen": attempt["seen"],
                "observed_at": attempt["observed_at"],
                "slot": attempt["slot"],
            }
