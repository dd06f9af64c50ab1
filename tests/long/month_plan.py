"""The plan and the settings of a month that is disturbed."""

from __future__ import annotations

from datetime import timedelta

from scheduler.plan import Plan

PERIOD = "2025-05"
CUTOFF_DAYS = 9
"""The worlds have ended by then: nothing changes between an answer and its repetition."""
LEAD = timedelta(hours=3)
"""Room before the edges for pauses that a platform orders; followers change in none of these."""
PLAN = Plan(
    profile_every=timedelta(days=366),
    timeline_every=timedelta(days=7),
    timeline_back=timedelta(days=8),
    refresh_every=timedelta(days=14),
    edge_lead=LEAD,
)
