"""What a method file may hold at most, checked on its text before anything parses it.

TOML parsers recurse over brackets and take time and memory with the square of a dotted key's
length: a text within these bounds costs little, whatever it says. One pass, linear in the text.
"""

from __future__ import annotations

import re

from scoring.errors import MethodProblem

MAX_CHARACTERS = 1_000_000
MAX_BRACKETS = 32
"""Brackets and braces inside one another."""
MAX_KEY_PARTS = 32
"""Parts of a dotted key."""
MAX_VALUES = 100_000
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}'
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}=,.\n]',
    re.DOTALL,
)


def bounds_problem(text: str) -> MethodProblem | None:
    """The first bound that a text breaks, with its line; None where it breaks none."""
    if len(text) > MAX_CHARACTERS:
        return MethodProblem(f"{len(text):,} characters; expected at most {MAX_CHARACTERS:,}")
    line, depth, dots, values = 1, 0, 0, 0
    for match in _TOKEN.finditer(text):
        piece = match[0]
        line += piece.count("\n")
        depth += (piece in "[{") - (piece in "]}")
        dots = dots + 1 if piece == "." else 0 if piece in "[]{}=,\n" else dots
        values += piece in "=,"
        if depth > MAX_BRACKETS:
            return MethodProblem(f"more than {MAX_BRACKETS} brackets inside one another", line)
        if dots >= MAX_KEY_PARTS:
            return MethodProblem(f"a key of more than {MAX_KEY_PARTS} parts", line)
        if values > MAX_VALUES:
            return MethodProblem(f"more than {MAX_VALUES:,} values", line)
    return None
