"""What a post may be expected to have: by the definition, worked out one by one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from threading import Event

import pytest
from pymongo.errors import AutoReconnect

from portal.asking import judging
from portal.figures.expectation import (
    PackedExpectations,
    all_expected,
    expected_at,
    expected_of,
)
from portal.figures.growth import Curve, curves_of
from store.accounts import accounts
from store.database import POST_READINGS, POSTS, Store
from store.keys import reading_id
from tests.portal.web.readers import Readers

AT = datetime(2025, 5, 1, tzinfo=UTC)
_MS = int(AT.timestamp()) * 1000


def _curves(seed: int, count: int) -> list[Curve]:
    draw = random.Random(seed)
    found = []
    for number in range(count):
        ages = sorted(draw.sample(range(1, 900), draw.randrange(9)))
        values = sorted(draw.uniform(0, 900) for _ in ages)
        kind = draw.choice(("photo", "video"))
        found.append(
            Curve(f"x:{number}", kind, 1000 * number, tuple(map(float, ages)), tuple(values))
        )
    return found


def _at(curve: Curve, age: float) -> float | None:
    """Straight between two readings, from nothing at age 0; unknown beyond the last."""
    before = (0.0, 0.0)
    for there in zip(curve.ages, curve.values, strict=True):
        if age <= there[0]:
            share = (age - before[0]) / (there[0] - before[0])
            return before[1] + share * (there[1] - before[1])
        before = there
    return None


def _expected(curves: list[Curve], mine: Curve) -> tuple[float | None, int]:
    alike = [one for one in curves if one.post != mine.post and one.type == mine.type]
    had = [value for one in alike if (value := _at(one, mine.ages[-1])) is not None]
    if len(had) < 5:
        return None, len(had)
    low, _, high = quantiles(had, n=4, method="inclusive")
    middle = [value for value in had if low - 1e-9 <= value <= high + 1e-9]
    return sum(middle) / len(middle), len(had)


@pytest.mark.parametrize("seed", range(5))
def test_all_at_once_are_as_one_by_one(seed: int) -> None:
    curves = _curves(seed, 30)
    found = all_expected(curves)
    assert set(found) == {curve.post for curve in curves if curve.ages}
    for curve in curves:
        if not curve.ages:
            assert expected_of(curves, curve.post) is None
            continue
        expected, number = _expected(curves, curve)
        one = found[curve.post]
        assert (one.actual, one.age_hours) == (curve.values[-1], curve.ages[-1])
        assert one.posts == number
        assert one.expected == (expected and pytest.approx(expected))
        assert expected_at(curves, curve, curve.ages[-1]) == (one.expected, one.posts)


@pytest.mark.parametrize("seed", range(5))
def test_those_of_a_time_are_expected_by_earlier_ones_too(seed: int) -> None:
    curves = _curves(seed, 30)
    since = datetime.fromtimestamp(20, UTC)
    newer = {curve.post for curve in curves if curve.published >= 20_000}
    of_all = all_expected(curves)
    found = all_expected(curves, since)
    assert found == {post: one for post, one in of_all.items() if post in newer}
    assert 0 < len(found) < len(of_all)


def test_too_few_say_nothing() -> None:
    one = Curve("x:1", "photo", 0, (1.0,), (5.0,))
    assert all_expected([one])["x:1"].expected is None
    assert expected_at([], one, 1.0) == (None, 0)


def test_packed_they_say_the_same() -> None:
    found = all_expected(_curves(7, 30))
    packed = PackedExpectations(found)
    assert packed.of(found) == found
    assert packed.of(["x:999"]) == {"x:999": None}
    assert PackedExpectations({}).of(["x:1"]) == {"x:1": None}


def _reading(post: str, days: int, **counts: int) -> dict[str, object]:
    at = AT + timedelta(days=days)
    return {"_id": reading_id(post, at), "slot": at, "observed_at": at, "counts": counts}


def test_growth_is_what_was_read_of_each_post(db: Store) -> None:
    posts = [
        {"_id": "x:1", "account": "x:a", "type": "photo", "published_at": AT},
        {"_id": "x:10", "account": "x:a", "published_at": AT + timedelta(days=1)},
        {"_id": "x:2", "account": "x:a", "type": "repost", "published_at": AT},
        {"_id": "x:3", "account": "x:a", "type": "photo", "published_at": AT + timedelta(days=9)},
        {"_id": "x:4", "account": "x:b", "type": "photo", "published_at": AT},
    ]
    db[POSTS].insert_many(posts)
    db[POST_READINGS].insert_many(
        [
            _reading("x:1", 1, likes=3, comments=0, views=8),
            # Nothing that counts is known of it: that is no reading of 0.
            _reading("x:1", 2, views=9),
            _reading("x:1", 4, likes=5),
            _reading("x:10", 3, likes=0),
            _reading("x:2", 3, likes=1),
            _reading("x:4", 0, likes=1),
        ]
    )
    found = curves_of(db, ["x:a", "x:b", "x:c"], AT + timedelta(days=5))
    assert found == {
        "x:a": [
            Curve("x:10", "", _MS + 86_400_000, (48.0,), (0.0,)),
            Curve("x:1", "photo", _MS, (24.0, 96.0), (3.0, 5.0)),
        ],
        "x:b": [Curve("x:4", "photo", _MS, (), ())],
        "x:c": [],
    }
    assert curves_of(db, [], AT) == {}


def test_months_are_filled_beside_the_readers(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All accounts of each month, once, until told to stop; an absent database ends nothing."""
    portal, stop, sweeps = readers.portal, Event(), list[float]()
    portal.judged.clear()

    def wait(seconds: float) -> bool:
        if seconds == judging._SWEEP_EVERY:
            sweeps.append(seconds)
        return len(sweeps) == 2

    monkeypatch.setattr(stop, "wait", wait)
    asked: list[str] = []
    real = judging.curves_of

    def counted(db: Store, keys: list[str], until: datetime) -> dict[str, list[Curve]]:
        asked.extend(keys)
        if len(asked) <= 2:
            raise AutoReconnect("away")
        return real(db, keys, until)

    monkeypatch.setattr(judging, "curves_of", counted)
    judging.fill_judged(portal, stop)
    keys = [one.key for one in accounts(portal.db)]
    assert sorted(asked[2:]) == sorted(keys * len(portal.shelf.known()))
    assert len(sweeps) == 2
    portal.judged.clear()
