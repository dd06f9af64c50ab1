"""A document as Markdown; charts are told by their captions, their values are in the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.untrusted import visible_line
from portal.report.blocks import (
    Block,
    Chart,
    Heading,
    Paragraph,
    Picture,
    ReportDocument,
    TableBlock,
    cell_text,
)

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_ADDRESSES = re.compile(r"(https?://[A-Za-z0-9._~:/?#@!$&'*+,=%-]+(?<![.,:!?]))")
"""Without the signs that end an address in Markdown, a table's cell or an entity."""


def markdown_report(document: ReportDocument) -> bytes:
    """UTF-8. Nothing in a name or an address is taken for markup."""
    parts = [f"# {_text(document.title)}", _text(document.subtitle)]
    parts += [part for block in document.blocks for part in _block(block)]
    return ("\n\n".join(parts) + "\n").encode()


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * (block.level + 1)} {_text(block.text)}"
        case Paragraph():
            yield f"> {_text(block.text)}" if block.warns else _text(block.text)
        case Chart():
            yield f"{_text(block.text)}\n{_text(block.caption)}"
        case Picture():
            yield f"{_text(block.text)}\n{_text(block.caption)}"
        case TableBlock():
            yield _text(block.caption)
            lines = [[_text(name) for name in block.head], ["---"] * len(block.head)]
            rows = [[_text(cell_text(cell)) for cell in row] for row in block.rows]
            yield "\n".join(f"| {' | '.join(line)} |" for line in [*lines, *rows])


def _text(text: str) -> str:
    """Within `<` and `>` an address is written as it is: a backslash would be part of it."""
    parts = _ADDRESSES.split(visible_line(text))
    told = [f"<{part}>" if at % 2 else _MARKS.sub(r"\\\1", part) for at, part in enumerate(parts)]
    return "".join(told)
