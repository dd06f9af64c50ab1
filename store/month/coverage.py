"""How much of a period the complete timeline visits of an account have looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.messages import Outcome, VisitKind
from model.period import Period
from store.database import VISITS, Document, Store
from store.ingest import attempts

_LATE = timedelta(days=31)
"""Visits so long after the cut-off still count: they show what was published in the month."""
_LAST = timedelta(days=1)
_SPANNED = dict.fromkeys(("account", "kind", "slot", "window", "complete", "proven_from"), True)
"""What tells the times that a visit looked at; hundreds of thousands are read."""
Interval = tuple[datetime, datetime]
"""From the first to before the second instant."""


def coverage_shares(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, float]:
    """By account, the share of the period whose posts were looked for, 0 to 1.

    Only at 1 does "no posts" mean that nothing was published.
    """
    done = _looked_at_whole(db, period, accounts)
    rest = [account for account in accounts if account not in done]
    spans = covered_spans(db, period, rest)
    return {
        account: 1.0 if account in done else covered_share(period, spans[account])
        for account in accounts
    }


def _looked_at_whole(db: Store, period: Period, accounts: Sequence[str]) -> set[str]:
    """Those of which one complete timeline looked at all of the period, nearly always the last one
    before the cut-off."""
    asked: Document = {
        "window.start": {"$lte": period.start},
        "window.end": {"$gte": period.end},
        "complete": True,
    }
    done: set[str] = set()
    latest = {"$gte": max(period.end, period.cutoff - _LAST), "$lte": period.cutoff}
    for slots in (latest, {"$gte": period.end}):
        rest = [account for account in accounts if account not in done]
        if rest:
            wanted = {**_timelines(period, rest), **asked, "slot": slots}
            done.update(db[VISITS].distinct("account", wanted))
    return done


def covered_spans(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, list[Interval]]:
    """By account, the times of publication that complete timelines of a period looked at."""
    spans: dict[str, list[Interval]] = {account: [] for account in accounts}
    asked = {**_timelines(period, accounts), **attempts.PROVEN}
    for visit in db[VISITS].find(asked, _SPANNED):
        if (span := attempts.covered_span(visit)) is not None:
            spans[visit["account"]].append(span)
    return spans


def _timelines(period: Period, accounts: Sequence[str]) -> Document:
    return {
        "account": {"$in": list(accounts)},
        "kind": VisitKind.TIMELINE.value,
        "observed_at": {"$gte": period.start, "$lte": period.cutoff + _LATE},
    }


def last_ends(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, str]:
    """By account, how its last timeline visit up to the cut-off ended: outcome and detail."""
    if not accounts:
        return {}
    ends = dict.fromkeys(accounts, "never visited")
    for visit in db[VISITS].find(_up_to_cutoff(period, accounts), {"attempts": False}).sort("slot"):
        ends[visit["account"]] = ": ".join(filter(None, (visit["outcome"], visit["detail"])))
    return ends


@dataclass(slots=True)
class Looks:
    """How the looks for posts of a period ended, of one account."""

    proofs: Counter[str] = field(default_factory=Counter)
    """By proof: how many looks it showed to be whole."""
    doubts: list[str] = field(default_factory=list)
    """What is said of those that were not whole though the platform answered, each once."""


def looks_for_posts(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, Looks]:
    """By account, of its timeline visits from the period's start up to the cut-off."""
    looks = {account: Looks() for account in accounts}
    if not accounts:
        return looks
    asked = _up_to_cutoff(period, accounts)
    # Some hundred thousand visits a month: the database counts them, by its index alone.
    by_proof = {
        "_id": {"account": "$account", "proof": "$proof", "outcome": "$outcome"},
        "looks": {"$sum": 1},
        "first": {"$min": "$slot"},
    }
    in_order = {"$sort": {"first": 1, "_id": 1}}
    doubted: set[str] = set()
    for group in db[VISITS].aggregate([{"$match": asked}, {"$group": by_proof}, in_order]):
        of = group["_id"]
        if (proof := of.get("proof")) is not None:
            looks[of["account"]].proofs[proof] += group["looks"]
        if of["outcome"] == Outcome.EMPTY_UNEXPECTED.value:
            doubted.add(of["account"])
    _add_doubts(db, _up_to_cutoff(period, sorted(doubted)), looks)
    return looks


def _add_doubts(db: Store, asked: Document, looks: Mapping[str, Looks]) -> None:
    unproven = {**asked, "outcome": Outcome.EMPTY_UNEXPECTED.value}
    for visit in db[VISITS].find(unproven, _HOW).sort("slot"):
        doubts = looks[visit["account"]].doubts
        if visit["detail"] not in doubts:
            doubts.append(visit["detail"])


_HOW = dict.fromkeys(("account", "detail"), True)


def _up_to_cutoff(period: Period, accounts: Sequence[str]) -> Document:
    return {
        "account": {"$in": list(accounts)},
        "kind": VisitKind.TIMELINE.value,
        "slot": {"$gte": period.start, "$lte": period.cutoff},
    }


def covered_share(period: Period, spans: Iterable[Interval]) -> float:
    """The share of the period that lies in any of the half-open spans, 0 to 1."""
    return _overlap((period.start, period.end), spans) / (period.end - period.start)


def is_covered(span: Interval, spans: Iterable[Interval]) -> bool:
    """Whether every instant of a half-open span lies in one of the others."""
    return _overlap(span, spans) >= span[1] - span[0]


def _overlap(span: Interval, spans: Iterable[Interval]) -> timedelta:
    """How much of a span lies in any of the others, counted once."""
    reached, total = span[0], timedelta()
    for start, end in sorted(spans):
        first, last = max(start, reached), min(end, span[1])
        if last > first:
            total += last - first
            reached = last
    return total
