"""From messages to measure rows: what the front door does, on a small month of its own."""

from __future__ import annotations

from typing import Any

import pytest

from model.account import Account
from model.items import PostType
from model.messages import Outcome, VisitKind
from scoring.cities.measures import measure_rows
from store import accounts
from store.database import Store
from store.ingest.writer import Writer
from store.month.measures import account_months
from tests.store.harvest import MAY, Message, account, closed, day, page, post, visit

ACTIVE, SILENT, FAILED, OTHER = "1", "2", "3", "4"


def _messages() -> list[Message]:
    messages: list[Message] = []
    for slot, followers in ((MAY.start, 100), (MAY.end, 130)):
        for one in (ACTIVE, SILENT):
            of = visit(slot, VisitKind.PROFILE, account_id=one)
            shown = account(slot, account_id=one, followers=followers)
            messages += [page(of, slot, accounts=[shown]), closed(of, slot)]
    at = MAY.cutoff
    items = [
        post("a", at, day(3), account=ACTIVE, kind=PostType.REEL, likes=5, comments=1, views=40),
        post("b", at, day(3), account=ACTIVE, likes=None, comments=2),
        post("c", at, day(4), account=ACTIVE, kind=PostType.REPOST, likes=1000, comments=9),
        post("d", at, MAY.end, account=ACTIVE, likes=1000, comments=9),
    ]
    of = visit(at, account_id=ACTIVE)
    messages += [page(of, at, posts=items), closed(of, at, seen=["a", "b", "c"])]
    messages.append(closed(visit(at, account_id=SILENT), at, Outcome.OK_NOTHING_NEW))
    messages.append(closed(visit(at, account_id=FAILED), at, Outcome.TOKEN_INVALID))
    return messages


@pytest.fixture
def filled(db: Store) -> Store:
    ids = ((ACTIVE, "facebook"), (SILENT, "facebook"), (FAILED, "facebook"), (OTHER, "x"))
    accounts.put_accounts(
        db,
        [
            Account(platform=platform, id=one, handle=f"h{one}", city=f"city-{one}")  # type: ignore[arg-type]
            for one, platform in ids
        ],
    )
    unverified = Account(platform="x", id="", handle="unverified", city="city-5")
    accounts.put_accounts(db, [unverified])
    Writer(db).write(_messages())
    return db


def _rows(db: Store) -> dict[str, dict[str, Any]]:
    return {row.account: row.plain() for row in measure_rows(MAY, account_months(db, MAY))}


def test_a_row_for_every_account_whose_id_is_known(filled: Store) -> None:
    assert list(_rows(filled)) == ["facebook:1", "facebook:2", "facebook:3", "x:4"]


def test_an_active_account(filled: Store) -> None:
    row = _rows(filled)["facebook:1"]
    assert (row["city"], row["handle"]) == ("city-1", "h1")
    assert (row["posts"], row["videos"], row["active_days"]) == (2, 1, 1)
    assert (row["likes"], row["comments"], row["shares"], row["views"]) == (5, 3, None, 40)
    assert (row["interactions"], row["interaction_rate"], row["view_rate"]) == (8, 4.0, 40.0)
    assert row["missing"] == {"likes": 1, "comments": 0, "shares": 2, "views": 1}
    assert row["reasons"] == {"likes": ["hidden"]}
    assert (row["followers_start"], row["followers_end"], row["follower_gain"]) == (100, 130, 30)
    assert (row["coverage"]["period"], row["coverage"]["cutoff"]) == (1.0, 1.0)


def test_silent_and_failed_are_not_the_same(filled: Store) -> None:
    rows = _rows(filled)
    assert (rows["facebook:2"]["collected"], rows["facebook:2"]["posts"]) == (True, 0)
    assert rows["facebook:2"]["why"] is None
    assert rows["facebook:3"]["why"] == "token_invalid"
    assert rows["x:4"]["why"] == "never visited"
    for key in ("facebook:3", "x:4"):
        assert (rows[key]["collected"], rows[key]["posts"]) == (False, None)
        assert rows[key]["followers_end"] is None


def test_rows_of_a_platform_or_of_one_account(filled: Store) -> None:
    whole = _rows(filled)
    of_platform = measure_rows(MAY, account_months(filled, MAY, platform="x"))
    assert [row.plain() for row in of_platform] == [whole["x:4"]]
    of_account = measure_rows(MAY, account_months(filled, MAY, account="facebook:1"))
    assert [row.plain() for row in of_account] == [whole["facebook:1"]]
    assert account_months(filled, MAY, platform="x", account="facebook:1") == []
