"""A platform that is not visited for a while: its accounts rest, the others go on, and what is
missing meanwhile says why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from model.account import Account, PauseKind
from model.months import Months
from store.accounts import accounts, put_accounts
from store.database import Store
from store.errors import PauseError
from store.plan.pauses import Stop, named, pause_accounts
from store.plan.platform_pauses import pause_platform, platform_pauses, resume_platform
from store.quality.gaps import GapState, find_gaps
from tests.store.harvest import MAY, day
from tests.store.quality.test_gaps import expected

MONTHS = Months.of_period(MAY)
HANDLES = {"facebook": ("a", "b"), "x": ("c", "d")}


@pytest.fixture
def stored(db: Store) -> Store:
    """Two accounts of each of two platforms; `x:d` rests already."""
    rows = [
        Account(platform=platform, id=handle, handle=handle, city="nanjing")
        for platform, handles in HANDLES.items()
        for handle in handles
    ]
    put_accounts(db, rows)
    rest = Stop(PauseKind.RESTED, day(5), "renamed")
    pause_accounts(db, named(db, ["x:d"]), rest, MONTHS)
    return db


def _stop(reason: str = "they asked us to") -> Stop:
    return Stop(PauseKind.RESTED, day(10), reason, at_once=True)


def test_its_accounts_rest_at_once_and_go_on_together(stored: Store) -> None:
    assert pause_platform(stored, "x", _stop(), MONTHS, "root") == 1
    (told,) = platform_pauses(stored)
    assert (told.platform, told.since, told.by, told.accounts) == ("x", day(10), "root", 1)
    visited = {one.key for one in accounts(stored) if one.is_visited(day(10))}
    assert visited == {"facebook:a", "facebook:b"}
    assert resume_platform(stored, "x", day(12)) == 1
    # Who rested for a reason of its own rests on.
    visited = {one.key for one in accounts(stored) if one.is_visited(day(12))}
    assert visited == {"facebook:a", "facebook:b", "x:c"}
    assert platform_pauses(stored) == []


def test_not_visited_means_not_for_the_last_cutoff_either(stored: Store) -> None:
    since = MAY.end + timedelta(hours=1)
    pause_platform(stored, "x", Stop(PauseKind.RESTED, since, "r", at_once=True), MONTHS, "root")
    (one,) = (one for one in accounts(stored) if one.key == "x:c")
    assert since < MAY.cutoff
    assert not one.is_visited(since)


def test_what_is_missing_meanwhile_says_why(stored: Store) -> None:
    pause_platform(stored, "x", _stop(), MONTHS, "root")
    resume_platform(stored, "x", day(12))
    (one,) = (one for one in accounts(stored) if one.key == "x:c")
    found = find_gaps(stored, MAY, [one], lambda _: expected(), day(20))
    rested = [gap for gap in found if gap.state is GapState.RESTED]
    assert [gap.slots for gap in rested] == [
        sum(day(10) <= each.at < day(12) for each in expected())
    ]
    assert rested[0].why == "it rests since 2025-05-10: they asked us to"


def test_one_that_was_removed_meanwhile_stays_removed(stored: Store) -> None:
    pause_platform(stored, "x", _stop(), MONTHS, "root")
    gone = Stop(PauseKind.REMOVED, day(11), "not the city's")
    pause_accounts(stored, named(stored, ["x:c"]), gone, MONTHS)
    assert resume_platform(stored, "x", day(12)) == 0
    assert not any(one.is_visited(MAY.cutoff) for one in accounts(stored) if one.platform == "x")


@pytest.mark.parametrize("platform", ["x", "youtube"])
def test_what_cannot_be_changes_nothing(stored: Store, platform: str) -> None:
    with pytest.raises(PauseError, match="nothing was changed"):
        resume_platform(stored, platform, day(12))
    if platform == "x":
        pause_platform(stored, platform, _stop(), MONTHS, "root")
    before = accounts(stored)
    with pytest.raises(PauseError, match="nothing was changed"):
        pause_platform(stored, platform, _stop(), MONTHS, "root")
    with pytest.raises(PauseError, match="expected a reason"):
        pause_platform(stored, "facebook", _stop(" "), MONTHS, "root")
    assert accounts(stored) == before
