"""What is odd about readings: said beside them, never corrected in them. Pure.

A flag says what was seen and in which readings; it is the same flag however often it is found.
Rows are readings of one subject in order of their slots, as the collections hold them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import log1p
from statistics import median
from typing import Any

from model.measures import INTERACTIONS
from store.database import Document
from store.keys import reading_id

_DAY = timedelta(days=1)
_NORMAL = 1.4826
"""Turns a median absolute deviation into what is the standard deviation of normal values."""


class FlagKind(StrEnum):
    """What is odd."""

    COUNTER_FELL = "counter_fell"
    """A counter that only grows was read lower than before."""
    FOLLOWERS_JUMPED = "followers_jumped"
    """Followers changed more between two readings than they do by themselves."""
    RENAMED = "renamed"
    """An account has another handle than the registry says."""
    HANDLE_REUSED = "handle_reused"
    """A handle leads to another account than it did."""
    EMPTY_UNEXPECTED = "empty_unexpected"
    """An answer without posts where posts were expected."""
    SCHEMA_DRIFT = "schema_drift"
    """Answers of a platform have fields that no mapper knows."""
    SUSPICIOUS_ENGAGEMENT = "suspicious_engagement"
    """A post's interactions are far out of proportion to its account's."""
    API_VERSION = "api_version"
    """Another version of the official API answered than was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on something is odd."""

    jump_share: float = 0.05
    """Of the followers, in one step; and so many times the account's usual daily change:"""
    jump_times: float = 10.0
    jump_least: int = 100
    first_jump_share: float = 0.5
    """As long as too few changes are known to say what is usual."""
    changes_known: int = 5
    silence_times: float = 3.0
    """An empty window so many times as long as the longest silence before."""
    posts_known: int = 5
    drift_share: float = 0.5
    """Of the accounts that had a field and were read again on a day."""
    drift_accounts: int = 3
    burst_deviations: float = 5.0
    burst_times: float = 10.0
    """Interactions of a post beside the account's median."""
    burst_least: int = 100
    burst_posts: int = 12
    """Posts that make a distribution."""
    late: timedelta = timedelta(days=7)
    """From that age on a post is expected to have most of its interactions."""
    late_share: float = 1.0
    """What it gains in one step at that age, beside all it had."""


DEFAULT = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFlag:
    """One oddity. `facts` hold what was expected and what was seen."""

    kind: FlagKind
    platform: str
    subject: str
    """A post, an account, or for drift the field."""
    account: str | None
    at: datetime
    """The instant of the reading or visit; for drift the start of the day."""
    readings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """One a subject, kind and instant."""
        return f"{self.kind.value}/{reading_id(self.subject, self.at)}"


def falls(rows: Sequence[Document], account: str | None) -> Iterator[DataFlag]:
    """Counters below what they were, by more than their rounding. Followers may always fall."""
    known: dict[str, tuple[int, int, str]] = {}
    for row in rows:
        fallen: dict[str, list[int]] = {}
        before: list[str] = []
        for name, value in row["counts"].items():
            step = row.get("steps", {}).get(name, 1)
            if name in known and name != "followers":
                was, was_step, reading = known[name]
                if value + max(step, was_step) <= was:
                    fallen[name] = [was, value]
                    before.append(reading)
            known[name] = (value, step, row["_id"])
        if fallen:
            subject = row["_id"].rpartition("@")[0]
            yield DataFlag(
                kind=FlagKind.COUNTER_FELL,
                platform=subject.partition(":")[0],
                subject=subject,
                account=account,
                at=row["slot"],
                readings=(*dict.fromkeys(before), row["_id"]),
                facts=fallen,
            )


def jumps(rows: Sequence[Document], limits: Limits = DEFAULT) -> Iterator[DataFlag]:
    """Steps of an account's followers far beyond its own earlier ones."""
    rates: list[float] = []
    last: Document | None = None
    for row in rows:
        if "followers" not in row["counts"]:
            continue
        if last is not None:
            days = max((row["slot"] - last["slot"]) / _DAY, 0.25)
            change = row["counts"]["followers"] - last["counts"]["followers"]
            if _is_jump(change, days, last, row, rates, limits):
                facts = {
                    "from": last["counts"]["followers"],
                    "to": row["counts"]["followers"],
                    "days": round(days, 2),
                    "usual_per_day": round(median(rates)) if rates else None,
                }
                yield DataFlag(
                    kind=FlagKind.FOLLOWERS_JUMPED,
                    platform=row["account"].partition(":")[0],
                    subject=row["account"],
                    account=row["account"],
                    at=row["slot"],
                    readings=(last["_id"], row["_id"]),
                    facts=facts,
                )
            rates.append(change / days)
        last = row


def _is_jump(
    change: int, days: float, last: Document, row: Document, rates: list[float], limits: Limits
) -> bool:
    level: int = last["counts"]["followers"]
    step = max(of.get("steps", {}).get("followers", 1) for of in (last, row))
    if abs(change) <= max(limits.jump_least, 2 * step):
        return False
    if len(rates) < limits.changes_known:
        return abs(change) > limits.first_jump_share * level
    usual, spread = middle(rates)
    allowed = limits.jump_times * max(spread, abs(usual), step / days)
    return abs(change) > limits.jump_share * level and abs(change / days - usual) > allowed


def middle(values: Sequence[float]) -> tuple[float, float]:
    """Median, and the spread about it that outliers do not move (as a standard deviation)."""
    mid = median(values)
    return mid, _NORMAL * median(abs(value - mid) for value in values)


def renames(account: Document) -> Iterator[DataFlag]:
    """Handles under which an account was seen after another one, or after the registry's."""
    before: str | None = account.get("handle") or None
    for entry in account.get("handles", ()):
        name = entry["handle"]
        if before is not None and _plain(name) != _plain(before):
            yield DataFlag(
                kind=FlagKind.RENAMED,
                platform=account["platform"],
                subject=account["_id"],
                account=account["_id"],
                at=entry["first_seen"],
                facts={"from": before, "to": name},
            )
        before = name


def reuses(accounts: Iterable[Document]) -> Iterator[DataFlag]:
    """Handles that were seen with one account and then with another of the same platform."""
    seen: dict[tuple[str, str], list[tuple[datetime, str, str]]] = {}
    for account in accounts:
        for entry in account.get("handles", ()):
            key = (account["platform"], _plain(entry["handle"]))
            sighting = (entry["first_seen"], account["_id"], entry["handle"])
            seen.setdefault(key, []).append(sighting)
    for (platform, _), sightings in seen.items():
        ordered = sorted(sightings)
        for (_, first, _), (at, second, handle) in pairwise(ordered):
            if first != second:
                facts = {"handle": handle, "before": first}
                yield DataFlag(
                    kind=FlagKind.HANDLE_REUSED,
                    platform=platform,
                    subject=second,
                    account=second,
                    at=at,
                    facts=facts,
                )


def _plain(handle: str) -> str:
    return handle.removeprefix("@").casefold()


def silences(
    visits: Iterable[Document], published: Sequence[datetime], limits: Limits = DEFAULT
) -> Iterator[DataFlag]:
    """Empty answers without proof, and empty windows where the account's rhythm expects posts.

    `published`: when the account's posts were published, in order of time.
    """
    for visit in visits:
        for attempt in visit["attempts"]:
            if attempt["outcome"] == FlagKind.EMPTY_UNEXPECTED.value:
                yield _silent(visit, attempt, {"detail": attempt["detail"]})
            elif attempt["complete"] and not attempt.get("seen", [True]):
                longest = _longest_silence(published, visit["window"]["start"], limits)
                empty = min(visit["window"]["end"], visit["slot"]) - visit["window"]["start"]
                if longest is not None and empty > limits.silence_times * longest:
                    facts = {"empty_days": _days(empty), "longest_silence_days": _days(longest)}
                    yield _silent(visit, attempt, facts)


def _silent(visit: Document, attempt: Document, facts: Mapping[str, Any]) -> DataFlag:
    return DataFlag(
        kind=FlagKind.EMPTY_UNEXPECTED,
        platform=visit["platform"],
        subject=visit["account"],
        account=visit["account"],
        at=attempt["observed_at"],
        facts={"visit": visit["_id"], **facts},
    )


def _longest_silence(
    published: Sequence[datetime], until: datetime, limits: Limits
) -> timedelta | None:
    """Between the posts before an instant; None if too few are known to speak of a rhythm."""
    before = [at for at in published if at < until]
    if len(before) < limits.posts_known:
        return None
    return max(later - earlier for earlier, later in pairwise(before))


def _days(stretch: timedelta) -> float:
    return round(stretch / _DAY, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A post with the readings that say how its interactions grew."""

    id: str
    account: str
    published_at: datetime
    rows: Sequence[Document]


def bursts(posts: Sequence[Measured], limits: Limits = DEFAULT) -> Iterator[DataFlag]:
    """Posts of one account with interactions far out of its own distribution, or growing late."""
    totals = {post.id: total for post in posts if (total := interactions(post.rows)) is not None}
    if len(totals) >= limits.burst_posts:
        usual, spread = middle([log1p(total) for total in totals.values()])
        mid = median(totals.values())
        for post in posts:
            total = totals.get(post.id)
            if total is None or total < limits.burst_least or total < limits.burst_times * mid:
                continue
            if log1p(total) - usual > limits.burst_deviations * max(spread, 0.1):
                last = post.rows[-1]
                yield _suspicious(post, [last], {"interactions": total, "median": round(mid)})
    for post in posts:
        yield from _late_growth(post, limits)


def _late_growth(post: Measured, limits: Limits) -> Iterator[DataFlag]:
    for before, after in pairwise(post.rows):
        one, other = interactions([before]), interactions([after])
        old = before["slot"] - post.published_at >= limits.late
        if one is None or other is None or not old or other - one < limits.burst_least:
            continue
        if other - one > limits.late_share * one:
            facts = {
                "from": one,
                "to": other,
                "age_days": _days(before["slot"] - post.published_at),
            }
            yield _suspicious(post, [before, after], facts)


def _suspicious(post: Measured, rows: Sequence[Document], facts: Mapping[str, Any]) -> DataFlag:
    return DataFlag(
        kind=FlagKind.SUSPICIOUS_ENGAGEMENT,
        platform=post.id.partition(":")[0],
        subject=post.id,
        account=post.account,
        at=rows[-1]["slot"],
        readings=tuple(row["_id"] for row in rows),
        facts=facts,
    )


def interactions(rows: Sequence[Document]) -> int | None:
    """Likes, comments and shares of the last reading; None if it shows none of them."""
    if not rows:
        return None
    shown = [rows[-1]["counts"][name] for name in INTERACTIONS if name in rows[-1]["counts"]]
    return sum(shown) if shown else None
