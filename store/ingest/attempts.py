"""Visits as documents: every attempt, and the outcome that counts. Pure.

The outcome of a visit is that of its newest complete attempt, and only if there is none that of its
newest attempt: a complete outcome never goes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from model.messages import VisitClosed, VisitKind
from model.route import Route
from store.database import Document
from store.keys import instant, stands_for


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
    if message.outcome.complete and message.visit.kind is VisitKind.TIMELINE:
        attempt["seen"] = sorted(f"{message.visit.platform}:{post}" for post in message.seen)
    return attempt


def merge_visits(one: Document, other: Document) -> Document:
    """One document of two of the same visit."""
    return with_attempts(one, [*one["attempts"], *other["attempts"]])


def with_attempts(document: Document, attempts: Sequence[Document]) -> Document:
    """The visit with these attempts, each once, in order of time."""
    distinct = {_order(attempt): attempt for attempt in attempts}
    ordered = [attempt for _, attempt in sorted(distinct.items(), key=lambda item: item[0])]
    counts = max(ordered, key=lambda attempt: (attempt["complete"], _order(attempt)))
    names = ("outcome", "complete", "observed_at", "detail", "retry_at")
    result = {name: value for name, value in document.items() if name not in names}
    result.update({name: counts[name] for name in names if name in counts})
    result["attempts"] = ordered
    result["calls"] = sum(attempt["calls"] for attempt in ordered)
    return result


def _order(attempt: Document) -> tuple[datetime, int, str, str, int, str, str]:
    return (
        attempt["observed_at"],
        attempt["attempt"],
        attempt["outcome"],
        attempt["detail"],
        attempt["calls"],
        str(attempt.get("retry_at")),
        " ".join(attempt.get("seen", ())),
    )


def redelivered(visit: Document) -> int:
    """How often an attempt of the visit was handed out once more, after a kill or a stop."""
    return sum(attempt.get("deliveries", 1) - 1 for attempt in visit["attempts"])


def covered_span(visit: Document) -> tuple[datetime, datetime] | None:
    """The publication times that a complete timeline visit has looked at; None for other visits.

    Nothing published after the slot is covered: it may have appeared while the visit went on.
    """
    window = visit.get("window")
    if window is None or visit["kind"] != VisitKind.TIMELINE or not visit["complete"]:
        return None
    return window["start"], min(window["end"], visit["slot"])


def lookings(visit: Document) -> Iterator[Document]:
    """What a timeline's complete attempts prove: `account`, the publication times from `start` to
    before `end`, the posts `seen` among them, `observed_at` and the `slot` it stands for.
    """
    covered = covered_span(visit)
    if covered is None:
        return
    for attempt in visit["attempts"]:
        if attempt["complete"]:
            yield {
                "account": visit["account"],
                "start": covered[0],
                "end": covered[1],
                "seen": attempt["seen"],
                "observed_at": attempt["observed_at"],
                "slot": attempt["slot"],
            }
