"""X's limits and what is billed. Source: X API v2, rate limits per app and 15 minutes."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from sandbox.service.limits import PlatformLimits, WindowTotals, utc_day, utc_month

_CALLS = {
    "users_by": 300,
    "users": 300,
    "user": 300,
    "user_by_username": 300,
    "timeline": 10_000,
    "tweets": 3_500,
    "tweet": 450,
    "usage": 50,
}


class XLimits(PlatformLimits):
    """What X allows one app."""

    prefix: ClassVar[str] = "x"
    window_seconds: int = 900
    calls: dict[str, int] = msgspec.field(default_factory=lambda: dict(_CALLS))
    """Calls per window, by endpoint."""
    posts_a_month: int = 3_000_000
    timeline_ceiling: int = 3_200


class BilledResources:
    """Resources answered, each billed once a UTC day; posts are summed up by month."""

    def __init__(self) -> None:
        self._today: dict[str, tuple[int, set[str]]] = {}
        self._months = WindowTotals()

    def add(self, credential: str, now: int, resources: list[str]) -> int:
        """How many of the resources had not been billed today."""
        day, seen = self._today.get(credential, (utc_day(now), set()))
        if day != utc_day(now):
            seen = set()
        self._today[credential] = (utc_day(now), seen)
        fresh = [resource for resource in resources if resource not in seen]
        seen.update(fresh)
        posts = sum(resource.startswith("p") for resource in fresh)
        self._months.add(credential, utc_month(now), posts)
        return len(fresh)

    def month(self, credential: str, now: int) -> int:
        """Posts billed this month."""
        return self._months.of(credential, utc_month(now))
