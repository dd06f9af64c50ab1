"""Tables for spreadsheets: CSV of which no cell is run as a formula. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model.untrusted import visible_text

# Signs with which spreadsheets begin a formula, in their full-width and small forms too, and the
# white space that some leave out in front of one.
_SIGNS = r"\t\r\n=+\-@\u2212\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
_RISKY = re.compile(rf"'*(?:[{_SIGNS}]|\s+'*[{_SIGNS}])")
_GUARDED = re.compile(rf"'+(?:[{_SIGNS}]|\s+'*[{_SIGNS}])")


def guarded(text: str) -> str:
    """A text that a spreadsheet takes for text: an apostrophe goes in front of what begins like a
    formula; `unguarded` gives the original back."""
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(text: str) -> str:
    """The original of what `guarded` gave."""
    return text[1:] if _GUARDED.match(text) else text


def union_of_columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The keys of all rows; those of one family (`types.…`) side by side, where the first is."""
    families: dict[str, dict[str, None]] = {}
    for row in rows:
        for name in row:
            families.setdefault(name.partition(".")[0], {})[name] = None
    return [name for family in families.values() for name in family]


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The rows as CSV with LF: unknown is empty, zero is 0, floats in full; texts and names of
    columns are guarded and hold no control or formatting characters but line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return guarded(visible_text(value)) if isinstance(value, str) else value
