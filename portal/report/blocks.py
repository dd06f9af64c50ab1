"""A document as its parts, whatever file it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    blocks: Sequence[Block]
    made_at: str
    """ISO 8601, UTC: the instant that files carry as the time of their making."""


def cell_text(cell: TableCell) -> str:
    """A cell as people read it; "—" for unknown."""
    if cell is None:
        return "—"
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
