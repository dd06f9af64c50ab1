"""What is wrong with a file, down to the line and the field."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

_SHOWN = 60


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has to be put right before a file can be taken."""

    file: str
    line: int = 0
    """Counted from 1, as editors do; 0: the file as a whole."""
    field: str = ""
    """The column; empty: the line as a whole."""
    value: str = ""
    """What was found there."""
    expected: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = [where, self.field, self._shown_value(), f"expected {self.expected}"]
        return ": ".join(part for part in parts if part)

    def _shown_value(self) -> str:
        if not self.value:
            return ""
        cut = self.value if len(self.value) <= _SHOWN else f"{self.value[:_SHOWN]}…"
        return repr(cut)


def near(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Known words like this one, the likeliest first."""
    by_folded = {each.casefold(): each for each in known}
    folded = word.casefold()
    begin = [each for each in by_folded if folded and each.startswith(f"{folded}-")]
    alike = difflib.get_close_matches(folded, by_folded, most, cutoff=0.7)
    return [by_folded[each] for each in dict.fromkeys([*begin, *alike])][:most]
