"""Rounds of collecting beside the median of those before: what stands out, and what is not said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from portal.figures.rounds import LEAST_ROUNDS, Round, rounds_of
from store.database import VISITS, Store
from tests.portal.web.readers import Readers

BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
ACCOUNTS = 10


def _round(number: int, **changed: Any) -> list[dict[str, Any]]:
    """Ten visits of an instant: two calls each, four posts of two days, done within an hour."""
    slot = BEGIN + timedelta(hours=6 * number)
    usual = {"calls": 2, "seen": 4, "minutes": 60, "complete": ACCOUNTS, "kind": "timeline"}
    of = {**usual, **changed}
    return [
        {
            "_id": f"x:{number}:{account}:{of['kind']}",
            "platform": "x",
            "kind": of["kind"],
            "slot": slot,
            "complete": account < of["complete"],
            "calls": of["calls"],
            "observed_at": slot + timedelta(minutes=of["minutes"] if account == 0 else 1),
            "window": {"start": slot - timedelta(days=2), "end": slot},
            "attempts": [{"outcome": "gave_up"}, {"seen": ["x:1"] * of["seen"]}],
        }
        for account in range(ACCOUNTS)
    ]


def _newest(db: Store, before: int, **changed: Any) -> Round:
    rows = [row for number in range(before) for row in _round(number)]
    db[VISITS].insert_many([*rows, *_round(before, **changed)])
    found = rounds_of(db, BEGIN)
    assert len(found) == before + 1
    assert all(one.odd == [] for one in found[1:])
    return found[0]


def test_a_round_as_usual(db: Store) -> None:
    one = _newest(db, LEAST_ROUNDS)
    values = {name: (told.value, told.usual) for name, told in one.measures.items()}
    assert values == {"done": (1, 1), "minutes": (60, 60), "calls": (2, 2), "posts": (2, 2)}
    assert (one.visits, one.complete, one.odd) == (ACCOUNTS, ACCOUNTS, [])
    assert one.judged


def test_what_took_longer_or_brought_less_stands_out(db: Store) -> None:
    one = _newest(db, LEAST_ROUNDS, calls=5, seen=1, minutes=121, complete=8)
    odd = {name: told.odd for name, told in one.measures.items()}
    assert odd == {"done": "less", "minutes": "more", "calls": "more", "posts": "less"}


def test_after_few_rounds_nothing_is_said(db: Store) -> None:
    one = _newest(db, LEAST_ROUNDS - 1, calls=50, seen=0)
    assert one.odd == []
    assert one.measures["calls"].usual is None
    assert not one.judged


def test_a_round_of_another_kind_is_no_measure_of_it(db: Store) -> None:
    rows = [row for number in range(LEAST_ROUNDS) for row in _round(number, kind="profile")]
    db[VISITS].insert_many([*rows, *_round(9, calls=99)])
    assert rounds_of(db, BEGIN)[0].odd == []
    assert rounds_of(db, BEGIN, "youtube") == []


def test_what_incomplete_visits_would_have_listed_is_not_known(db: Store) -> None:
    one = _newest(db, LEAST_ROUNDS, complete=0)
    assert one.measures["posts"].value is None
    assert one.odd == ["done"]


def test_few_rounds_are_not_called_like_those_before(readers: Readers) -> None:
    """The seeded store has one timeline round a month or so: nothing to compare with."""
    page = readers.of("analyst").get("/team/rounds").text
    assert "too few to say what is usual" in page
    assert "were like those before" not in page
