"""How long platforms ask us to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.reading.retry_after import next_midnight, reset_at, retry_after

NOW = datetime(2026, 6, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("Thu, 04 Jun 2026 12:05:00 GMT", 300.0),
        ("Thu, 04 Jun 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("999999999999999999", None),
        ("Thu, 04 Jun 2099 12:05:00 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_no_header_is_no_pause() -> None:
    assert retry_after({}, NOW) is None
    assert reset_at({}, "x-rate-limit-reset", NOW) is None


def test_reset_in_epoch_seconds() -> None:
    at = int((NOW + timedelta(minutes=7)).timestamp())
    found = reset_at({"x-rate-limit-reset": str(at)}, "x-rate-limit-reset", NOW)
    assert found == NOW + timedelta(minutes=7)


@pytest.mark.parametrize("value", ["", "later", "1", "99999999999", "123456789012345"])
def test_a_reset_that_is_no_instant_of_today_is_ignored(value: str) -> None:
    assert reset_at({"x-rate-limit-reset": value}, "x-rate-limit-reset", NOW) is None


def test_the_day_ends_at_midnight_utc() -> None:
    assert next_midnight(NOW) == datetime(2026, 6, 5, tzinfo=UTC)
    assert next_midnight(datetime(2026, 6, 5, tzinfo=UTC)) == datetime(2026, 6, 6, tzinfo=UTC)
