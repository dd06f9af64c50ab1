"""How long a platform asks us to wait, read from its headers or known from its calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(days=1)
"""A longer pause than this is taken for a mistake of the header, not for an order."""


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by `Retry-After` (RFC 9110, section 10.2.3: seconds or a date), if given."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        seconds = float(value[:12])
    else:
        moment = _http_date(value)
        if moment is None:
            return None
        seconds = max((moment - now).total_seconds(), 0.0)
    return seconds if seconds <= _LONGEST.total_seconds() else None


def reset_at(headers: Mapping[str, str], name: str, now: datetime) -> datetime | None:
    """The instant (UTC) that header `name` gives in epoch seconds, if it lies within a day."""
    value = headers.get(name, "").strip()
    if not (value.isascii() and value.isdigit() and len(value) <= 11):
        return None
    moment = datetime.fromtimestamp(int(value), UTC)
    return moment if now - _LONGEST <= moment <= now + _LONGEST else None


def next_midnight(now: datetime) -> datetime:
    """The next 00:00 UTC, at which daily budgets counted in UTC begin again."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + _LONGEST


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
