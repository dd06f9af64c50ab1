"""Accounts that rest or are removed: visits end, months that ended before stay as they were."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from model.account import Account, PauseKind
from model.months import Months
from store.accounts import accounts, put_accounts
from store.database import Store
from store.errors import PauseError
from store.month.measures import account_months
from store.plan.pauses import Stop, named, pause_accounts, resume_accounts
from store.quality.gaps import GapState, find_gaps
from tests.store.harvest import MAY, day
from tests.store.quality.test_gaps import expected

ONE = Account(platform="facebook", id="1001", handle="VisitNanjing", city="nanjing")
OTHER = Account(platform="x", id="", handle="nanjing", city="nanjing")
MONTHS = Months.of_period(MAY)
JUNE = MAY.following()
MOMENT = timedelta(seconds=1)


def paused(db: Store, kind: PauseKind, since: datetime) -> Account:
    put_accounts(db, [ONE])
    pause_accounts(db, named(db, ["facebook:1001"]), Stop(kind, since, "wrong page"), MONTHS)
    return accounts(db)[0]


def counted(db: Store) -> list[int]:
    return [len(account_months(db, period)) for period in (MAY.previous(), MAY, JUNE)]


@pytest.mark.parametrize(
    ("since", "months"),
    [
        (MAY.start, [1, 0, 0]),
        (MAY.start + MOMENT, [1, 0, 0]),
        (MAY.end - MOMENT, [1, 0, 0]),
        (MAY.end, [1, 1, 0]),
        (MAY.cutoff, [1, 1, 0]),
        (JUNE.end, [1, 1, 1]),
    ],
)
def test_a_removed_account_is_of_the_months_that_had_ended(
    db: Store, since: datetime, months: list[int]
) -> None:
    paused(db, PauseKind.REMOVED, since)
    assert counted(db) == months


def test_it_is_visited_for_the_cutoff_of_the_last_month_that_counts_it(db: Store) -> None:
    removed = paused(db, PauseKind.REMOVED, MAY.end + timedelta(hours=1))
    assert removed.is_visited(MAY.cutoff - MOMENT)
    assert not removed.is_visited(MAY.cutoff)
    assert removed.is_removed(MAY.cutoff)


def test_at_rest_it_keeps_its_place_in_every_month(db: Store) -> None:
    resting = paused(db, PauseKind.RESTED, day(10))
    assert counted(db) == [1, 1, 1]
    assert not resting.is_visited(day(11))


def test_resumed_it_is_visited_again_and_counted_from_that_month_on(db: Store) -> None:
    paused(db, PauseKind.REMOVED, MAY.start)
    resume_accounts(db, named(db, ["facebook:@visitnanjing"]), day(3, month=6))
    (back,) = accounts(db)
    assert [back.is_visited(at) for at in (day(9), day(2, month=6), day(4, month=6))] == [
        *(False, False),
        True,
    ]
    assert counted(db) == [1, 0, 1]


def test_gaps_tell_of_rest_and_want_nothing_of_what_is_removed(db: Store) -> None:
    after = MAY.cutoff + timedelta(days=5)
    resting = paused(db, PauseKind.RESTED, MAY.start)
    (gap,) = [
        one
        for one in find_gaps(db, MAY, [resting], lambda _: expected(), after)
        if one.state is GapState.RESTED
    ]
    assert "wrong page" in gap.why
    pause_accounts(
        db, named(db, [ONE.key]), Stop(PauseKind.REMOVED, MAY.start, "not official"), MONTHS
    )
    removed = accounts(db)
    edge = [one for one in expected() if one.at < MAY.previous().cutoff]
    missing = find_gaps(db, MAY, removed, lambda _: expected(), after)
    assert sum(one.slots for one in missing) <= len(edge)


def test_an_import_changes_no_pause_and_an_id_takes_it_along(db: Store) -> None:
    put_accounts(db, [ONE, OTHER])
    chosen = named(db, ["x:@Nanjing", "facebook:1001"])
    pause_accounts(db, chosen, Stop(PauseKind.RESTED, day(5), "asked to"), MONTHS)
    put_accounts(db, [ONE, msgspec.structs.replace(OTHER, id="77")])
    assert [one.pauses[0].reason for one in accounts(db)] == ["asked to"] * 2
    assert [one.id for one in accounts(db)] == ["1001", "77"]


@pytest.mark.parametrize(
    ("kind", "since", "reason", "told"),
    [
        (PauseKind.RESTED, day(12), "again", "rested already"),
        (PauseKind.REMOVED, day(12), "  ", "expected a reason"),
        (PauseKind.REMOVED, day(8), "too early", "expected a later date"),
    ],
)
def test_what_cannot_be_changes_nothing(
    db: Store, kind: PauseKind, since: datetime, reason: str, told: str
) -> None:
    before = paused(db, PauseKind.RESTED, day(10))
    with pytest.raises(PauseError, match=told):
        pause_accounts(db, [before], Stop(kind, since, reason), MONTHS)
    assert accounts(db) == [before]


def test_only_what_is_paused_is_resumed_and_not_before(db: Store) -> None:
    put_accounts(db, [OTHER])
    with pytest.raises(PauseError, match="neither rests"):
        resume_accounts(db, accounts(db), day(3))
    resting = paused(db, PauseKind.RESTED, day(10))
    with pytest.raises(PauseError, match="later date"):
        resume_accounts(db, [resting], day(9))
    with pytest.raises(PauseError, match="not in the registry"):
        named(db, ["facebook:4"])


def test_what_is_only_planned_is_given_up(db: Store) -> None:
    """A day in the wrong year must not keep an account from being paused until then."""
    planned = paused(db, PauseKind.RESTED, day(20))
    resume_accounts(db, [planned], day(5), now=day(5))
    (visited,) = accounts(db)
    assert visited.pauses == ()
    later = paused(db, PauseKind.RESTED, day(20))
    resume_accounts(db, [later], day(25), now=day(5))
    assert [one.until for one in accounts(db)[0].pauses] == [day(25)]
    stop = Stop(PauseKind.REMOVED, day(6), "not official")
    pause_accounts(db, accounts(db), stop, MONTHS, now=day(6))
    assert [(one.kind, one.since, one.until) for one in accounts(db)[0].pauses] == [
        (PauseKind.REMOVED, day(6), None)
    ]


def test_a_rest_that_was_to_end_by_a_removal_ends_when_that_is_given_up(db: Store) -> None:
    paused(db, PauseKind.RESTED, day(4))
    stop = Stop(PauseKind.REMOVED, day(20), "not official")
    pause_accounts(db, accounts(db), stop, MONTHS, now=day(5))
    resume_accounts(db, accounts(db), day(6), now=day(6))
    assert [(one.kind, one.since, one.until) for one in accounts(db)[0].pauses] == [
        (PauseKind.RESTED, day(4), day(6))
    ]


def test_days_are_told_in_the_zone_of_the_months(db: Store) -> None:
    planned = paused(db, PauseKind.RESTED, MAY.end)
    with pytest.raises(PauseError, match="rested already, from 2025-06-01 on"):
        pause_accounts(db, [planned], Stop(PauseKind.RESTED, JUNE.end, "again"), MONTHS)
