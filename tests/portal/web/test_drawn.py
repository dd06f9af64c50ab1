"""Tables that were drawn: the same rows again, as few as are held, and never those of before."""

from __future__ import annotations

from portal.asking import drawn
from portal.asking.drawn import Drawn


def _table(number: int) -> dict[str, str]:
    return {f"row{n}": f"<tr>▲ {number} 城市 {n}</tr>" for n in range(3)}


def test_a_table_is_drawn_once_for_each_key() -> None:
    kept, made = Drawn(), list[int]()

    def make(number: int) -> dict[str, str]:
        made.append(number)
        return _table(number)

    many = range(3 * drawn._OPEN)
    for number in (*many, *many):
        # What was packed away meanwhile is unpacked as it was.
        assert kept.of(("month", number), lambda n=number: make(n)) == _table(number)
    assert made == list(many)
    assert len(kept._open) == drawn._OPEN


def test_other_numbers_are_drawn_anew() -> None:
    kept = Drawn()
    assert kept.of(("2025-05", "as of noon"), lambda: _table(1)) == _table(1)
    assert kept.of(("2025-05", "as of one"), lambda: _table(2)) == _table(2)


def test_those_asked_for_least_are_dropped() -> None:
    kept = Drawn()
    for number in range(drawn._PACKED + 5):
        kept.of(number, lambda: {"a": "b"})
        kept.of(0, lambda: {"a": "b"})
    assert len(kept._packed) <= drawn._PACKED
    assert 0 in kept._open
    assert kept.of(1, lambda: {"a": "drawn again"}) == {"a": "drawn again"}
