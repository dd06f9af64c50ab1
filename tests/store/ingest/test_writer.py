from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from model.count import Count
from model.items import PostType
from model.messages import Outcome, VisitKind
from model.months import Months
from store.database import Store
from store.errors import MonthsDiffer, Unwritable
from store.ingest.raw import NoSuchAnswer, answer, expire
from store.ingest.transaction import Written
from store.ingest.writer import Writer
from tests.store.dump import dump
from tests.store.harvest import KEY, MAY, account, closed, counts, day, page, post, visit


@pytest.fixture
def writer(db: Store) -> Writer:
    return Writer(db)


def test_what_one_page_leaves(db: Store, writer: Writer) -> None:
    of, at = visit(day(10)), day(10) + timedelta(minutes=4)
    item = post("7", at, day(9), likes=5, comments=None, shares=0, reactions={"like": 5})
    message = page(of, at, posts=[item], accounts=[account(at, followers=900)], body=b"{}")
    written = writer.write([message, closed(of, at, seen=["7"])])
    assert written == Written(posts=1, post_readings=1, account_readings=1, visits=1, raw=1)

    stored = db["posts"].find_one({"_id": "facebook:7"})
    assert stored is not None
    assert stored["account"] == KEY
    assert stored["published_at"] == day(9)
    assert stored["first_seen"] == stored["last_seen"] == at
    row = db["post_readings"].find_one()
    assert row == {
        "_id": "facebook:7@20250510T000000",
        "post": "facebook:7",
        "slot": day(10),
        "observed_at": at,
        "counts": {"likes": 5, "shares": 0},
        "missing": {"comments": "hidden"},
        "reactions": {"like": 5},
        "source": "api",
        "raw": ["44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"],
        "visits": [of.id],
    }
    month = db["month_posts"].find_one()
    assert month is not None
    assert month["_id"] == "2025-05:facebook:7"
    assert (month["counts"], month["missing"]) == (row["counts"], row["missing"])
    assert answer(db, row["raw"][0]) == b"{}"


def test_the_same_batch_again_changes_nothing(db: Store, writer: Writer) -> None:
    of = visit(day(10))
    items = [post(str(number), day(10), day(9), likes=number) for number in range(60)]
    batch = [
        page(of, day(10), posts=items[:50], accounts=[account(day(10), followers=1)]),
        page(of, day(10), posts=items[50:], gone=["4711"]),
        closed(of, day(10), seen=[item.id for item in items]),
    ]
    writer.write(batch)
    before = dump(db)
    assert writer.write(batch) == Written()
    assert writer.write(batch + batch) == Written()
    assert dump(db) == before


def test_counters_may_fall_and_both_readings_are_kept(db: Store, writer: Writer) -> None:
    for number, likes in ((10, 50), (11, 40)):
        of = visit(day(number))
        writer.write([page(of, day(number), posts=[post("7", day(number), day(9), likes=likes)])])
    rows = list(db["post_readings"].find().sort("_id"))
    assert [row["counts"]["likes"] for row in rows] == [50, 40]
    (month,) = db["month_posts"].find()
    assert month["counts"] == {"likes": 40}


def test_a_counter_that_became_hidden_is_missing_at_the_cutoff(db: Store, writer: Writer) -> None:
    for number, likes in ((10, 50), (11, None)):
        of = visit(day(number))
        item = post("7", day(number), day(9), likes=likes, comments=1)
        writer.write([page(of, day(number), posts=[item])])
    (month,) = db["month_posts"].find()
    assert (month["counts"], month["missing"]) == ({"comments": 1}, {"likes": "hidden"})


def test_a_sighting_without_counters_is_no_reading(db: Store, writer: Writer) -> None:
    item = post("7", day(10), day(9), counters={"likes": Count.not_read()})
    assert writer.write([page(visit(day(10)), day(10), posts=[item])]).post_readings == 0
    (month,) = db["month_posts"].find()
    assert month["counts"] == {}
    assert "slot" not in month


@pytest.mark.parametrize(
    ("published_at", "month"),
    [
        (MAY.start - timedelta(seconds=1), "2025-04"),
        (MAY.start, "2025-05"),
        (MAY.end - timedelta(seconds=1), "2025-05"),
        (MAY.end, "2025-06"),
    ],
)
def test_a_post_belongs_to_the_month_of_its_zone(
    db: Store, writer: Writer, published_at: datetime, month: str
) -> None:
    at = published_at + timedelta(hours=1)
    writer.write([page(visit(at), at, posts=[post("7", at, published_at, likes=1)])])
    assert [found["_id"] for found in db["month_posts"].find()] == [f"{month}:facebook:7"]


@pytest.mark.parametrize(
    ("slot", "observed_at", "counted"),
    [
        (MAY.cutoff, MAY.cutoff, 20),
        (MAY.cutoff, MAY.cutoff + timedelta(minutes=30), 20),
        (MAY.cutoff - timedelta(hours=1), MAY.cutoff + timedelta(hours=4), 20),
        (MAY.cutoff, MAY.cutoff + timedelta(hours=7), 10),
        (MAY.cutoff + timedelta(seconds=1), MAY.cutoff + timedelta(seconds=1), 10),
    ],
)
def test_the_last_reading_that_stands_for_the_cutoff_or_earlier_counts(
    db: Store, writer: Writer, slot: datetime, observed_at: datetime, counted: int
) -> None:
    first = page(visit(day(9)), day(9), posts=[post("7", day(9), day(8), likes=10)])
    item = post("7", observed_at, day(8), likes=20)
    writer.write([first, page(visit(slot), observed_at, posts=[item])])
    (month,) = db["month_posts"].find()
    assert month["counts"] == {"likes": counted}


def test_an_instant_of_publication_told_late_or_corrected_moves_the_post(
    db: Store, writer: Writer
) -> None:
    def seen(number: int, published_at: datetime | None, likes: int) -> None:
        item = post("7", day(number), published_at, likes=likes)
        writer.write([page(visit(day(number)), day(number), posts=[item])])

    seen(10, None, 1)
    assert list(db["month_posts"].find()) == []
    seen(11, day(9), 2)
    seen(12, MAY.start - timedelta(days=9), 3)
    (month,) = db["month_posts"].find()
    assert month["_id"] == "2025-04:facebook:7"
    assert month["counts"] == {}, "nothing was read before April's cut-off"
    seen(13, day(9), 4)
    (month,) = db["month_posts"].find()
    assert (month["_id"], month["counts"]) == ("2025-05:facebook:7", {"likes": 4})


def test_a_type_told_later_reaches_the_month(db: Store, writer: Writer) -> None:
    for number, kind in ((10, None), (11, PostType.VIDEO), (12, None)):
        item = post("7", day(number), day(9), kind=kind, likes=1)
        writer.write([page(visit(day(number)), day(number), posts=[item])])
    (month,) = db["month_posts"].find()
    assert month["type"] == "video"


def test_the_account_comes_from_the_visit_where_the_answer_is_silent(
    db: Store, writer: Writer
) -> None:
    item = post("7", day(10), day(9), account=None, likes=1)
    nameless = account(day(10), account_id="", handle="visit_somewhere", followers=3)
    writer.write([page(visit(day(10)), day(10), posts=[item], accounts=[nameless])])
    assert db["posts"].distinct("account") == [KEY]
    assert db["account_readings"].distinct("account") == [KEY]


def test_an_account_that_nothing_identifies_is_counted_not_guessed(
    db: Store, writer: Writer
) -> None:
    visits = [visit(day(10), account_id=one) for one in ("1", "2")]
    nameless = account(day(10), account_id="", followers=3)
    written = writer.write([page(visits[0], day(10), accounts=[nameless], visits=visits)])
    assert written.unresolved == 1
    assert list(db["accounts"].find()) == []


def test_a_page_of_many_accounts_gives_each_row_its_own_visits(db: Store, writer: Writer) -> None:
    visits = [visit(day(10), VisitKind.PROFILE, account_id=one) for one in ("1", "2")]
    shown = [account(day(10), account_id=one, followers=int(one)) for one in ("1", "2")]
    writer.write([page(visits[0], day(10), accounts=shown, visits=visits)])
    rows = list(db["account_readings"].find().sort("_id"))
    assert [row["visits"] for row in rows] == [[one.id] for one in visits]


def test_handles_change_and_the_history_is_kept(db: Store, writer: Writer) -> None:
    for number, handle in ((10, "old"), (12, "new"), (11, "old")):
        shown = account(day(number), handle=handle, followers=1)
        writer.write([page(visit(day(number)), day(number), accounts=[shown])])
    (found,) = db["accounts"].find()
    assert found["observed"]["handle"] == "new"
    assert [(one["handle"], one["last_seen"]) for one in found["handles"]] == [
        ("old", day(11)),
        ("new", day(12)),
    ]


def test_raw_answers_are_kept_once(db: Store, writer: Writer) -> None:
    batch = [page(visit(day(number)), day(number), body=b"same") for number in (11, 10, 12)]
    for message in batch:
        writer.write([message])
    (kept,) = db["raw"].find()
    assert kept["observed_at"] == day(10)
    assert expire(db, day(10)) == 0
    assert expire(db, day(11)) == 1
    with pytest.raises(NoSuchAnswer):
        answer(db, kept["_id"])


def test_a_later_failure_leaves_a_complete_visit_complete(db: Store, writer: Writer) -> None:
    again = visit(day(10), attempt=1)
    writer.write([closed(visit(day(10)), day(10), Outcome.OK)])
    writer.write([closed(again, day(10.1), Outcome.TIMEOUT)])
    (found,) = db["visits"].find()
    assert (found["outcome"], found["complete"], len(found["attempts"])) == ("ok", True, 2)


def test_what_mongodb_refuses_is_unwritable(db: Store, writer: Writer) -> None:
    item = post("7", day(10), day(9), text="\ud800", likes=1)
    message = page(visit(day(10)), day(10), posts=[item], body=b"x")
    with pytest.raises(Unwritable, match="MongoDB refuses"):
        writer.write([message])
    assert list(db["post_readings"].find()) == []


def test_months_of_one_zone_are_kept(db: Store, writer: Writer) -> None:
    writer.prepare()
    Writer(db).prepare()
    with pytest.raises(MonthsDiffer, match="Asia/Shanghai"):
        Writer(db, Months("UTC")).prepare()
    with pytest.raises(MonthsDiffer, match="259200"):
        Writer(db, Months(MAY.tz, timedelta(days=5))).write([closed(visit(day(10)), day(10))])
    assert db["visits"].count_documents({}) == 0


def test_a_long_batch_is_written_in_parts(db: Store, writer: Writer) -> None:
    of = visit(day(10))
    items = [post(str(number), day(10), day(9), likes=1) for number in range(2500)]
    batch = [page(of, day(10), posts=items[at : at + 50]) for at in range(0, 2500, 50)]
    assert writer.write(batch).posts == 2500
    assert db["month_posts"].count_documents({"_id": {"$regex": "^2025-05:"}}) == 2500


def test_mixed_counts_of_one_slot_from_two_calls(db: Store, writer: Writer) -> None:
    """Views of a post that come from a second call, later or first."""
    first = post("7", day(10), day(9), counters={**counts(likes=3), "views": Count.not_read()})
    second = post("7", day(10.001), None, kind=None, counters=counts(views=9))
    of = visit(day(10))
    for messages in ([second], [first]):
        writer.write([page(of, item.observed_at, posts=[item]) for item in messages])
    (row,) = db["post_readings"].find()
    (month,) = db["month_posts"].find()
    assert row["counts"] == month["counts"] == {"likes": 3, "views": 9}
    assert len(row["raw"]) == 2
