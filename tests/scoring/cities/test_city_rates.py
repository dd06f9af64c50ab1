"""A city's sums and rates over several accounts are those of its posts taken together."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from model.account import Account
from model.count import Missing
from model.measures import COUNTERS, AccountMonth, Followers
from scoring.cities.city_table import city_measures
from scoring.cities.measures import measure_rows
from store.month.sums import sum_posts
from tests.scoring.support import MAY

VIDEOS = ("video", "short", "reel", "live")
Post = tuple[str, dict[str, int | None]]
"""A type, and its counters; None where the platform hides one."""
_posts = st.lists(
    st.tuples(
        st.sampled_from(("photo", *VIDEOS)),
        st.fixed_dictionaries(
            {name: st.none() | st.integers(0, 10**6) for name in COUNTERS},
        ),
    ),
    max_size=6,
)


def _document(key: str, post: Post) -> dict[str, Any]:
    kind, counts = post
    return {
        "account": key,
        "type": kind,
        "published_at": MAY.start,
        "slot": MAY.cutoff,
        "observed_at": MAY.cutoff,
        "counts": {name: value for name, value in counts.items() if value is not None},
        "missing": {n: Missing.HIDDEN.value for n, value in counts.items() if value is None},
    }


def _months(accounts: list[list[Post]]) -> list[AccountMonth]:
    of = [Account(platform="x", id=str(n), handle=f"a{n}", city="aa") for n in range(len(accounts))]
    return [
        AccountMonth(
            account=account,
            sums=sums,
            followers=Followers(),
            covered=1.0,
        )
        for account, posts in zip(of, accounts, strict=True)
        if (sums := sum_posts([_document(account.key, one) for one in posts], MAY).get(account.key))
    ]


def _ratio(amount: float, number: int) -> float | None:
    return amount / number if number else None


@given(st.lists(_posts, min_size=1, max_size=4))
def test_rates_of_a_city_are_those_of_its_posts(accounts: list[list[Post]]) -> None:
    rows = measure_rows(MAY, _months(accounts))
    posts = [post for of in accounts for post in of]
    if not rows:
        return
    city = city_measures(rows, ["aa"])["aa", "x"]
    for name in COUNTERS:
        shown = [counts[name] for _, counts in posts if counts[name] is not None]
        assert city[name] == (sum(shown) if shown else None)
    known = [city[name] for name in ("likes", "comments", "shares") if city[name] is not None]
    if known:
        assert city["interaction_rate"] == _ratio(sum(known), len(posts))
    views = [c["views"] for kind, c in posts if kind in VIDEOS and c["views"] is not None]
    videos = [kind for kind, _ in posts if kind in VIDEOS]
    rate = city["view_rate"]
    if not views:
        assert rate in (None, 0.0)
        assert rate is None or not videos
    else:
        expected = sum(views) / len(views)
        assert rate is not None
        assert abs(rate - expected) <= 1e-9 * max(1.0, expected)


def test_a_row_says_how_many_videos_its_rate_is_of() -> None:
    posts: list[Post] = [
        ("video", dict.fromkeys(COUNTERS, 10)),
        ("video", {**dict.fromkeys(COUNTERS, 10), "views": None}),
    ]
    (row,) = measure_rows(MAY, _months([posts]))
    assert (row.videos, row.plain()["videos_shown"]) == (2, 1)
    (whole,) = measure_rows(MAY, _months([posts[:1]]))
    assert "videos_shown" not in whole.plain()
