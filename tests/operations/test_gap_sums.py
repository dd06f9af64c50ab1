"""Gaps summed up: by platform and reason, and by day."""

from __future__ import annotations

from typing import Any

from portal.figures.lacking import gap_calendar, gap_sums


def gap(platform: str, account: str, day: str | None, readings: int, state: str) -> dict[str, Any]:
    return {
        "platform": platform,
        "account": account,
        "day": day,
        "readings": readings,
        "state": state,
        "outcome": "gone" if state == "failed" else None,
        "remedy": f"see {state}",
    }


ROWS = [
    gap("x", "x:1", "2025-05-02", 3, "failed"),
    gap("x", "x:2", "2025-05-02", 1, "failed"),
    gap("x", "x:1", "2025-05-10", 9, "never"),
    gap("facebook", "facebook:1", "2025-05-10", 2, "failed"),
    gap("facebook", "facebook:2", None, 5, "unverified"),
]


DAYS = {"2026-09-30": 21, "2026-10-03": 42, "2026-10-30": 42, "2026-11-03": 21}


def test_the_most_come_first_with_what_to_do() -> None:
    rows = gap_sums(ROWS)
    assert [(r["platform"], r["state"], r["accounts"], r["readings"]) for r in rows] == [
        ("x", "never", 1, 9),
        ("facebook", "unverified", 1, 5),
        ("x", "failed", 2, 4),
        ("facebook", "failed", 1, 2),
    ]
    assert rows[0]["remedy"] == "see never"


def test_each_platform_has_the_days_on_which_anything_lacks() -> None:
    assert gap_calendar(ROWS) == [
        {"platform": "facebook", "02": 0, "10": 2},
        {"platform": "x", "02": 4, "10": 9},
    ]
    assert gap_calendar([]) == []


def test_days_of_several_months_are_told_apart() -> None:
    """A month's edges and cut-off lie in its neighbours: the same day of two months is two."""
    rows = [{"platform": "x", "day": day, "readings": n} for day, n in DAYS.items()]
    assert gap_calendar(rows) == [{"platform": "x", **{day[5:]: n for day, n in DAYS.items()}}]
