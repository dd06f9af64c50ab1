"""The plan and the settings of a month that is disturbed."""

from __future__ import annotations

from datetime import timedelta

from scheduler.plan import Plan, Tier

PERIOD = "2025-05"
CUTOFF_DAYS = 9
"""The worlds have ended by then: nothing changes between an answer and its repetition."""
LEAD = timedelta(hours=3)
"""Room before the edges for pauses that a platform orders; followers change in none of these."""
_DAY = timedelta(days=1)
PLAN = Plan(
    bands=(Tier(8 * _DAY, _DAY), Tier(62 * _DAY, 14 * _DAY)),
    profile_every=366 * _DAY,
    at_end=False,
    edge_lead=LEAD,
)
SELDOM = Plan(
    bands=(Tier(8 * _DAY, 7 * _DAY), Tier(62 * _DAY, 14 * _DAY)),
    profile_every=366 * _DAY,
    at_end=False,
    edge_lead=LEAD,
)
"""Of a month beside a hostile platform, whose visits take long: as seldom as all posts of a small
world are met."""
BROWSER_MB = "700"
"""What the browser of a month beside a hostile platform may use."""
