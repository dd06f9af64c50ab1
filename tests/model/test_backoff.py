from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.backoff import Backoff

backoffs = st.builds(
    Backoff,
    first=st.floats(0.1, 10),
    factor=st.floats(1, 5),
    most=st.floats(10, 100),
)


@given(backoffs, st.integers(0, 10_000))
def test_pauses_grow_up_to_a_limit(backoff: Backoff, failures: int) -> None:
    delay, later = backoff.delay(failures), backoff.delay(failures + 1)
    assert backoff.first <= delay <= later <= backoff.most


@pytest.mark.parametrize(
    ("backoff", "expected"),
    [
        (Backoff(), [1, 2, 4, 8, 16, 32, 60, 60]),
        (Backoff(first=0.2, most=15.0), [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15.0]),
    ],
)
def test_pauses_of_the_parts(backoff: Backoff, expected: list[float]) -> None:
    assert [backoff.delay(failures) for failures in range(8)] == pytest.approx(expected)
