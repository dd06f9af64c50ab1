from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.account import Account
from model.measures import COUNTERS, AccountMonth, AccountSums, Followers
from model.period import Period
from scoring.cities.measures import measure_rows, rate

MAY = Period.month("2025-05")
CITY = Account(platform="x", id="7", handle="Somewhere", city="somewhere")
START, END = datetime(2025, 4, 30, tzinfo=UTC), datetime(2025, 5, 31, tzinfo=UTC)


def _none() -> dict[str, int]:
    return dict.fromkeys(COUNTERS, 0)


def _row(sums: AccountSums | None = None, covered: float = 1.0, **edges: Any) -> dict[str, Any]:
    why = "timeout: no complete answer"
    month = AccountMonth(CITY, sums or AccountSums(), Followers(**edges), covered, why)
    (row,) = measure_rows(MAY, [month])
    return row.plain()


def test_all_fields_of_a_full_row() -> None:
    sums = AccountSums(
        posts=4,
        posts_gone=1,
        totals={"likes": 10, "comments": 6, "shares": 4, "views": 90},
        shown={"likes": 4, "comments": 3, "shares": 4, "views": 3},
        steps={"likes": 0, "comments": 100, "shares": 0, "views": 0},
        reasons={"likes": set(), "comments": {"hidden"}, "shares": set(), "views": {"not_offered"}},
        videos=3,
        videos_shown=2,
        video_views=50,
        at_cutoff=3,
        days={"2025-05-01", "2025-05-02"},
        types={"video": 3, "text": 1},
    )
    edges: dict[str, Any] = {
        "start": 100,
        "end": 90,
        "start_slot": START,
        "end_slot": END,
        "step": 10,
    }
    assert _row(sums, **edges) == {
        "videos_shown": 2,
        "period": "2025-05",
        "tz": "Asia/Shanghai",
        "cutoff": "2025-06-03T16:00:00Z",
        "city": "somewhere",
        "platform": "x",
        "account": "x:7",
        "handle": "Somewhere",
        "posts": 4,
        "likes": 10,
        "comments": 6,
        "shares": 4,
        "interactions": 20,
        "interaction_rate": 5.0,
        "videos": 3,
        "views": 90,
        "view_rate": 25.0,
        "posts_gone": 1,
        "active_days": 2,
        "types": {"text": 1, "video": 3},
        "followers_start": 100,
        "followers_end": 90,
        "follower_gain": -10,
        "followers_step": 10,
        "missing": {"likes": 0, "comments": 1, "shares": 0, "views": 1},
        "reasons": {"comments": ["hidden"], "views": ["not_offered"]},
        "steps": {"comments": 100},
        "collected": True,
        "why": None,
        "coverage": {
            "period": 1.0,
            "cutoff": 0.75,
            "types": 1.0,
            "likes": 1.0,
            "comments": 0.75,
            "shares": 1.0,
            "views": 0.75,
        },
    }


def test_a_silent_account_has_zero_posts_and_no_rates() -> None:
    row = _row()
    zeros = ("posts", *COUNTERS, "interactions", "videos", "posts_gone", "active_days")
    assert {row[name] for name in zeros} == {0}
    assert row["interaction_rate"] is row["view_rate"] is None
    assert row["missing"] == _none()
    assert row["collected"]


@pytest.mark.parametrize("covered", [0.0, 0.99])
def test_a_failed_collection_is_missing_not_silent(covered: float) -> None:
    row = _row(covered=covered, start=5, end=7, start_slot=START, end_slot=END)
    assert not row["collected"]
    assert row["posts"] is row["likes"] is row["interactions"] is row["videos"] is None
    assert row["why"] == "timeout: no complete answer"
    assert row["follower_gain"] == 2, "followers come from other visits"


def test_known_posts_stand_although_the_last_look_failed() -> None:
    row = _row(AccountSums(posts=2, types={"text": 2}), covered=0.5)
    assert row["collected"]
    assert row["posts"] == 2
    assert row["coverage"]["period"] == 0.5


def test_a_counter_that_no_post_shows_is_null_and_what_is_known_is_summed() -> None:
    sums = AccountSums(posts=2, totals={**_none(), "comments": 3}, shown={**_none(), "comments": 1})
    row = _row(sums)
    assert (row["likes"], row["comments"], row["shares"], row["views"]) == (None, 3, None, None)
    assert (row["interactions"], row["interaction_rate"]) == (3, 1.5)
    assert row["missing"] == {"likes": 2, "comments": 1, "shares": 2, "views": 2}


def test_where_types_are_not_known_no_videos_are_not_0_videos() -> None:
    row = _row(AccountSums(posts=2, types={"unknown": 2}))
    assert (row["videos"], row["view_rate"], row["coverage"]["types"]) == (None, None, 0.0)
    mostly = _row(AccountSums(posts=4, types={"unknown": 1, "quote": 3}))
    assert (mostly["videos"], mostly["coverage"]["types"]) == (None, 0.75)
    partly = _row(AccountSums(posts=4, videos=1, types={"unknown": 1, "video": 1, "text": 2}))
    assert (partly["videos"], partly["coverage"]["types"]) == (1, 0.75)


def test_without_any_interaction_counter_the_interactions_are_null() -> None:
    row = _row(AccountSums(posts=2, videos=1))
    assert row["interactions"] is row["interaction_rate"] is row["view_rate"] is None


@pytest.mark.parametrize(
    ("edges", "gain"),
    [
        ({"start": 5, "end": 5, "start_slot": START, "end_slot": END}, 0),
        ({"start": 5, "end": 5, "start_slot": START, "end_slot": START}, None),
        ({"end": 5, "end_slot": END}, None),
        ({"start": 5, "start_slot": START, "end_slot": END}, None),
        ({}, None),
    ],
)
def test_the_gain_needs_two_readings(edges: dict[str, Any], gain: int | None) -> None:
    row = _row(**edges)
    assert row["follower_gain"] == gain
    assert row["followers_start"] == edges.get("start")


_NUMBER = st.integers(0, 50)


@given(st.fixed_dictionaries(dict.fromkeys(COUNTERS, st.tuples(_NUMBER, _NUMBER))), _NUMBER)
def test_nothing_missing_is_ever_zero(told: dict[str, tuple[int, int]], posts: int) -> None:
    shown = {name: min(number, posts) for name, (number, _) in told.items()}
    totals = {name: total * bool(shown[name]) for name, (_, total) in told.items()}
    row = _row(AccountSums(posts=posts, shown=shown, totals=totals))
    for name in COUNTERS:
        assert (row[name] is None) == (posts > 0 and shown[name] == 0)
        assert row["missing"][name] == posts - shown[name]
    known = [row[name] for name in ("likes", "comments", "shares") if row[name] is not None]
    assert row["interactions"] == (sum(known) if known else None)
    assert row["interaction_rate"] == rate(row["interactions"], posts)


def test_rates() -> None:
    assert rate(7, 2) == 3.5
    assert rate(0, 2) == 0
    assert rate(None, 2) is rate(7, 0) is None
