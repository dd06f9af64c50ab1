"""What was rolled up for a month is what would be computed now, whatever was written since."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.account import Account
from model.items import PostType
from model.messages import Outcome, VisitClosed, VisitKind, Window
from model.period import Period
from store.accounts import put_accounts
from store.database import ACCOUNT_MONTHS, MONTH_POSTS, Store
from store.ingest.attempts import lost_page
from store.ingest.changed_months import times_changed
from store.ingest.writer import Writer
from store.month import measures, rolled_up
from store.month.kept import seal
from store.month.measures import account_months, roll_up
from tests.store.dump import clear
from tests.store.harvest import KEY, MAY, Message, account, closed, counts, day, page, post, visit

JUNE = MAY.following()
MONTHS = (MAY.previous(), MAY, JUNE)
ACCOUNTS = ("1001", "1002")
_SECOND = timedelta(seconds=1)
_EDGES = [
    edge + apart
    for edge in (MAY.start, MAY.end, MAY.cutoff, JUNE.end)
    for apart in (-_SECOND, timedelta(), _SECOND)
]
AT = st.sampled_from([*_EDGES, day(2), day(10), day(20), MAY.cutoff + timedelta(days=2)])
WINDOWS = st.sampled_from(
    [
        Window(MAY.start, MAY.end),
        Window(MAY.start, day(20)),
        Window(day(20), day(10, 6)),
        Window(MAY.end, JUNE.end),
        Window(day(1, 1), day(1, 7)),
        Window(day(1, 1) - timedelta(days=3000), day(1, 7)),
    ]
)
OUTCOMES = st.sampled_from(
    [Outcome.OK, Outcome.OK_NOTHING_NEW, Outcome.TIMEOUT, Outcome.EMPTY_UNEXPECTED]
)
IDS = st.lists(st.sampled_from(["1", "2", "3"]), max_size=3, unique=True)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A page or the end of a visit: posts of any month, seen, missed or gone at any time."""
    of = visit(draw(AT), account_id=draw(st.sampled_from(ACCOUNTS)), window=draw(WINDOWS))
    observed_at = of.slot + timedelta(minutes=draw(st.sampled_from([0, 0, 1, 10, 60 * 12])))
    if draw(st.booleans()):
        return closed(of, observed_at, draw(OUTCOMES), seen=draw(IDS))
    posts = [
        post(
            f"{of.account}_{one}",
            observed_at,
            draw(st.one_of(st.none(), AT)),
            account=of.account,
            likes=draw(st.integers(0, 3)),
        )
        for one in draw(IDS)
    ]
    counters = {"followers": draw(st.integers(100, 300)), "posts": draw(st.integers(1, 30))}
    shown = [account(observed_at, account_id=of.account, **counters)] * draw(st.integers(0, 1))
    gone = [f"{of.account}_{one}" for one in draw(IDS)] * draw(st.integers(0, 1))
    return page(of, observed_at, posts=posts, accounts=shown, gone=gone)


def _watch(db: Store) -> None:
    put_accounts(
        db,
        [Account(platform="facebook", id=one, handle=f"h{one}", city="city") for one in ACCOUNTS],
    )


def _assert_holds(db: Store) -> None:
    """Every month reads the same with what is rolled up as without."""
    kept = list(db[ACCOUNT_MONTHS].find())
    read = [account_months(db, period) for period in MONTHS]
    db[ACCOUNT_MONTHS].delete_many({})
    assert read == [account_months(db, period) for period in MONTHS]
    if kept:
        db[ACCOUNT_MONTHS].insert_many(kept)
    for period in MONTHS:
        roll_up(db, period)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.lists(messages(), min_size=1, max_size=4), min_size=2, max_size=6),
    sealed_after=st.integers(0, 8),
    lost_after=st.integers(0, 8),
)
def test_nothing_that_changed_is_read(
    db: Store, batches: list[list[Message]], sealed_after: int, lost_after: int
) -> None:
    clear(db)
    _watch(db)
    writer = Writer(db)
    for number, batch in enumerate(batches):
        writer.write(batch)
        if number == lost_after:
            ended = [one.visit.id for one, _ in batch if isinstance(one, VisitClosed)]
            writer.end_visits(lost_page(one, day(11), "set aside") for one in ended)
        if number == sealed_after:
            seal(db, MAY, JUNE.end)
        _assert_holds(db)


def _a_month(db: Store) -> None:
    _watch(db)
    at = MAY.cutoff
    for one, likes in zip(ACCOUNTS, (5, 7), strict=True):
        of, start = visit(at, account_id=one), visit(MAY.start, VisitKind.PROFILE, account_id=one)
        shown = account(MAY.start, account_id=one, followers=100)
        Writer(db).write(
            [
                page(start, MAY.start, accounts=[shown]),
                page(of, at, posts=[post(f"{one}_1", at, day(3), account=one, likes=likes)]),
                closed(of, at, seen=[f"{one}_1"]),
            ]
        )


def _likes(db: Store, period: Period = MAY) -> list[int]:
    return [one.sums.totals["likes"] for one in account_months(db, period)]


def test_what_holds_is_not_computed(db: Store) -> None:
    _a_month(db)
    assert roll_up(db, MAY) == 2
    assert roll_up(db, MAY) == 0
    # Behind the writer's back: who reads what is rolled up does not see it.
    db[MONTH_POSTS].delete_many({})
    assert _likes(db) == [5, 7]
    assert [one.account.city for one in account_months(db, MAY, account=KEY)] == ["city"]


def test_the_account_is_as_the_registry_has_it_now(db: Store) -> None:
    _a_month(db)
    roll_up(db, MAY)
    put_accounts(db, [Account(platform="facebook", id=ACCOUNTS[0], handle="new", city="other")])
    found = {one.account.id: one.account for one in account_months(db, MAY)}
    assert (found[ACCOUNTS[0]].handle, found[ACCOUNTS[0]].city) == ("new", "other")


def test_one_account_that_changed_is_computed_alone(db: Store) -> None:
    _a_month(db)
    roll_up(db, MAY)
    at = MAY.cutoff
    late = page(visit(at), at, posts=[post("late", at, day(4), likes=30)])
    Writer(db).write([late])
    assert _likes(db) == [35, 7]
    assert roll_up(db, MAY) == 1
    assert roll_up(db, MAY) == 0


def test_a_reading_after_the_cut_off_changes_no_month(db: Store) -> None:
    _a_month(db)
    roll_up(db, MAY)
    after = MAY.cutoff + timedelta(days=9)
    of = visit(after, window=Window(MAY.end, JUNE.end))
    shown = account(after, followers=900)
    items = [post(f"{ACCOUNTS[0]}_1", after, day(3), likes=50), post("new", after, day(9, 6))]
    Writer(db).write([page(of, after, posts=items, accounts=[shown]), closed(of, after)])
    assert roll_up(db, MAY) == 0
    assert roll_up(db, JUNE) == 2


@pytest.mark.parametrize("other", [("tz", "UTC"), ("delay", timedelta(days=4))])
def test_of_other_edges_nothing_is_read(db: Store, other: tuple[str, Any]) -> None:
    _a_month(db)
    roll_up(db, MAY)
    kept = db[ACCOUNT_MONTHS].count_documents({})
    db[ACCOUNT_MONTHS].update_many({}, {"$set": {"month": b"never read"}})
    period = Period.month("2025-05", **dict([other]))
    assert _likes(db, period) == [5, 7]
    roll_up(db, period)
    assert db[ACCOUNT_MONTHS].count_documents({"month": b"never read"}) == kept


def test_what_other_code_computed_is_not_read(db: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _a_month(db)
    roll_up(db, MAY)
    db[ACCOUNT_MONTHS].update_many({}, {"$set": {"month": b"never read"}})
    monkeypatch.setattr(rolled_up, "_CODE", "0.0.9 of another release")
    assert _likes(db) == [5, 7]
    assert roll_up(db, MAY) == 2


def test_a_month_put_right_is_computed_anew(db: Store) -> None:
    _a_month(db)
    db[MONTH_POSTS].update_many({}, {"$set": {"counts.likes": 1}})
    roll_up(db, MAY)
    assert _likes(db) == [1, 1]
    seal(db, MAY, MAY.cutoff)
    assert _likes(db) == [5, 7]


def test_a_writer_in_between_leaves_what_is_kept_behind(
    db: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes after the times were read, and before or while months are computed."""
    _a_month(db)
    at = MAY.cutoff
    computed = measures.coverage_shares

    def meanwhile(*asked: Any) -> dict[str, float]:
        Writer(db).write([page(visit(at), at, posts=[post("late", at, day(4), likes=30)])])
        return computed(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(measures, "coverage_shares", meanwhile)
        roll_up(db, MAY)
    assert _likes(db) == [35, 7]


def test_times_never_fall_and_followers_count_for_later_months() -> None:
    turns = {"all": 2, "months": {"2025-05": 3}, "followers": {"2025-04": 1, "2025-06": 5}}
    assert [times_changed(turns, period) for period in MONTHS] == [3, 6, 8]
    assert times_changed({"n": 7}, MAY) == 0


def _changed(db: Store, message: Message) -> list[str]:
    """The months that a message changes."""
    account = Account(platform="facebook", id=ACCOUNTS[0], handle="h", city="city")
    before = [rolled_up.times_of(db, period, [account]).get(account.key, 0) for period in MONTHS]
    Writer(db).write([message])
    now = [rolled_up.times_of(db, period, [account])[account.key] for period in MONTHS]
    return [
        period.name
        for period, *times in zip(MONTHS, before, now, strict=True)
        if len(set(times)) > 1
    ]


DAY_2 = day(2)
_OF_JUNE = Window(MAY.end, JUNE.end)


def _shown(at: datetime) -> Message:
    of = visit(at, VisitKind.PROFILE)
    return page(of, at, accounts=[account(at, followers=100)])


def _published(at: datetime, read: datetime) -> Message:
    return page(visit(read, window=_OF_JUNE), read, posts=[post("1", read, at, likes=1)])


@pytest.mark.parametrize(
    ("message", "months"),
    [
        (_shown(MAY.end), ["2025-05", "2025-06"]),
        (_shown(MAY.end + _SECOND), ["2025-06"]),
        (_published(MAY.end, JUNE.end), ["2025-05", "2025-06"]),
        (_published(MAY.end + _SECOND, JUNE.end), ["2025-06"]),
        (_published(MAY.end - _SECOND, JUNE.end), ["2025-05"]),
        (closed(visit(MAY.cutoff, window=_OF_JUNE), MAY.cutoff), ["2025-05", "2025-06"]),
        (closed(visit(day(20, 6), window=_OF_JUNE), day(20, 6)), ["2025-06"]),
        (closed(visit(day(20, 6)), day(20, 6)), ["2025-05", "2025-06"]),
        (closed(visit(day(20, 6), VisitKind.PROFILE), day(20, 6)), []),
    ],
)
def test_what_changes_which_months(db: Store, message: Message, months: list[str]) -> None:
    clear(db)
    Writer(db).write([_shown(day(1, 1))])
    assert _changed(db, message) == months


def _page(at: datetime, published_at: datetime = DAY_2, **told: Any) -> Message:
    of = visit(at, window=_OF_JUNE)
    return page(of, at, posts=[post("1", at, published_at, **told)])


@pytest.mark.parametrize(
    ("message", "months"),
    [
        (_page(MAY.cutoff, likes=2), ["2025-05"]),
        (_page(MAY.cutoff + _SECOND, likes=2), []),
        (_page(MAY.cutoff + _SECOND, kind=PostType.VIDEO, likes=2), ["2025-05"]),
        (_page(MAY.cutoff + _SECOND, account=ACCOUNTS[1], likes=2), ["2025-05"]),
        (_page(MAY.cutoff + _SECOND, day(9, 6), likes=2), ["2025-05", "2025-06"]),
        # Told earlier and read later: the newer answer's date stands, the other one beside it.
        (_page(day(3), day(9, 6), counters=counts()), ["2025-05", "2025-06"]),
        (page(visit(day(20), window=_OF_JUNE), day(20), gone=["1"]), ["2025-05"]),
    ],
)
def test_what_changes_the_month_of_a_known_post(
    db: Store, message: Message, months: list[str]
) -> None:
    clear(db)
    Writer(db).write([_shown(day(1, 1)), _page(day(4), likes=1)])
    assert _changed(db, message) == months
