"""Tables as XLSX: texts stay texts, none of them is run as a formula. Needs the extra `report`."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from model.untrusted import visible_text

_WIDEST = 60
_MOST_ROWS = 1_048_575


def xlsx_bytes(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    choices: Mapping[str, Sequence[str]] | None = None,
    room: int = 0,
) -> bytes:
    """A workbook of one sheet: the header, which stays in sight, and the rows; unknown is blank.

    `choices` are offered in the cells of a column, those of `room` more rows too; they stand on a
    second sheet.

    Raises ValueError for more rows than a sheet holds, ImportError without the extra.
    """
    import xlsxwriter

    if len(rows) > _MOST_ROWS:
        raise ValueError(f"{len(rows):,} rows: a sheet holds {_MOST_ROWS:,}; use --csv")
    out = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, plain) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(columns):
            cells = [row.get(name) for row in rows]
            sheet.write_string(0, at, visible_text(name), bold)
            for line, value in enumerate(cells, start=1):
                _write(sheet, line, at, value)
            widest = max(len(str(cell)) for cell in (name, *cells[:200]) if cell is not None)
            sheet.set_column(at, at, min(widest + 2, _WIDEST))
        if choices:
            _offer(book, sheet, columns, choices, len(rows) + room)
    return out.getvalue()


def _offer(
    book: Any, sheet: Any, columns: Sequence[str], choices: Mapping[str, Sequence[str]], last: int
) -> None:
    page = book.add_worksheet("choices")
    for at, (name, offered) in enumerate(choices.items()):
        for line, choice in enumerate(offered):
            page.write_string(line, at, visible_text(choice))
        letter = chr(ord("A") + at)
        source = f"=choices!${letter}$1:${letter}${len(offered)}"
        column = columns.index(name)
        sheet.data_validation(1, column, last, column, {"validate": "list", "source": source})


def _write(sheet: Any, line: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, visible_text(str(value)))
