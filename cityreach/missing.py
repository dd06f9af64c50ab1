"""What was to be read by the plan, and what of it is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cityreach.house import House
from cityreach.remedies import REMEDIES
from model.messages import Outcome
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from scheduler.plan import slots
from store.gaps import Gap, gaps
from store.registry import accounts
from store.visited import Expected

_ADVICE = {
    "never": "`cityreach status` shows what runs; what is past cannot be read any more, but later "
    "timelines find its posts",
    "late": "crawlers or writer were behind; `cityreach status` shows what waits",
    "unverified": "look up the id: `cityreach accounts verify`",
    "off": "switch the platform on, or take its accounts out of the panel",
}


def expected(house: House, period: Period) -> list[Expected]:
    """All that the plan of the settings wants to be read in a period, in order of time."""
    plan = house.plan()
    return [
        Expected(
            at=slot.at,
            kind=slot.kind,
            reason=slot.reason.value,
            window=slot.window,
            until=slot.at + plan.lateness,
        )
        for slot in slots(period, plan)
    ]


def gaps_of(
    house: House,
    period: Period,
    platform: PlatformName | None = None,
    account: str | None = None,
) -> list[Gap]:
    """The gaps of a period as of now, by account and day."""
    watched = [one for one in accounts(house.db, platform) if account is None or one.key == account]
    off = frozenset(name for name in PLATFORMS if not house.settings.platform(name).enabled)
    return gaps(house.db, period, watched, expected(house, period), house.clock.now(), off)


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
            "remedy": remedy(gap.state.value, gap.outcome),
        }
        for gap in found
    ]


def remedy(state: str, outcome: Outcome | None) -> str:
    """What to do about it."""
    if outcome is not None:
        return REMEDIES.get(outcome, "")
    return _ADVICE.get(state, "")
