"""Flags are kept beside what is stored, found again as the same, and withdrawn when explained."""

from __future__ import annotations

from datetime import timedelta

from model.messages import Outcome
from store.database import Store
from store.ingest.writer import Writer
from store.quality.flagging import FLAGS, find_flags, stored_flags, update_flags
from tests.store.dump import dump
from tests.store.harvest import MAY, Message, account, closed, day, page, post, visit

NOW = day(20)


def write(db: Store, messages: list[Message]) -> None:
    Writer(db).write(messages)


def read(db: Store, at: float, likes: int, followers: int = 900, handle: str = "town") -> None:
    of = visit(day(at))
    items = [post("7", day(at), day(2), likes=likes)]
    write(
        db,
        [
            page(
                of,
                day(at),
                posts=items,
                accounts=[account(day(at), handle=handle, followers=followers)],
            ),
            closed(of, day(at), seen=["7"]),
        ],
    )


def kinds(db: Store) -> list[str]:
    return [found["kind"] for found in stored_flags(db, MAY.start, MAY.cutoff)]


def test_a_quiet_month_has_none(db: Store) -> None:
    for number in range(3, 9):
        read(db, number, likes=number, followers=900 + number)
    assert update_flags(db, MAY, NOW).found == {}
    assert db[FLAGS].count_documents({}) == 0


def test_every_kind_finds_its_way_into_the_collection(db: Store) -> None:
    read(db, 3, likes=50)
    read(db, 4, likes=40, followers=2900, handle="city")
    write(db, [closed(visit(day(5)), day(5), Outcome.EMPTY_UNEXPECTED, detail="no rows")])
    done = update_flags(db, MAY, NOW)
    assert done.found == {
        "counter_fell": 1,
        "followers_jumped": 1,
        "renamed": 1,
        "empty_unexpected": 1,
    }
    assert done.new == 4
    (fell,) = stored_flags(db, MAY.start, MAY.cutoff, kinds=["counter_fell"])
    assert fell["readings"] == ["facebook:7@20250503T000000", "facebook:7@20250504T000000"]
    assert fell["facts"] == {"likes": [50, 40]}
    assert fell["noted_at"] == NOW


def test_readings_are_never_touched(db: Store) -> None:
    read(db, 3, likes=50)
    read(db, 4, likes=40)
    before = dump(db)
    update_flags(db, MAY, NOW)
    assert dump(db) == before


def test_the_same_run_again_changes_nothing(db: Store) -> None:
    read(db, 3, likes=50)
    read(db, 4, likes=40)
    update_flags(db, MAY, NOW)
    before = list(db[FLAGS].find())
    again = update_flags(db, MAY, NOW + timedelta(days=1))
    assert (again.new, again.withdrawn) == (0, 0)
    assert list(db[FLAGS].find()) == before


def test_what_a_late_reading_explains_is_withdrawn_and_stays_on_record(db: Store) -> None:
    read(db, 3, likes=50)
    read(db, 5, likes=40)
    update_flags(db, MAY, NOW)
    assert kinds(db) == ["counter_fell"]
    read(db, 4, likes=40)
    done = update_flags(db, MAY, NOW + timedelta(days=1))
    assert (done.new, done.withdrawn) == (1, 1)
    assert [found["at"] for found in stored_flags(db, MAY.start, MAY.cutoff)] == [day(4)]
    assert db[FLAGS].count_documents({"withdrawn_at": NOW + timedelta(days=1)}) == 1


def test_one_month_does_not_withdraw_what_another_found(db: Store) -> None:
    """A post of May falls in June; an account is renamed in June."""
    read(db, 3, likes=50)
    read(db, 33, likes=40, handle="city")
    assert update_flags(db, MAY, NOW).found == {"counter_fell": 1}
    done = update_flags(db, MAY.following(), NOW)
    assert (done.found, done.withdrawn) == ({"renamed": 1}, 0)
    assert update_flags(db, MAY, NOW).new == 0
    assert len(stored_flags(db, MAY.start, MAY.following().end)) == 2


def test_a_field_that_vanishes_for_many_accounts(db: Store) -> None:
    for number in range(4):
        for at, values in ((3, {"likes": 5, "shares": 1}), (4, {"likes": 6})):
            of = visit(day(at), account_id=f"{number}")
            items = [post(f"p{number}", day(at), day(2), account=f"{number}", **values)]
            write(db, [page(of, day(at), posts=items)])
        db["accounts"].insert_one({"_id": f"facebook:{number}", "platform": "facebook"})
    (drift,) = find_flags(db, MAY)
    assert (drift.subject, drift.at) == ("facebook:post.shares", day(4))
    assert drift.facts == {"accounts": 4, "lost": 4}


def test_a_burst_and_a_handle_of_somebody_else(db: Store) -> None:
    """One post beyond all that its account ever had; another account under its handle."""
    items = [post(f"p{n}", day(20), day(2 + n), likes=20 + n) for n in range(12)]
    burst = post("burst", day(20), day(15), likes=9000)
    items_of_account = [account(day(20), handle="town", followers=900)]
    write(db, [page(visit(day(20)), day(20), posts=[*items, burst], accounts=items_of_account)])
    other = account(day(21), account_id="2002", handle="town", followers=5)
    write(db, [page(visit(day(21), account_id="2002"), day(21), accounts=[other])])
    assert update_flags(db, MAY, NOW).found == {"suspicious_engagement": 1, "handle_reused": 1}
    (suspicious,) = stored_flags(db, MAY.start, MAY.cutoff, kinds=["suspicious_engagement"])
    assert suspicious["subject"] == "facebook:burst"
    assert suspicious["facts"] == {"interactions": 9000, "median": 26}


def test_flags_are_found_by_place_and_kind(db: Store) -> None:
    read(db, 3, likes=50)
    read(db, 4, likes=40)
    update_flags(db, MAY, NOW)
    assert (
        len(stored_flags(db, MAY.start, MAY.end, platform="facebook", account="facebook:1001")) == 1
    )
    assert stored_flags(db, MAY.start, MAY.end, platform="x") == []
    assert stored_flags(db, day(5), MAY.end) == []
