"""The platforms' limits, all adjustable, and how much of them is used up.

Figures: X API v2 rate limits per app and 15 minutes; YouTube Data API v3 default quota; TikTok
Research API daily quota; Graph API platform limit (200 calls an hour and daily user) and business
use case limit (4,800 calls a day and engaged user).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from sandbox.world.model import SECOND, moment

_PACIFIC = ZoneInfo("America/Los_Angeles")
HOUR = 3600 * SECOND
DAY = 24 * HOUR


_X_CALLS = {
    "users_by": 300,
    "users": 300,
    "user": 300,
    "user_by_username": 300,
    "timeline": 10_000,
    "tweets": 3_500,
    "tweet": 450,
    "usage": 50,
}


class Limits(msgspec.Struct, forbid_unknown_fields=True):
    """What the platforms allow one credential."""

    x_window_seconds: int = 900
    x_calls: dict[str, int] = msgspec.field(default_factory=lambda: dict(_X_CALLS))
    """Calls per window, by endpoint."""
    x_posts_a_month: int = 3_000_000
    x_timeline_ceiling: int = 3_200
    youtube_units_a_day: int = 10_000
    youtube_searches_a_day: int = 100
    tiktok_requests_a_day: int = 1_000
    tiktok_rows_a_day: int = 100_000
    tiktok_window_days: int = 30
    tiktok_token_seconds: int = 7_200
    tiktok_search_seconds: int = 0
    """How long a search id is not known yet after it was issued."""
    graph_calls_per_user_and_hour: int = 200
    graph_daily_users: int = 100
    graph_page_calls_per_engaged_user: int = 4_800
    graph_engaged_users: int = 10
    facebook_posts_a_year: int = 600


class Spent:
    """Amounts used per key within a fixed window: a quarter of an hour, a day, a month."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[object, int]] = {}

    def add(self, key: str, window: object, amount: int) -> int:
        """Adds to the window's amount and gives the sum; another window starts at nothing."""
        held, used = self._used.get(key, (window, 0))
        total = used + amount if held == window else amount
        self._used[key] = (window, total)
        return total

    def of(self, key: str, window: object) -> int:
        """The amount used within this window."""
        held, used = self._used.get(key, (window, 0))
        return used if held == window else 0


class Rolling:
    """Calls within the last `span` microseconds."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._calls: dict[str, deque[tuple[int, int]]] = {}
        self._sums: dict[str, int] = {}

    def add(self, key: str, now: int, amount: int) -> int:
        """Notes calls made at `now` and gives how many the span holds."""
        self._calls.setdefault(key, deque()).append((now, amount))
        self._sums[key] = self.of(key, now) + amount
        return self._sums[key]

    def of(self, key: str, now: int) -> int:
        """How many calls the span holds, without those that left it. A clock set back counts."""
        calls = self._calls.get(key)
        total = self._sums.get(key, 0)
        while calls and not now - self._span < calls[0][0]:
            total -= calls.popleft()[1]
        self._sums[key] = total
        return total

    def until_free(self, key: str, now: int) -> int:
        """Microseconds until the oldest call leaves the span."""
        calls = self._calls.get(key)
        return max(calls[0][0] + self._span - now, 0) if calls else 0


Window = Callable[[int], object]


def quarter(now: int, seconds: int) -> int:
    """The number of the fixed window of so many seconds."""
    return now // (seconds * SECOND)


def utc_day(now: int) -> int:
    """The number of the UTC day."""
    return now // DAY


def utc_month(now: int) -> str:
    """The UTC month."""
    return f"{moment(now):%Y-%m}"


def pacific_day(now: int) -> str:
    """The date in Pacific time, at whose midnight YouTube's quota is reset."""
    return f"{moment(now).astimezone(_PACIFIC):%Y-%m-%d}"


def epoch_seconds(when: datetime) -> int:
    """Whole seconds since 1970."""
    return int(when.timestamp())
