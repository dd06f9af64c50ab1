"""Instants as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

from operations.errors import UsageError


def instant(text: str) -> datetime:
    """ISO 8601 to UTC; a date alone is its midnight in UTC. Raises UsageError."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        expected = "expected ISO 8601, for instance 2025-05-01T00:00:00+08:00"
        raise UsageError(f"time {text!r}: {expected}") from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
