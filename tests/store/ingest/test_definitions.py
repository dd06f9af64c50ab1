"""Readings carry the definitions in force; those stored before there were any read as before."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from model.count import Count
from model.items import AccountItem, PostItem, PostType
from model.messages import HarvestPage, RawAnswer
from store.ingest import merging
from store.ingest.batch import fold
from store.replay.remap import new_row

AFTER = datetime(2026, 8, 27, 1, tzinfo=UTC)
BEFORE = datetime(2026, 8, 26, 23, tzinfo=UTC)


def page(at: datetime, post_type: PostType | None, views: Count) -> HarvestPage:
    counts = {"likes": Count(3), "views": views}
    post = PostItem(
        platform="youtube", id="a", account="c", type=post_type, observed_at=at, counts=counts
    )
    account = AccountItem(
        platform="youtube", id="c", observed_at=at, counts={"followers": Count(1000, step=10)}
    )
    return HarvestPage(
        platform="youtube",
        visits=("youtube:c:timeline:20260827T000000:-",),
        slot=at,
        raw=RawAnswer(
            sha256="0" * 64,
            url="https://example.test",
            endpoint="videos",
            status=200,
            observed_at=at,
            size=2,
        ),
        posts=(post,),
        accounts=(account,),
    )


def row(at: datetime, post_type: PostType | None = None, views: Count | None = None) -> Any:
    folded = fold([(page(at, post_type, Count(7) if views is None else views), None)])
    (found,) = folded.post_readings.values()
    return found


def test_a_reading_says_since_when_its_counters_mean_what_they_do() -> None:
    assert row(AFTER)["definitions"] == {"views": "2026-08-27"}
    assert "definitions" not in row(BEFORE, PostType.VIDEO)
    assert row(BEFORE, PostType.SHORT)["definitions"] == {"views": "2025-03-31"}
    assert "definitions" not in row(AFTER, views=Count.hidden())
    folded = fold([(page(AFTER, None, Count(7)), None)])
    (account,) = folded.account_readings.values()
    assert account["definitions"] == {"followers": "2019-09-10"}
    (post,) = folded.posts.values()
    assert post["latest"]["definitions"] == {"views": "2026-08-27"}


def without(document: Any) -> Any:
    """As it was stored before there were definitions."""
    return {name: value for name, value in document.items() if name != "definitions"}


def test_an_old_reading_merges_with_the_same_told_again() -> None:
    assert merging.merge_rows(without(row(AFTER)), row(AFTER)) == row(AFTER)
    old = without(row(AFTER))
    assert merging.merge_rows(old, old) == old


def test_the_definition_is_that_of_the_value_that_counts_in_any_order() -> None:
    slot = {"slot": AFTER}
    readings = [
        {**merging.core(row(BEFORE, PostType.SHORT, Count(9))), **slot},
        {**merging.core(row(AFTER, None, Count(700, step=100))), **slot},
        {**without(merging.core(row(AFTER, None, Count.not_read()))), **slot},
    ]
    merged = [
        merging.merge_readings(merging.merge_readings(a, b), c)
        for a, b, c in permutations(readings)
    ]
    assert all(one == merged[0] for one in merged)
    assert merged[0]["counts"]["views"] == 9
    assert merged[0]["definitions"] == {"views": "2025-03-31"}


@pytest.mark.parametrize("at", [AFTER, BEFORE])
def test_replaying_leaves_an_old_reading_that_says_the_same(at: datetime) -> None:
    stored = {**without(row(at)), "mapper": 1}
    assert new_row(stored, {**row(at), "mapper": 2}, whole=True) is stored


def test_replaying_brings_the_definition_of_a_changed_value() -> None:
    stored = {**without(row(AFTER, views=Count(6))), "mapper": 1}
    now = new_row(stored, {**row(AFTER), "mapper": 2}, whole=True)
    assert (now["counts"]["views"], now["definitions"]) == (7, {"views": "2026-08-27"})
