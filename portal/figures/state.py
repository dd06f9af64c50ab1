"""How final a month is: running, counted, drafted or published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from model.period import Period
from scoring.publish.issues import Issue


class Finality(StrEnum):
    """In the order in which a month goes through them."""

    RUNNING = "running"
    """The month has not ended."""
    COUNTING = "counting"
    """It has ended, and posts are read until the cut-off."""
    PROVISIONAL = "provisional"
    """The cut-off is past, and no issue was drafted."""
    DRAFT = "draft"
    FROZEN = "frozen"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class MonthState:
    """What stands beside every number of a month."""

    period: Period
    finality: Finality
    day: int
    """How many days of it have begun, at most all."""
    days: int
    revision: int = 0
    reason: str = ""
    """Why it was revised."""
    digest: str = ""
    created_at: str = ""
    """Of the issue, ISO 8601 in UTC."""

    @property
    def published(self) -> bool:
        """Whether its numbers are an issue that never changes."""
        return self.finality in (Finality.FROZEN, Finality.REVISED)


def month_state(period: Period, issue: Issue | None, now: datetime) -> MonthState:
    """The state at an instant."""
    days = round((period.end - period.start) / timedelta(days=1))
    begun = (now.astimezone(ZoneInfo(period.tz)) - period.start) // timedelta(days=1) + 1
    day = max(0, min(days, begun))
    if issue is not None:
        return MonthState(
            period,
            Finality(issue.state),
            day,
            days,
            issue.revision,
            issue.reason,
            issue.digest,
            issue.created_at,
        )
    if now < period.end:
        return MonthState(period, Finality.RUNNING, day, days)
    how = Finality.COUNTING if now < period.cutoff else Finality.PROVISIONAL
    return MonthState(period, how, days, days)
