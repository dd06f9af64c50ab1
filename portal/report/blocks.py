"""A document as its parts, whatever file it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from scoring.publish.wording import Lang

TableCell = str | int | float | None
"""A float is a score, printed with two decimals; None is not known."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Of level 1 (chapters) or 2."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text; `warns` for what a reader must not overlook."""

    text: str
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars, the first on top."""

    title: str
    caption: str
    text: str
    """What it shows, for those who do not see it."""
    labels: Sequence[str]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """Rows under a head."""

    name: str
    """Short, for the sheet of a workbook."""
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[TableCell]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG."""

    jpeg: bytes
    caption: str
    text: str
    """What it shows, for those who do not see it."""


Block = Heading | Paragraph | Chart | TableBlock | Picture


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A report in one language."""

    lang: Lang
    title: str
    subtitle: str
    period: str
    """`YYYY-MM`"""
    sections: Mapping[str, Sequence[Block]]
    """In their order, by the names that an editor's template calls them by."""
    made_at: str
    """ISO 8601, UTC: the instant that files carry as the time of their making."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Of all sections."""
        return tuple(block for section in self.sections.values() for block in section)


def cell_text(cell: TableCell) -> str:
    """A cell as people read it; "—" for unknown."""
    if cell is None:
        return "—"
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def letters_of(text: str) -> int:
    """How wide a text is, in letters; a Chinese sign counts two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def column_letters(table: TableBlock, narrowest: int = 6, widest: int = 40) -> list[int]:
    """How wide each column should be, in letters: heads are broken between words, cells not."""
    found = []
    for at, head in enumerate(table.head):
        words = [letters_of(word) for word in head.split()] or [0]
        cells = [letters_of(cell_text(row[at])) for row in table.rows]
        found.append(min(max(narrowest, *words, *cells), widest) + 2)
    return found
