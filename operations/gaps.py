"""What was to be read by the plan, and what of it is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from model.account import Account
from model.messages import Outcome, VisitKind
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from model.visit import Expected, Skipped
from operations.remedies import REMEDIES
from operations.runtime import Runtime
from scheduler.calendar import slots
from scheduler.plan import Plan
from store.accounts import accounts
from store.plan.skipped import given_up
from store.quality.flagging import stored_flags, update_flags
from store.quality.gaps import Expect, Gap, GapState, Left, find_gaps

_AFTER = timedelta(days=1)
_ADVICE = {
    "never": "`cityreach status` shows what runs; what is past cannot be read any more, but later "
    "timelines find its posts",
    "given_up": "raise the budget or take a thriftier plan; `cityreach quota` says how it stands",
    "late": "crawlers or writer were behind; `cityreach status` shows what waits",
    "unverified": "look up the id: `cityreach accounts verify`",
    "off": "switch the platform on, or take its accounts out of the panel",
    "rested": "none while it rests; `cityreach accounts resume` has it visited again",
}


def expected(period: Period, plan: Plan) -> list[Expected]:
    """All that a plan wants to be read in a period, in order of time.

    A routine slot is past when the next one comes, an edge when it is missed.
    """
    found: list[Expected] = []
    for slot in slots(period, plan):
        step = plan.profile_every if slot.kind is VisitKind.PROFILE else plan.step
        lasts = plan.lateness if slot.special or step is None else step
        found.append(
            Expected(
                at=slot.at,
                kind=slot.kind,
                reason=slot.reason,
                window=slot.window,
                until=slot.at + lasts,
            )
        )
    return found


def expectations(runtime: Runtime, period: Period) -> Expect:
    """What is expected of an account, by the plan of its platform and route."""
    plans = runtime.plans()
    known: dict[tuple[PlatformName, str], list[Expected]] = {}

    def of(account: Account) -> list[Expected]:
        allowed = runtime.routing(account.platform).allowed(account, web_served=False)
        key = (account.platform, allowed[0])
        if key not in known:
            known[key] = expected(period, plans.of(*key))
        return known[key]

    return of


def left_out(runtime: Runtime, period: Period) -> Left:
    """What the planner gave up of a period, by account and instant."""
    found: dict[tuple[str, datetime], list[Skipped]] = defaultdict(list)
    for entry in given_up(runtime.db, period.start - _AFTER, period.cutoff + 2 * _AFTER):
        for account in entry.accounts:
            found[account, entry.slot].append(entry)
    return found


def gaps_of(
    runtime: Runtime,
    period: Period,
    platform: PlatformName | None = None,
    account: str | None = None,
) -> list[Gap]:
    """The gaps of a period as of now, by account and day."""
    watched = [
        one for one in accounts(runtime.db, platform) if account is None or one.key == account
    ]
    off = frozenset(name for name in PLATFORMS if not runtime.settings.platform(name).enabled)
    expect, left = expectations(runtime, period), left_out(runtime, period)
    return find_gaps(runtime.db, period, watched, expect, runtime.clock.now(), off, left)


def lately(runtime: Runtime, since: datetime) -> dict[PlatformName, dict[str, Any]]:
    """By platform, the readings that were due from `since` on and are not there: `due` are still
    tried, `missed` are past. `unverified`: accounts that cannot be visited.
    """
    now = runtime.clock.now()
    current = runtime.current_month()
    off = frozenset(name for name in PLATFORMS if not runtime.settings.platform(name).enabled)
    counted: dict[PlatformName, dict[str, Any]]
    counted = {name: {"due": 0, "missed": 0, "unverified": 0} for name in PLATFORMS}
    found: dict[tuple[object, ...], Gap] = {}
    for period in (current.previous(), current):
        expect = _from(since, expectations(runtime, period))
        left = left_out(runtime, period)
        for gap in find_gaps(runtime.db, period, accounts(runtime.db), expect, now, off, left):
            found[gap.account.key, gap.day, gap.kind, gap.reason, gap.state] = gap
    for gap in found.values():
        if gap.state in _COUNTED:
            name = _COUNTED[gap.state]
            counted[gap.account.platform][name] += 1 if name == "unverified" else gap.slots
    return counted


_COUNTED = {
    GapState.WAITING: "due",
    GapState.RETRYING: "due",
    GapState.FAILED: "missed",
    GapState.LATE: "missed",
    GapState.NEVER: "missed",
    GapState.GIVEN_UP: "missed",
    GapState.UNVERIFIED: "unverified",
}


def _from(since: datetime, expect: Expect) -> Expect:
    """Accounts of one plan share what is expected of them, so it is gone through once."""
    known: dict[int, tuple[Sequence[Expected], list[Expected]]] = {}

    def of(account: Account) -> list[Expected]:
        whole = expect(account)
        if id(whole) not in known:
            known[id(whole)] = whole, [one for one in whole if one.at >= since]
        return known[id(whole)][1]

    return of


def gap_rows(period: Period, found: Iterable[Gap]) -> list[dict[str, Any]]:
    """The rows of `gaps --json`."""
    return [
        {
            "period": period.name,
            "day": gap.day,
            "city": gap.account.city,
            "platform": gap.account.platform,
            "account": gap.account.key,
            "handle": gap.account.handle,
            "kind": gap.kind.value if gap.kind else None,
            "reason": gap.reason,
            "readings": gap.slots,
            "state": gap.state.value,
            "harms": gap.harm.value,
            "outcome": gap.outcome.value if gap.outcome else None,
            "why": gap.why,
            "attempts": gap.attempts,
            "retry_at": gap.retry_at.isoformat() if gap.retry_at else None,
            "remedy": gap_remedy(gap.state.value, gap.outcome),
        }
        for gap in found
    ]


def gap_remedy(state: str, outcome: Outcome | None) -> str:
    """What to do about it."""
    if outcome is not None:
        return REMEDIES.get(outcome, "")
    return _ADVICE.get(state, "")


def flag_rows(
    runtime: Runtime,
    period: Period,
    platform: PlatformName | None = None,
    account: str | None = None,
) -> list[dict[str, Any]]:
    """The rows of `gaps --flags --json`; finds the period's flags first."""
    update_flags(runtime.db, period, runtime.clock.now())
    until = period.cutoff + _AFTER
    found = stored_flags(
        runtime.db, period.start - _AFTER, until, platform=platform, account=account
    )
    return [
        {
            "period": period.name,
            "at": one["at"].isoformat(),
            "kind": one["kind"],
            "platform": one["platform"],
            "subject": one["subject"],
            "account": one["account"],
            "readings": one["readings"],
            "facts": one["facts"],
        }
        for one in found
        if one["period"] == period.name
    ]
