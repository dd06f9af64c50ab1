"""Limits of the Graph API. Source: Graph API, Rate Limits (platform and business use case)."""

from __future__ import annotations

from typing import ClassVar

from sandbox.service.limits import PlatformLimits


class GraphLimits(PlatformLimits):
    """What one app may call an hour, and what may be called a day for one page."""

    prefix: ClassVar[str] = "graph"
    calls_per_user_and_hour: int = 200
    daily_users: int = 100
    page_calls_per_engaged_user: int = 4_800
    engaged_users: int = 10
    legacy_app: bool = False
    """Whether the app may use what is closed to those registered since 2026-11-04."""
    oldest_version: int = 0
    """All versions below this one are retired; 0: those whose end has come."""

    @property
    def app_calls(self) -> int:
        """Calls an hour of the app, at least one."""
        return max(self.calls_per_user_and_hour * self.daily_users, 1)

    @property
    def page_calls(self) -> int:
        """Calls a day for one page, at least one."""
        return max(self.page_calls_per_engaged_user * self.engaged_users, 1)
