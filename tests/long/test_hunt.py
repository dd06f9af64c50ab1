"""Months with random faults: no measure differs from the truth without its row saying so."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.database import Store
from tests.long.hunt import hunt, random_faults

CLEAN = (1, 2, 3)
SEEDS = range(100, 120)
FURTHER = range(120, 400)


@pytest.mark.parametrize("seed", CLEAN)
def test_a_month_without_faults_is_right_and_says_nothing(
    db: Store, tmp_path: Path, seed: int
) -> None:
    found = hunt(db, tmp_path, seed, [])
    assert found.differences == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_difference_is_untold(db: Store, tmp_path: Path, seed: int) -> None:
    found = hunt(db, tmp_path, seed, random_faults(seed))
    assert found.untold == (), found.faults


@pytest.mark.long
@pytest.mark.parametrize("seed", FURTHER)
def test_no_difference_is_untold_in_many_months(db: Store, tmp_path: Path, seed: int) -> None:
    found = hunt(db, tmp_path, seed, random_faults(seed))
    assert found.untold == (), found.faults


@pytest.mark.parametrize(
    ("seed", "fault"),
    [
        (131, {"kind": "expired_token", "platform": "x", "since": "2025-05-30T22:00:00Z"}),
        (130, {"kind": "empty_body", "platform": "facebook", "since": "2025-05-28T18:00:00Z"}),
        (148, {"kind": "truncated", "platform": "tiktok", "since": "2025-05-23T10:00:00Z"}),
    ],
)
def test_readings_long_before_their_edge_are_told(
    db: Store, tmp_path: Path, seed: int, fault: dict[str, str]
) -> None:
    found = hunt(db, tmp_path, seed, [fault])
    assert found.differences
    assert found.untold == ()
