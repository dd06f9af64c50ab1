"""What a post may be expected to have: by the definition, worked out one by one."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from statistics import quantiles

import pytest

from portal.figures.expectation import Curve, all_expected, expected_at, expected_of

AT = datetime(2025, 5, 1, tzinfo=UTC)


def _curves(seed: int, count: int) -> list[Curve]:
    draw = random.Random(seed)
    found = []
    for number in range(count):
        ages = sorted(draw.sample(range(1, 900), draw.randrange(9)))
        values = sorted(draw.uniform(0, 900) for _ in ages)
        kind = draw.choice(("photo", "video"))
        found.append(Curve(f"x:{number}", kind, AT, tuple(map(float, ages)), tuple(values)))
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


def test_too_few_say_nothing() -> None:
    one = Curve("x:1", "photo", AT, (1.0,), (5.0,))
    assert all_expected([one])["x:1"].expected is None
    assert expected_at([], one, 1.0) == (None, 0)
