"""Months computed for all readers: once, again while the old is read, and never twice at a time."""

from __future__ import annotations

from threading import Event
from typing import Any

import msgspec
import pytest

from portal.asking.asked import Portal
from portal.figures import months
from portal.figures.lately import Lately
from portal.figures.months import MonthShelf
from store.accounts import accounts, put_accounts
from tests.portal.web.seeded import MINE, OTHER, account_key
from tests.waiting import LIMIT, wait_until

MONTH = "2025-06"


@pytest.fixture
def shelf(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> MonthShelf:
    """One whose months seem to change with every look."""
    monkeypatch.setattr(months, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(months, "_AGAIN_AFTER", 0.0)
    made = MonthShelf(lambda: portal.db, portal.months, "giu", portal.clock)
    looks = iter(range(1000))
    monkeypatch.setattr(made, "_mark", lambda period: ({}, next(looks)))
    return made


def test_readers_do_not_wait_for_what_is_computed_again(
    shelf: MonthShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, go_on, computing = shelf.figures(MONTH), Event(), Event()
    compute = shelf._made

    def slow(period: Any) -> Any:
        computing.set()
        assert go_on.wait(LIMIT)
        return compute(period)

    monkeypatch.setattr(shelf, "_made", slow)
    assert shelf.figures(MONTH) is first
    assert computing.wait(LIMIT)
    assert shelf.figures(MONTH) is first
    go_on.set()
    wait_until(lambda: shelf.figures(MONTH) is not first, "the month that was computed again")


def test_a_failure_leaves_what_was_known(
    shelf: MonthShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, tries = shelf.figures(MONTH), []
    monkeypatch.setattr(shelf, "_made", lambda period: tries.append(period) or _fail())
    wait_until(lambda: shelf.figures(MONTH) is first and len(tries) > 1, "a second try")


def _fail() -> None:
    raise months.ScoringError("not this time")


def test_a_month_that_is_published_is_shown_at_once(
    shelf: MonthShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shelf.figures(MONTH)
    monkeypatch.setattr(shelf, "_mark", lambda period: ({"2025-06": "digest"}, 0))
    assert shelf.figures(MONTH) is not first


def test_an_account_that_goes_to_another_city_changes_its_month(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read of it has not changed, but whom it counts for."""
    for name in ("LOOK_EVERY", "REGISTRY_EVERY", "_AGAIN_AFTER"):
        monkeypatch.setattr(months, name, 0.0)
    shelf = MonthShelf(lambda: portal.db, portal.months, "giu", portal.clock)
    one = next(one for one in accounts(portal.db) if one.key == account_key(MINE))

    def of_other() -> set[str]:
        return {row.account for row in shelf.figures(MONTH).by_city.get(OTHER, ())}

    assert one.key not in of_other()
    put_accounts(portal.db, [msgspec.structs.replace(one, city=OTHER)])
    try:
        wait_until(lambda: one.key in of_other(), "the month with the account elsewhere")
    finally:
        put_accounts(portal.db, [one])


def test_what_is_asked_for_least_is_dropped() -> None:
    kept, made = Lately(2), []
    for key in ("a", "b", "a", "c", "a", "b"):
        kept.of(key, lambda key=key: made.append(key), 60.0)  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]
    kept.of("b", lambda: made.append("late"), 0.0)
    assert made[-1] == "late"
