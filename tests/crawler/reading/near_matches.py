"""Texts that nearly match a pattern, over and over: what makes a pattern of quadratic time slow."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from itertools import product
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_CANDIDATES = string.ascii_letters + string.digits + " <>=\"'-_.,:/\\{}[]()@#?&;\n\u00a0٬٫字€"
_VARIANTS = 8
"""Most ways through the branches of one pattern."""
_CUTS = 12
_SPACE = " \t\n\r\f\v\u00a0"
_CATEGORIES = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    op.CATEGORY_SPACE: lambda c: c in _SPACE,
    op.CATEGORY_NOT_SPACE: lambda c: c not in _SPACE,
    op.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    op.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}


class Piece(NamedTuple):
    """A part of a matching text."""

    text: str
    repeated: bool = False
    """Whether the pattern takes it any number of times, or many."""
    several: str = ""
    """Where it is one of a set: one after the other of them."""


class NearMatch(NamedTuple):
    """A text that nearly matches, of any length."""

    before: str
    again: str
    """What stands behind it over and over."""
    end: str

    def text(self, length: int) -> str:
        """So many characters of it."""
        times = max((length - len(self.before)) // len(self.again), 1)
        return self.before + self.again * times + self.end


def near_matches(pattern: re.Pattern[str]) -> list[NearMatch]:
    """The beginnings of a match repeated, and each of its repeated parts drawn out behind what
    stands before it, with an end that fits and one that does not.
    """
    shapes = dict.fromkeys(_shapes(pattern))
    return [NearMatch(*one, end) for one in shapes if one[1] for end in ("", "\x00")]


def _shapes(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for pieces in _ways(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)):
        every = max(1, len(pieces) // _CUTS)
        for cut in range(1, len(pieces) + 1):
            before = "".join(piece.text for piece in pieces[: cut - 1])
            last = pieces[cut - 1]
            for text in (last.text, last.several) if last.repeated else ():
                yield before, text
                yield "", before + text * 2
                yield "", before + text * 900
            if cut % every == 0 or cut == len(pieces):
                yield "", before + last.text


def _ways(parsed: Any) -> list[tuple[Piece, ...]]:
    """Texts that match, as pieces; one for each way through the branches, if they are few."""
    ways: list[tuple[Piece, ...]] = [()]
    for code, argument in parsed:
        ways = [before + more for before, more in product(ways, _of(code, argument))][:_VARIANTS]
    return ways


def _of(code: Any, argument: Any) -> Sequence[tuple[Piece, ...]]:
    if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return list(_repeats(*argument))
    if code is op.SUBPATTERN:
        return _ways(argument[-1])
    if code is op.ATOMIC_GROUP:
        return _ways(argument)
    if code is op.BRANCH:
        return [way for branch in argument[1] for way in _ways(branch)]
    if code in (op.AT, op.ASSERT, op.ASSERT_NOT, op.GROUPREF):
        return [()]
    several = "".join(_some_of(argument)) if code is op.IN else ""
    return [(Piece(_character(code, argument), several=several),)]


def _repeats(least: int, most: Any, inner: Any) -> Iterator[tuple[Piece, ...]]:
    for way in _ways(inner):
        text = "".join(piece.text for piece in way)
        several = "".join(piece.several or piece.text for piece in way)
        if most is op.MAXREPEAT or most > 50:
            yield (*([Piece(text)] * min(least, 1)), Piece(text, repeated=True, several=several))
        else:
            yield way * max(least, 1)
        if least == 0:
            yield ()


def _character(code: Any, argument: Any) -> str:
    """One that this part of the pattern takes."""
    if code is op.LITERAL:
        return chr(argument)
    if code is op.ANY:
        return "a"
    if code is op.NOT_LITERAL:
        return next(c for c in _CANDIDATES if ord(c) != argument)
    if code is op.IN:
        return next(c for c in _written_first(argument) if _in(c, argument))
    raise AssertionError(f"{code} is not known here")


def _some_of(members: Any) -> list[str]:
    """Up to four of them, different in kind: the first written, the last, and what else comes."""
    fitting = [c for c in dict.fromkeys(_written_first(members)) if _in(c, members)]
    return list(dict.fromkeys((fitting[0], fitting[-1], *fitting[1:3])))


def _written_first(members: Any) -> Iterator[str]:
    """What the set names comes first, then anything."""
    negated = members[0][0] is op.NEGATE
    for kind, value in () if negated else members:
        if kind is op.LITERAL:
            yield chr(value)
        elif kind is op.RANGE:
            yield chr(value[0])
    yield from _CANDIDATES


def _in(character: str, members: Any) -> bool:
    negated = members[0][0] is op.NEGATE
    return negated != any(
        _is(character, *member) for member in members if member[0] is not op.NEGATE
    )


def _is(character: str, kind: Any, value: Any) -> bool:
    if kind is op.LITERAL:
        return ord(character) == value
    if kind is op.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    return bool(_CATEGORIES[value](character))
