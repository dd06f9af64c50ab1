"""The index of a month and the ranks of the month before."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from model.account import Account
from model.messages import Outcome, VisitKind, Window
from portal.explain import explained
from portal.month import month_index, previous_ranks
from portal.published import drafted
from portal.readiness import readiness
from scoring.cities.ratings import Rating
from scoring.publish.issues import freeze, to_plain
from store import accounts, records
from store.database import Store
from store.ingest.writer import Writer
from store.ratings import RATING_PLACE
from tests.store.harvest import MAY, account, closed, page, visit

FOLLOWERS = {"1": 100, "2": 900}
JUNE = MAY.following()


@pytest.fixture
def watched(db: Store) -> Store:
    """Two cities with a Facebook page each, without posts; the second has more followers."""
    accounts.put_accounts(
        db,
        [
            Account(platform="facebook", id=one, handle=f"h{one}", city=f"city-{one}")
            for one in FOLLOWERS
        ],
    )
    messages = []
    for slot in (MAY.start, MAY.end, JUNE.end):
        for one, followers in FOLLOWERS.items():
            profile = visit(slot, VisitKind.PROFILE, account_id=one)
            shown = account(slot, account_id=one, followers=followers)
            messages += [page(profile, slot, accounts=[shown]), closed(profile, slot)]
            timeline = visit(slot, account_id=one, window=Window(MAY.start, JUNE.end))
            messages.append(closed(timeline, slot))
    Writer(db).write(messages)
    return db


def rate_late(db: Store) -> None:
    """Ratings of May that lift the first city, imported after the fact."""
    given = [
        Rating("city-1", "facebook", MAY.name, "r1", "language", 5.0),
        Rating("city-2", "facebook", MAY.name, "r1", "language", 1.0),
    ]
    rows = [asdict(rating) for rating in given]
    records.put_revisions(db, records.RATINGS, RATING_PLACE, rows, JUNE.cutoff)


@pytest.mark.parametrize("published", [True, False])
def test_the_previous_rank_is_the_one_that_was_published(watched: Store, published: bool) -> None:
    before = drafted(watched, MAY, "giu", MAY.cutoff).issue
    assert before.ranks["facebook"] == {"city-1": 2, "city-2": 1}
    records.put_issue(watched, to_plain(freeze(before) if published else before))
    rate_late(watched)
    now = drafted(watched, MAY, "giu", JUNE.cutoff).issue
    assert now.ranks["facebook"] == {"city-1": 1, "city-2": 2}

    rows = {row["city"]: row for row in month_index(watched, JUNE, "giu").top("facebook")}
    shown = {city: row["previous_rank"] for city, row in rows.items()}
    assert shown == (before if published else now).ranks["facebook"]
    assert all(row["change"] == shown[city] - row["rank"] for city, row in rows.items())
    assert previous_ranks(watched, MAY, "giu", "with-tiktok") != before.ranks


def test_a_month_of_which_nothing_is_known_has_no_ranks(watched: Store) -> None:
    long_ago = MAY.previous().previous()
    assert previous_ranks(watched, long_ago, "giu") is None


def test_what_a_row_doubts_is_said_in_top_and_explain(watched: Store) -> None:
    whole = month_index(watched, MAY, "giu")
    assert not any("doubtful" in row for row in whole.top("facebook"))
    late = MAY.cutoff - timedelta(hours=1)
    doubted = closed(visit(late, account_id="1"), late, Outcome.EMPTY_UNEXPECTED)
    Writer(watched).write([doubted])
    index = month_index(watched, MAY, "giu")
    for scope in ("facebook", "composite"):
        said = {row["city"]: row.get("doubtful") for row in index.top(scope)}
        assert said == {"city-1": ["facebook:1"], "city-2": None}
    assert index.doubtful("city-1", "x") == []
    asked = {one.name: one.text for one in readiness(index, MAY.cutoff)}
    assert asked["accounts"] == "1 of 2 accounts are whole; not so: facebook @h1 (city-1)"
    leaf = explained(watched, index, "city-1", "facebook_likes", 0)
    (told,) = leaf["accounts"]
    assert (told["account"], told["coverage"]["period"]) == ("facebook:1", 1.0)
    assert told["doubts"] == ("",)
    assert "facebook:1 is not whole" in leaf["notes"]
    other = explained(watched, index, "city-2", "facebook_likes", 0)
    assert "doubts" not in other["accounts"][0]
    assert not [note for note in other["notes"] if "whole" in note]
