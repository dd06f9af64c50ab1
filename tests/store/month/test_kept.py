from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.items import PostType
from model.messages import Outcome
from model.months import Months
from model.period import Period
from store.database import Store
from store.errors import Sealed, StoreError
from store.ingest.writer import Writer
from store.month.kept import account_sums, rebuild_months, recomputed_sums, seal, verify_month
from store.month.recompute import recompute
from store.month.retention import thin
from store.month.sums import sum_posts
from tests.store.dump import clear, dump
from tests.store.harvest import KEY, MAY, closed, day, page, post, visit

_KIND = st.sampled_from([None, *PostType])
_COUNTER = st.one_of(st.none(), st.integers(0, 9))
_POSTS = st.lists(
    st.tuples(_KIND, st.integers(0, 5), _COUNTER, _COUNTER, st.booleans()), max_size=12
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_POSTS)
def test_the_server_adds_up_what_python_adds_up(
    db: Store, told: list[tuple[PostType | None, int, int | None, int | None, bool]]
) -> None:
    clear(db)
    items = [
        post(str(number), MAY.end, day(2 + on), kind=kind, likes=likes, views=views)
        for number, (kind, on, likes, views, _) in enumerate(told)
    ]
    kept = [item.id for item, (*_, stays) in zip(items, told, strict=True) if stays]
    lost = [item.id for item in items if item.id not in kept]
    of, last, later = visit(MAY.end), visit(MAY.cutoff), visit(MAY.cutoff + timedelta(days=1))
    again = [
        post(item.id, MAY.cutoff, item.published_at, kind=item.type)
        for item in items
        if item.id in kept
    ]
    Writer(db).write(
        [
            page(of, MAY.end, posts=items),
            page(last, MAY.cutoff, posts=again, gone=lost),
            page(later, later.slot, gone=lost),
            closed(last, MAY.cutoff, Outcome.TIMEOUT),
        ]
    )
    assert verify_month(db, MAY) == []
    sums = account_sums(db, MAY)
    assert sums == recomputed_sums(db, MAY) == sum_posts(recompute(db, MAY).values(), MAY)
    counted = [one for one in told if one[0] is not PostType.REPOST]
    of_account = sums.get(KEY)
    if of_account is None:
        assert counted == []
        return
    visible = [one for one in counted if one[4]]
    assert of_account.posts == len(visible)
    assert of_account.posts_gone == len(counted) - len(visible)
    assert of_account.totals["likes"] == sum(one[2] for one in visible if one[2] is not None)
    assert of_account.shown["views"] == sum(one[3] is not None for one in visible)
    assert len(of_account.days) == len({one[1] for one in visible})
    assert sum(of_account.types.values()) == len(visible)


def _write(db: Store, *numbers: float, likes: int | None = None) -> None:
    """Readings of one post published on 5 May."""
    writer = Writer(db)
    for number in numbers:
        of, at = visit(day(number)), day(number)
        shown = post("1", at, day(5), likes=int(number) if likes is None else likes)
        writer.write([page(of, at, posts=[shown])])


def test_verify_names_what_differs(db: Store) -> None:
    _write(db, 9)
    db["month_posts"].update_one({}, {"$set": {"counts.likes": 99}})
    (difference,) = verify_month(db, MAY)
    assert (difference.post, difference.field) == ("facebook:1", "counts")
    assert (difference.kept, difference.recomputed) == ({"likes": 99}, {"likes": 9})
    db["month_posts"].delete_many({})
    assert {found.post for found in verify_month(db, MAY)} == {"facebook:1"}


def test_sealing_puts_right_what_differs_and_ends_the_month(db: Store) -> None:
    _write(db, 9)
    db["month_posts"].update_one({}, {"$set": {"counts.likes": 99}})
    assert len(seal(db, MAY, MAY.cutoff)) == 1
    assert verify_month(db, MAY) == []
    db["month_posts"].delete_many({})
    assert seal(db, MAY, MAY.cutoff) == [], "once sealed it stays as it is"
    assert db["month_posts"].count_documents({}) == 0


def test_what_comes_after_the_sealing_changes_the_month_no_more(db: Store) -> None:
    _write(db, 9)
    assert seal(db, MAY, MAY.cutoff) == []
    before = dump(db)["month_posts"]
    late = post("2", day(10), day(6), likes=5)
    _write(db, 10)
    Writer(db).write([page(visit(day(10)), day(10), posts=[late])])
    assert dump(db)["month_posts"] == before
    assert account_sums(db, MAY)[KEY].totals["likes"] == 9
    assert db["post_readings"].count_documents({}) == 3, "the readings are kept all the same"


@pytest.mark.parametrize(
    ("period", "at"),
    [(MAY, MAY.cutoff - timedelta(seconds=1)), (Period.month("2025-05", "UTC"), day(9, 6))],
)
def test_what_cannot_be_sealed(db: Store, period: Period, at: object) -> None:
    _write(db, 9)
    with pytest.raises(StoreError, match="2025-05"):
        seal(db, period, at)  # type: ignore[arg-type]
    assert db["months"].count_documents({"_id": "2025-05"}) == 0


def test_another_zone_or_delay_is_computed_anew(db: Store) -> None:
    edge = MAY.start - timedelta(hours=1)
    Writer(db).write(
        [
            page(visit(day(9)), day(9), posts=[post("1", day(9), edge, likes=3)]),
            page(visit(day(3, 6)), day(3, 6), posts=[post("1", day(3, 6), edge, likes=4)]),
        ]
    )
    assert KEY not in account_sums(db, MAY)
    wider = Period.month("2025-04", "Asia/Tokyo", timedelta(days=40))
    assert account_sums(db, wider) == {}
    utc = Period.month("2025-04", "UTC", timedelta(days=40))
    assert account_sums(db, utc)[KEY].totals["likes"] == 4
    assert account_sums(db, Period.month("2025-04"))[KEY].shown["likes"] == 0


def test_months_are_rebuilt_for_another_zone(db: Store) -> None:
    edge = MAY.start - timedelta(hours=1)
    message = page(visit(day(2)), day(2), posts=[post("1", day(2), edge, likes=3)])
    Writer(db).write([message])
    assert rebuild_months(db, Months("Pacific/Kiritimati")) == ["2025-05"]
    period = Period.month("2025-05", "Pacific/Kiritimati")
    assert verify_month(db, period) == []
    assert account_sums(db, period)[KEY].posts == 1
    Writer(db, Months("Pacific/Kiritimati")).write([message])
    seal(db, period, period.cutoff)
    with pytest.raises(Sealed):
        rebuild_months(db, Months("UTC"))


def test_thinning_keeps_changes_a_reading_a_day_and_the_one_that_counts(db: Store) -> None:
    cutoff = (MAY.cutoff - day(1)) / timedelta(days=1) + 1
    _write(db, 9, 9.25, 9.5, 9.75, 10, 10.25, cutoff - 0.25, cutoff, cutoff + 0.25, likes=4)
    _write(db, 9.3, likes=5)
    with pytest.raises(StoreError, match="not sealed"):
        thin(db, MAY)
    seal(db, MAY, MAY.cutoff)
    assert thin(db, MAY) == 4
    slots = [row["slot"] for row in db["post_readings"].find().sort("_id")]
    kept = (9, 9.3, 9.5, cutoff - 0.25, cutoff, cutoff + 0.25)
    assert [abs(a - b) < timedelta(seconds=1) for a, b in zip(slots, map(day, kept), strict=True)]
    assert verify_month(db, MAY) == []
    assert thin(db, MAY) == 0
