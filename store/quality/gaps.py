"""What is missing of a period and why, account by account and day by day.

The plan says what was to be read when; visits say what was read. What is expected is handed in, for
this package does not know the plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from model.account import Account, PauseKind
from model.messages import Outcome, VisitKind
from model.period import Period
from model.platform import PlatformName
from model.visit import Expected, Priority, Reason, Skipped, SkipReason
from store.database import Document, Store
from store.month.coverage import is_covered
from store.quality.visited import (
    Known,
    load_known,
    load_regular,
    milliseconds,
    without_gap,
)


class GapState(StrEnum):
    """How a reading came to be missing."""

    WAITING = "waiting"
    """It is due, and neither done nor past."""
    RETRYING = "retrying"
    """It failed and is tried again."""
    FAILED = "failed"
    """It ended without success, for good."""
    LATE = "late"
    """It was read so late that it does not stand for its instant any more."""
    GIVEN_UP = "given_up"
    """The planner left it out, and said why."""
    NEVER = "never"
    """Nobody carried it out in time."""
    UNVERIFIED = "unverified"
    """The account's id is not known, so it is not visited at all."""
    OFF = "off"
    """Its platform is switched off in the settings."""
    RESTED = "rested"
    """It rests by decision: `accounts rest`."""


class Harm(StrEnum):
    """What of the month's index suffers, worst first."""

    POSTS = "posts"
    """Posts may be missing: nobody looked at that time of publication."""
    COUNTS = "counts"
    """Counts are older than the cut-off."""
    FOLLOWERS = "followers"
    """Followers at an edge of the month are not known."""
    DAILY = "daily"
    """The month's index is whole; the series of readings in between has a hole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What is missing of one account on one day."""

    account: Account
    day: str | None
    """In the period's zone; None where it concerns the whole period."""
    kind: VisitKind | None
    reason: str
    state: GapState
    harm: Harm
    slots: int = 1
    """How many readings of the day."""
    outcome: Outcome | None = None
    why: str = ""
    attempts: int = 0
    retry_at: datetime | None = None


Expect = Callable[[Account], Sequence[Expected]]
Left = Mapping[tuple[str, datetime], Sequence[Skipped]]
"""What was left out, by account and instant."""


def find_gaps(
    db: Store,
    period: Period,
    accounts: Sequence[Account],
    expect: Expect,
    now: datetime,
    off: frozenset[str] = frozenset(),
    left: Left | None = None,
) -> list[Gap]:
    """By account, then day. `expect`: what is to be read of an account in the period; only what is
    due of it can be missing. `off`: platforms that are switched off.
    """
    wanted = {
        a.key: [one for one in expect(a) if one.at <= now and a.was_watched(one.at)]
        for a in accounts
    }
    due = {a.key: [one for one in wanted[a.key] if a.is_visited(one.at)] for a in accounts}
    watched = [a for a in accounts if a.was_watched(now)]
    watched = [a for a in watched if due[a.key] or not wanted[a.key]]
    found = [gap for a in watched if (gap := _whole(a, len(due[a.key]), off)) is not None]
    found += [gap for a in accounts if (gap := _rested(a, wanted[a.key], period)) is not None]
    visited = [one for one in accounts if one.id and one.platform not in off]
    judged = _judge_all(db, period, visited, due, now, left or {})
    return [*found, *_by_day(judged)]


def _judge_all(
    db: Store,
    period: Period,
    accounts: Sequence[Account],
    due: Mapping[str, Sequence[Expected]],
    now: datetime,
    left: Left,
) -> list[Gap]:
    """What is missing of accounts that are visited; most lack nothing, and are not gone through."""
    asked = {account.key: due[account.key] for account in accounts}
    regular = load_regular(db, asked)
    done = without_gap(db, asked, regular) - {account for account, _ in left}
    known = load_known(db, period, {key: of for key, of in asked.items() if key not in done})
    served: dict[PlatformName, set[float]] = defaultdict(set)
    for account in accounts:
        served[account.platform] |= regular[account.key].visited
    judged: list[Gap] = []
    for account in (one for one in accounts if one.key not in done):
        of = known[account.key]
        for one in asked[account.key]:
            left_out = left.get((account.key, one.at), ())
            ran = milliseconds(one.at) in served[account.platform]
            for gap in _judge(account, one, of, now, period):
                judged.append(_explained(gap, one.at, of, ran, left_out))
            judged += _narrowed(account, one, left_out, period)
    return judged


def _whole(account: Account, slots: int, off: frozenset[str]) -> Gap | None:
    """The gap of an account that is not visited at all."""
    if account.platform in off:
        state, why = GapState.OFF, "the platform is switched off in the settings"
    elif not account.id:
        state, why = GapState.UNVERIFIED, "its id is not known: `cityreach accounts verify`"
    else:
        return None
    return Gap(
        account=account,
        day=None,
        kind=None,
        reason="",
        state=state,
        harm=Harm.POSTS,
        slots=slots,
        why=why,
    )


def _rested(account: Account, wanted: Sequence[Expected], period: Period) -> Gap | None:
    """The gap of what an account at rest was not asked for; one that was removed lacks nothing."""
    rests = [
        pause
        for one in wanted
        if not account.is_visited(one.at) and (pause := account.pause_at(one.at)) is not None
        if pause.kind is PauseKind.RESTED
    ]
    if not rests:
        return None
    since = rests[0].since.astimezone(ZoneInfo(period.tz))
    return Gap(
        account=account,
        day=None,
        kind=None,
        reason="",
        state=GapState.RESTED,
        harm=Harm.POSTS,
        slots=len(rests),
        why=f"it rests since {since:%Y-%m-%d}: {rests[0].reason}",
    )


def _judge(
    account: Account, one: Expected, known: Known, now: datetime, period: Period
) -> Iterator[Gap]:
    """What is missing of one expected reading."""
    if one.kind is VisitKind.REFRESH and not _to_refresh(one, known):
        return
    if one.kind is VisitKind.PROFILE and one.at in known.read:
        return
    visit = _visit_of(one, known, period)
    state = _state(one, visit, now)
    # Absent posts are looked for again only where there are any.
    if state is not None and not (visit is None and one.reason is Reason.CONFIRM):
        yield _gap(account, one, period, state, _harm(one, known, state), visit)
    older = known.visits.get((one.at, VisitKind.REFRESH.value))
    if one.kind is VisitKind.TIMELINE and older is not None:
        refresh = replace(one, kind=VisitKind.REFRESH)
        state = _state(refresh, older, now)
        if state is not None:
            yield _gap(account, refresh, period, state, Harm.DAILY, older)


def _gap(
    account: Account,
    one: Expected,
    period: Period,
    state: GapState,
    harm: Harm,
    visit: Document | None = None,
) -> Gap:
    gap = Gap(
        account=account,
        day=_day(one.at, period),
        kind=one.kind,
        reason=one.reason,
        state=state,
        harm=harm,
    )
    if visit is None or visit["complete"]:
        return gap
    return replace(
        gap,
        outcome=Outcome(visit["outcome"]),
        why=visit["detail"],
        attempts=visit["tried"],
        retry_at=visit.get("retry_at"),
    )


def _narrowed(
    account: Account, one: Expected, left: Sequence[Skipped], period: Period
) -> Iterator[Gap]:
    """Older posts that were left out of a timeline for want of budget."""
    if one.kind is VisitKind.TIMELINE:
        for why in {entry.why for entry in left if entry.priority is Priority.OLD}:
            refresh = replace(one, kind=VisitKind.REFRESH)
            gap = _gap(account, refresh, period, GapState.GIVEN_UP, Harm.DAILY)
            yield replace(gap, why=_WHY[why])


_WHY = {
    SkipReason.BUDGET: "the day's budget had no room for it",
    SkipReason.BEHIND: "the visit before it still waited for a crawler",
    SkipReason.RESTING: "no credential was allowed to call",
    SkipReason.MISSED: "nobody planned it in time, or it did not succeed in time",
}


def _to_refresh(one: Expected, known: Known) -> bool:
    """Whether posts of the window were known by then."""
    window = one.window
    return window is not None and any(
        published in window and seen < one.at for published, seen in known.published
    )


def _visit_of(one: Expected, known: Known, period: Period) -> Document | None:
    """The visit that stands for it: followers may ride along with the timeline of their instant,
    and known posts may be read with it, where it reaches back to them. For the cut-off, any that
    reads the whole month at that instant or later, up to the cut-off.
    """
    own = known.visits.get((one.at, one.kind.value))
    if own is None and one.reason is Reason.CUTOFF:
        return known.whole(one.at, period)
    timeline = known.visits.get((one.at, VisitKind.TIMELINE.value))
    if own is not None or timeline is None:
        return own
    if one.kind is VisitKind.REFRESH:
        return timeline if _reaches_back(timeline, one) else None
    return None if timeline["complete"] else timeline


def _reaches_back(timeline: Document, one: Expected) -> bool:
    window = timeline.get("window")
    return window is not None and one.window is not None and window["start"] <= one.window.start


def _state(one: Expected, visit: Document | None, now: datetime) -> GapState | None:
    past = now >= one.until
    if visit is None:
        return GapState.NEVER if past else GapState.WAITING
    if visit["complete"]:
        return None if visit["punctual"] else GapState.LATE
    again = visit.get("retry_at")
    in_time = again is None or again < one.until
    hopeful = Outcome(visit["outcome"]).transient and in_time and not past
    return GapState.RETRYING if hopeful else GapState.FAILED


def _harm(one: Expected, known: Known, state: GapState) -> Harm:
    if one.kind is VisitKind.PROFILE:
        return Harm.DAILY if one.reason is not Reason.EDGE or known.near(one.at) else Harm.FOLLOWERS
    window = one.window
    if one.reason is Reason.CUTOFF and state is not GapState.LATE:
        covered = window is not None and is_covered((window.start, window.end), known.spans)
        return Harm.COUNTS if covered else Harm.POSTS
    if one.reason is Reason.CUTOFF:
        return Harm.COUNTS
    if one.kind is VisitKind.REFRESH or window is None:
        return Harm.DAILY
    return Harm.DAILY if is_covered((window.start, window.end), known.spans) else Harm.POSTS


def _explained(gap: Gap, at: datetime, known: Known, ran: bool, left: Sequence[Skipped]) -> Gap:
    """Why nobody carried it out: what the planner said, else what other visits tell. `ran`: others
    took place then.
    """
    if gap.state is not GapState.NEVER:
        return gap
    said = [one.why for one in left if gap.kind is one.kind and one.priority is not Priority.OLD]
    if said:
        return replace(gap, state=GapState.GIVEN_UP, why=_WHY[said[0]])
    first = min((slot for slot, _ in known.visits), default=None)
    if first is None or first > at:
        why = "the account was not visited before: was it added later?"
    elif ran:
        why = "other accounts were visited then: this visit was lost on its way"
    else:
        why = "no account of the platform was visited then: was `cityreach up` running?"
    return replace(gap, why=why)


def _by_day(found: Iterable[Gap]) -> Iterator[Gap]:
    """Several like readings of a day as one row, which tells of the last of them."""
    groups: dict[tuple[object, ...], list[Gap]] = defaultdict(list)
    for gap in found:
        key = (
            gap.account.key,
            gap.day,
            gap.kind,
            gap.reason,
            gap.state,
            gap.outcome,
            gap.harm,
            gap.why if gap.outcome is None else "",
        )
        groups[key].append(gap)
    for same in groups.values():
        yield replace(same[-1], slots=len(same), attempts=sum(gap.attempts for gap in same))


def _day(at: datetime, period: Period) -> str:
    return f"{at.astimezone(ZoneInfo(period.tz)):%Y-%m-%d}"


def post_count(found: Iterable[Gap]) -> Mapping[tuple[str, str], int]:
    """Missing readings by platform and harm."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for gap in found:
        counted[gap.account.platform, gap.harm.value] += gap.slots
    return dict(counted)
