"""Numbers and times as the pages word them."""

from __future__ import annotations

from datetime import timedelta

from sandbox.world.model import to_moment

_UNITS = ((10**9, "B"), (10**6, "M"), (10**3, "K"))
_AGES = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=7), "week"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


def abbreviated(number: int, figures: int = 2) -> str:
    """Cut down to so many figures from 1,000 on, at least to whole units: 4.9K, 14K, 123K."""
    for unit, letter in _UNITS:
        if number >= unit:
            whole = number // unit
            places = max(figures - len(str(whole)), 0)
            tenths = number * 10**places // unit - whole * 10**places
            fraction = f"{tenths:0{places}d}".rstrip("0") if places else ""
            return f"{whole}{'.' if fraction else ''}{fraction}{letter}"
    return str(number)


def with_noun(number: int, noun: str) -> str:
    """The whole number with thousands separated: "1 view", "1,545 views"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def rounded(number: int) -> int:
    """As numbers of pages are rounded: to 100 from 10,000 on, to 100,000 from a million on."""
    step = 100_000 if number >= 10**6 else 100 if number >= 10**4 else 1
    return number // step * step


def ago(instant: int, now: int) -> str:
    """How long ago, in the largest unit: "3 weeks ago"."""
    age = to_moment(now) - to_moment(instant)
    for unit, name in _AGES:
        if age >= unit:
            return f"{with_noun(age // unit, name)} ago"
    return "just now"
