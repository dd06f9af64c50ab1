"""What an answer that is mapped again may change of a reading, and what it may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from store.database import Document
from store.replay import remap
from tests.store.harvest import day

AT = day(6)


def row(counts: dict[str, int], **more: Any) -> Document:
    return {
        "_id": "x:1@20250506T000000",
        "post": "x:1",
        "slot": AT,
        "observed_at": AT,
        "counts": counts,
        "source": "api",
        "raw": ["a"],
        "visits": [],
        **more,
    }


def anew(counts: dict[str, int], **more: Any) -> Document:
    return row(counts, **{"mapper": 2, **more})


@pytest.mark.parametrize(
    ("missing", "after"),
    [("not_read", {"views": 7}), ("hidden", {}), ("not_offered", {})],
)
def test_only_a_statement_takes_a_value_away(missing: str, after: dict[str, int]) -> None:
    now = remap.new_row(row({"views": 7}), anew({}, missing={"views": missing}), whole=True)
    assert now["counts"] == after
    assert now.get("missing", {}) == ({} if after else {"views": missing})


@pytest.mark.parametrize(("whole", "views"), [(True, 1200), (False, 1234)])
def test_a_rounded_value_yields_to_an_exact_one_of_a_lost_answer(whole: bool, views: int) -> None:
    rounded = anew({"views": 1200}, steps={"views": 100})
    now = remap.new_row(row({"views": 1234}), rounded, whole)
    assert now["counts"] == {"views": views}
    assert now.get("steps") == ({"views": 100} if whole else None)


def test_an_older_answer_does_not_outdo_a_newer_one() -> None:
    stored = row({"likes": 9, "views": 5})
    before = anew({"likes": 8}, observed_at=AT - timedelta(minutes=1))
    assert remap.new_row(stored, before, whole=True) is stored
    filled = remap.new_row(row({"likes": 9}), {**before, "counts": {"views": 4}}, whole=True)
    assert filled["counts"] == {"likes": 9, "views": 4}
    assert filled["older"] == {"views": AT - timedelta(minutes=1)}
    assert filled["observed_at"] == AT


def test_the_same_again_is_no_change() -> None:
    stored = row({"likes": 9}, missing={"views": "hidden"}, steps={"likes": 10})
    same = anew({"likes": 9}, missing={"views": "hidden"}, steps={"likes": 10})
    assert remap.new_row(stored, same, whole=True) is stored
    assert list(remap.row_changes("post_readings", stored, stored)) == []


@pytest.mark.parametrize(
    ("stored", "told", "now"),
    [("live", "video", "live"), ("photo", "video", "video"), ("live", "reel", "reel")],
)
def test_a_kind_of_video_is_not_forgotten(stored: str, told: str, now: str) -> None:
    post = {"_id": "x:1", "first_seen": AT, "last_seen": AT, "pinned": False}
    assert remap.new_post({**post, "type": stored}, {**post, "type": told})["type"] == now
