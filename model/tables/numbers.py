"""Numbers of things as people read them. Pure."""

from __future__ import annotations


def many(number: int, things: str) -> str:
    """`1 account`, `1,200 accounts`; `things` is the plural, of which the first word counts."""
    if number != 1:
        return f"{number:,} {things}"
    noun, space, rest = things.partition(" ")
    one = f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")
    return f"1 {one}{space}{rest}"
