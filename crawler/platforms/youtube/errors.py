"""Error answers of YouTube (Data API v3, "Errors" and "Global domain errors").

The body is `{"error": {"code", "message", "errors": [{"reason", "domain", …}], "status"}}`; the
same form is used by the JSON behind the public pages.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from crawler.contract import Answer
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, ShapeError, Wait
from crawler.reading import shape
from crawler.reading.retry_after import retry_after
from model.messages import Outcome

_PLAYLIST_MISSING = "playlistNotFound"
"""An unknown uploads list; by itself it does not tell whether the channel exists."""

_QUOTA = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
_PACE = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
_KEY = {
    "keyInvalid",
    "keyExpired",
    "API_KEY_INVALID",
    "authError",
    "required",
    "unauthorized",
    "UNAUTHENTICATED",
    "CREDENTIALS_MISSING",
    "CONSUMER_INVALID",
    "CONSUMER_SUSPENDED",
}
_KEY_RIGHTS = {
    "accessNotConfigured",
    "SERVICE_DISABLED",
    "API_KEY_SERVICE_BLOCKED",
    "API_KEY_IP_ADDRESS_BLOCKED",
    "API_KEY_HTTP_REFERRER_BLOCKED",
    "ipRefererBlocked",
}
_GONE = {
    "channelClosed",
    "channelNotFound",
    "channelSuspended",
    "playlistNotFound",
    "videoNotFound",
    "notFound",
    "NOT_FOUND",
}
_SECRET = re.compile(r"AIza[\w-]+|api_key:[^\s'\"]+")
"""Google's messages may name the key that they refuse."""
_PACIFIC = ZoneInfo("America/Los_Angeles")
_PAUSE = timedelta(minutes=1)
"""After a rate limit: the quotas of Google's APIs are counted by the minute."""


def check(answer: Answer) -> None:
    """Raises what an error answer stands for; returns for usable ones.

    "Playlist not found" is usable: whether the channel has no uploads or does not exist must be
    asked (`timeline`).
    """
    if 200 <= answer.status < 300:
        if not answer.body.strip():
            raise Retry(Outcome.EMPTY_UNEXPECTED, f"{answer.call.endpoint}: empty answer")
        return
    error = _error_of(answer.body)
    if answer.status == 404 and _PLAYLIST_MISSING in _reasons(error):
        return
    raise _classify(
        error, answer.status, answer.observed_at, retry_after(answer.headers, answer.observed_at)
    )


def raise_error(error: Any, observed_at: datetime) -> NoReturn:
    """Raises the CrawlError of a body's `error`, when only the body is known."""
    error = shape.mapping(error, "error")
    raise _classify(error, shape.whole(error.get("code"), "error.code"), observed_at)


def _classify(
    error: dict[str, Any], status: int, observed_at: datetime, after: float | None = None
) -> CrawlError:
    """The CrawlError that an error body with its HTTP status stands for."""
    named = _reasons(error)
    detail = f"HTTP {status} {', '.join(sorted(named))}: {_message(error)}"
    if named & _QUOTA or (status == 429 and _counted_by_day(error)):
        return Wait(Outcome.QUOTA_SPENT, detail, _quota_reset(observed_at))
    if named & _PACE or status == 429:
        pause = _PAUSE if after is None else timedelta(seconds=after)
        return Wait(Outcome.RATE_LIMITED, detail, observed_at + pause)
    if named & _KEY or status == 401 or "API key not valid" in _message(error):
        return Rotate(Outcome.TOKEN_INVALID, detail)
    if named & _KEY_RIGHTS:
        return Rotate(Outcome.FORBIDDEN, detail)
    return _by_status(named, status, detail, after)


def _by_status(named: set[str], status: int, detail: str, after: float | None) -> CrawlError:
    if named & _GONE:
        return GiveUp(Outcome.GONE, detail)
    if status == 403:
        return GiveUp(Outcome.FORBIDDEN, detail)
    if status == 408:
        return Retry(Outcome.TIMEOUT, detail, after)
    if status >= 500:
        return Retry(Outcome.SERVER_ERROR, detail, after)
    if "invalidPageToken" in named:
        return GiveUp(Outcome.GAVE_UP, detail)
    return GiveUp(Outcome.CHANGED_SHAPE, detail)


def _reasons(error: dict[str, Any]) -> set[str]:
    """Every reason and status that an error object names."""
    found = [error.get("status")]
    for key in ("errors", "details"):
        entries = error.get(key)
        if isinstance(entries, list):
            found += [shape.dig(entry, "reason") for entry in entries]
    return {reason for reason in found if isinstance(reason, str)}


def _quota_reset(now: datetime) -> datetime:
    """The next midnight Pacific time, in UTC (Data API v3, "Quota usage")."""
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, _PACIFIC).astimezone(UTC)


def _counted_by_day(error: dict[str, Any]) -> bool:
    details = error.get("details")
    units = [
        shape.dig(entry, "metadata", "quota_unit")
        for entry in (details if isinstance(details, list) else [])
    ]
    return any(isinstance(unit, str) and unit.startswith("1/d") for unit in units)


def _error_of(body: bytes) -> dict[str, Any]:
    """The error object, empty where the body holds none (an HTML page, a proxy's text)."""
    try:
        error = shape.dig(shape.decode(body), "error")
    except ShapeError:
        return {}
    return error if isinstance(error, dict) else {}


def _message(error: dict[str, Any]) -> str:
    message = error.get("message")
    return _SECRET.sub("***", message)[:200] if isinstance(message, str) else "no message"
