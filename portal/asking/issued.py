"""What an issue says of a month, as far as the reader may see it."""

from __future__ import annotations

from model.period import Period
from portal.asking.asked import Asked
from portal.figures.months import LOOK_EVERY
from portal.figures.state import MonthState, month_state
from portal.rights.viewer import Right
from scoring.publish.issues import Issue


def state_of(asked: Asked, period: Period) -> MonthState:
    """How final a month's numbers are for this reader."""
    portal, drafts = asked.portal, asked.known.may(Right.DRAFTS)
    issue: Issue | None = portal.shelf.lately(
        ("issue", period.name, drafts),
        lambda: asked.reading.issue(period.name, portal.method),
        LOOK_EVERY,
    )
    return month_state(period, issue, portal.clock.now())


def owners_in(asked: Asked, period: Period) -> dict[str, str] | None:
    """By account, the city for which an issue of the month counts it, whoever it belongs to since;
    None where there is no issue."""
    if not state_of(asked, period).digest:
        return None
    rows = asked.portal.shelf.figures(period.name).index.inputs.rows
    return {row.account: row.city for row in rows}
