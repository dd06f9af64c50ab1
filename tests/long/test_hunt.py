"""Months with random faults: no measure differs from the truth without its row saying so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model.platform import PLATFORMS
from model.route import Route
from store.database import Store
from store.quality.flagging import find_flags
from store.quality.flags import FlagKind
from tests.long.hunt import EVERY_KIND, Found, compared, hunt, random_faults
from tests.long.hunted_month import MAY, collected
from tests.shared import FOLDER

CLEAN = (1, 2, pytest.param(3, marks=pytest.mark.long))
SEEDS = (*range(100, 107), 381)
"""381: a stranger held the handle when the month began."""
FURTHER = [seed for seed in range(107, 400) if seed not in SEEDS]
LATER = range(400, 450)
"""Of all kinds of faults, those added since among them."""
WEB_SEEDS = range(500, 502)
WEB_FURTHER = range(502, 540)
WEB_LATER = range(540, 550)
"""Of all kinds of faults."""
CASES = FOLDER / "cases" / "completeness"
RENAMED = "7325495560917239738"


@pytest.mark.parametrize("seed", CLEAN)
def test_a_month_without_faults_is_right_and_says_nothing(
    db: Store, tmp_path: Path, seed: int
) -> None:
    found = hunt(db, tmp_path, seed, [])
    assert found.differences == ()
    assert found.doubted == ()


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
    "seed", [*LATER[:3], *(pytest.param(seed, marks=pytest.mark.long) for seed in LATER[3:])]
)
def test_no_difference_of_any_kind_is_untold(db: Store, tmp_path: Path, seed: int) -> None:
    found = hunt(db, tmp_path, seed, random_faults(seed, EVERY_KIND))
    assert found.untold == (), found.faults


@pytest.mark.parametrize(
    "seed",
    [
        *WEB_SEEDS,
        *(pytest.param(seed, marks=pytest.mark.long) for seed in WEB_FURTHER),
    ],
)
def test_no_difference_by_public_pages_is_untold(db: Store, tmp_path: Path, seed: int) -> None:
    found = hunt(db, tmp_path, seed, random_faults(seed, route=Route.WEB), Route.WEB)
    assert found.untold == (), found.faults


@pytest.mark.long
@pytest.mark.parametrize("seed", WEB_LATER)
def test_no_difference_of_any_kind_by_public_pages_is_untold(
    db: Store, tmp_path: Path, seed: int
) -> None:
    found = hunt(db, tmp_path, seed, random_faults(seed, EVERY_KIND, Route.WEB), Route.WEB)
    assert found.untold == (), found.faults


@pytest.mark.parametrize(
    ("seed", "fault"),
    [
        (131, {"kind": "expired_token", "platform": "x", "since": "2025-05-30T22:00:00Z"}),
        (130, {"kind": "empty_body", "platform": "facebook", "since": "2025-05-28T18:00:00Z"}),
        (148, {"kind": "truncated", "platform": "tiktok", "since": "2025-05-23T10:00:00Z"}),
        (195, {"kind": "gone_account", "platform": "instagram", "since": "2025-05-31T00:00:00Z"}),
    ],
)
def test_readings_long_before_their_edge_are_told(
    db: Store, tmp_path: Path, seed: int, fault: dict[str, str]
) -> None:
    found = hunt(db, tmp_path, seed, [fault])
    assert found.differences
    assert found.untold == ()


LISTS: list[dict[str, Any]] = [
    {"kind": "paging_lost"},
    {"kind": "empty_page", "skip": 1},
    {"kind": "empty_page"},
    {"kind": "list_cut", "seed": 5},
    {"kind": "missing_rows", "number": 5},
    {"kind": "wrong_total"},
    {"kind": "duplicate_page"},
    {"kind": "repeated_rows", "number": 3},
    {"kind": "displaced_rows"},
    {"kind": "agreeing_cut"},
]
"""Faults of lists, from before the end of the month to after the look for absent posts."""


@pytest.mark.parametrize("since", ["2025-05-02T00:00:00Z", "2025-05-31T00:00:00Z"])
@pytest.mark.parametrize("platform", [pytest.param(p, marks=pytest.mark.long) for p in PLATFORMS])
@pytest.mark.parametrize("fault", LISTS, ids=lambda fault: fault["kind"])
def test_lists_that_lose_posts_are_told(
    db: Store, tmp_path: Path, platform: str, fault: dict[str, Any], since: str
) -> None:
    found = hunt(db, tmp_path, 7, [{**fault, "platform": platform, "since": since}])
    assert found.untold == ()


@pytest.mark.parametrize(
    ("platform", "kind", "differs"),
    [
        ("x", "paging_lost", True),
        ("facebook", "paging_lost", False),
        ("instagram", "paging_lost", True),
        ("youtube", "empty_page", True),
        ("tiktok", "empty_page", True),
    ],
)
def test_a_page_lost_at_the_end_of_the_month_is_told(
    db: Store, tmp_path: Path, platform: str, kind: str, differs: bool
) -> None:
    """Facebook's list is asked for once more, from its oldest post back, and then is whole."""
    fault = {"kind": kind, "platform": platform, "since": "2025-05-31T00:00:00Z"}
    found = hunt(db, tmp_path, 7, [fault])
    assert bool(found.differences) is differs
    assert found.untold == ()


@pytest.mark.parametrize(
    "platform", ["facebook", *(pytest.param(p, marks=pytest.mark.long) for p in PLATFORMS[1:])]
)
def test_counters_swapped_at_the_cutoff_are_flagged(
    db: Store, tmp_path: Path, platform: str
) -> None:
    """One of two swapped counters has fallen."""
    fault = {"kind": "swapped_counters", "platform": platform, "since": "2025-06-03T15:00:00Z"}
    found = hunt(db, tmp_path, 1, [fault])
    different = {text.split()[0] for text in found.differences}
    fallen = {flag.account for flag in find_flags(db, MAY) if flag.kind is FlagKind.COUNTER_FELL}
    assert different
    assert different <= fallen


def test_videos_are_not_known_where_attachments_are_not_shown(db: Store, tmp_path: Path) -> None:
    fault = {"kind": "missing_fields", "platform": "x", "fields": ["attachments", "entities"]}
    found = hunt(db, tmp_path, 7, [fault])
    assert any("videos: got None" in text for text in found.differences)
    assert found.untold == ()


def _case(db: Store, name: str, faults: list[dict[str, Any]], route: Route = Route.API) -> Found:
    return compared(db, CASES / f"{name}.jsonl.gz", faults, route)


@pytest.mark.shared
def test_a_feed_with_a_ceiling_is_read_in_parts(db: Store) -> None:
    assert _case(db, "fb600", []).differences == ()


@pytest.mark.shared
def test_posts_of_one_second_on_two_pages_are_told(db: Store) -> None:
    found = _case(db, "tiktok-ties", [], Route.WEB)
    assert found.differences
    assert found.untold == ()
    assert _case(db, "tiktok-ties", []).differences == ()


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["renamed_handle", "reused_handle", "gone_account"])
@pytest.mark.parametrize("day", ["2025-05-04", "2025-05-28", "2025-06-02"])
def test_a_tiktok_account_that_lost_its_handle_is_never_silent(
    db: Store, kind: str, day: str
) -> None:
    fault = {"kind": kind, "platform": "tiktok", "account": RENAMED, "handle": "visit_new"}
    more = {"number": 5} if kind == "reused_handle" else {}
    (row,) = collected(
        db,
        CASES / "tiktok-renamed.jsonl.gz",
        lambda _: [{**fault, **more, "since": f"{day}T00:00:00Z"}],
    )
    if kind == "reused_handle" and day == "2025-05-04":
        # No video was known by then, by which a stranger could be told from the account.
        assert row["doubts"] == (
            f"followers fell from {row['followers_start']} to 12: it may be another account",
        )
        return
    assert row["posts"] != 0
    assert row["followers_end"] != 12
    if day == "2025-06-02":
        assert "posts" in row["off_time"]
    else:
        assert row["coverage"]["period"] < 1
        assert row["collected"] or row["why"].partition(":")[0] in ("renamed", "gone")
