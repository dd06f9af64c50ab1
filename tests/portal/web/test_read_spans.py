"""An account that was not read is never shown as one that published nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from model.account import Account
from portal.figures.activity import cities_read, read_spans, told_of, windows_of
from store.database import VISITS, Store
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import MINE, account_key

NOW = datetime(2025, 6, 5, 4, tzinfo=UTC)
ZONE = "Asia/Shanghai"


def visit(
    account: str, start: datetime, observed_at: datetime, *, complete: bool = True
) -> dict[str, Any]:
    return {
        "_id": f"{account}@{observed_at.isoformat()}",
        "account": account,
        "kind": "timeline",
        "complete": complete,
        "window": {"start": start, "end": observed_at},
        "observed_at": observed_at,
    }


def test_spans_are_those_of_whole_lists(db: Store) -> None:
    start, looked = NOW - timedelta(days=20), NOW - timedelta(hours=3)
    db[VISITS].insert_many(
        [
            visit("x:1", start, looked),
            visit("x:1", start - timedelta(days=9), NOW, complete=False),
            visit("x:2", start, looked, complete=False),
        ]
    )
    assert read_spans(db, ["x:1", "x:2"]) == {"x:1": (start, looked)}


def test_a_window_counts_the_accounts_that_were_read_over_it() -> None:
    windows = windows_of({"a": {0: (1, 2)}}, "a", 5, lambda days: {"a"})
    spans = {
        "x:1": (NOW - timedelta(days=20), NOW - timedelta(hours=3)),
        "x:2": (NOW - timedelta(days=70), NOW - timedelta(days=4)),
    }
    told = {one.name: one for one in told_of(windows, spans, 3, NOW, ZONE)}
    counted = {name: (one.read, one.read_before, one.accounts) for name, one in told.items()}
    assert counted == {
        "today": (1, 1, 3),
        "7 days": (1, 2, 3),
        "28 days": (0, 1, 3),
        "month": (1, 2, 3),
    }


def _account(city: str, platform: str, serial: int) -> Account:
    return Account(platform=platform, id=str(serial), handle=f"a{serial}", city=city)


def test_peers_that_were_not_read_whole_are_left_out_by_hand() -> None:
    """Six peers with 10 posts each; of one more half was read: its 2 would make the mean smaller.
    No account of the third platform was ever read: all cities lack the same."""
    cities = [f"c{n}" for n in range(7)]
    watched = [_account(city, "x", n) for n, city in enumerate(["me", *cities])]
    watched += [_account("c6", "facebook", 50), _account("c0", "facebook", 51)]
    watched += [_account("c1", "tiktok", 60)]
    whole = (NOW - timedelta(days=40), NOW - timedelta(hours=3))
    spans = {one.key: whole for one in watched if one.id not in ("50", "60")}
    daily = {city: {0: (10, 100)} for city in cities} | {"c6": {0: (2, 2)}, "me": {0: (5, 7)}}

    def read(days: int) -> frozenset[str]:
        return cities_read(watched, spans, days, NOW, ZONE)

    today = windows_of(daily, "me", 5, read)[0]
    assert (today.peers, today.peers_watched) == (6, 7)
    assert (today.peers_posts, today.peers_interactions) == (10.0, 100.0)
    assert today.with_me_posts == pytest.approx(65 / 7)
    del spans[watched[0].key]
    alone = windows_of(daily, "me", 5, read)[0]
    assert (alone.peers_posts, alone.with_me_posts) == (10.0, None)


def test_the_page_says_what_was_not_read(readers: Readers, seeded: Store) -> None:
    def page() -> str:
        return readers.of("operator").get(f"/my/{MINE}", headers={"accept-language": "en"}).text

    assert "accounts read" not in page()
    assert "cities read whole" not in page()
    lists = {"account": account_key(MINE, "x"), "kind": "timeline"}
    taken = list(seeded[VISITS].find(lists))
    seeded[VISITS].delete_many(lists)
    try:
        assert "1 of 2 accounts read" in page()
    finally:
        seeded[VISITS].insert_many(taken)
