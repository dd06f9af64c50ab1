"""TOML that people bring: bounded by its text before anything parses it.

TOML parsers recurse over brackets and take time and memory with the square of a dotted key's
length: a text within these bounds costs little, whatever it says. One pass, linear in the text.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

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


class TomlFault(ValueError):
    """A text that is not read; the line is None where the fault has none."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(words if line is None else f"line {line}: {words}")
        self.words, self.line = words, line


def check_toml(text: str) -> None:
    """Raises TomlFault for the first bound that a text breaks."""
    if len(text) > MAX_CHARACTERS:
        raise TomlFault(f"{len(text):,} characters; expected at most {MAX_CHARACTERS:,}")
    line, depth, dots, values = 1, 0, 0, 0
    for match in _TOKEN.finditer(text):
        piece = match[0]
        line += piece.count("\n")
        depth += (piece in "[{") - (piece in "]}")
        dots = dots + 1 if piece == "." else 0 if piece in "[]{}=,\n" else dots
        values += piece in "=,"
        if depth > MAX_BRACKETS:
            raise TomlFault(f"more than {MAX_BRACKETS} brackets inside one another", line)
        if dots >= MAX_KEY_PARTS:
            raise TomlFault(f"a key of more than {MAX_KEY_PARTS} parts", line)
        if values > MAX_VALUES:
            raise TomlFault(f"more than {MAX_VALUES:,} values", line)


def toml_file(path: Path) -> dict[str, Any]:
    """What a file says. Raises TomlFault for one that is no TOML within the bounds, OSError."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
        check_toml(text)
        return tomllib.loads(text)
    except TomlFault:
        raise
    except UnicodeDecodeError as error:
        raise TomlFault(f"not UTF-8: {error}") from error
    except (ValueError, RecursionError) as error:  # whole numbers of thousands of digits too
        raise TomlFault(f"no TOML: {error}") from error
