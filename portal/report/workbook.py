"""A document as XLSX: its text on one sheet, each table on one, with native charts."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

from model.untrusted import visible_text
from portal.report.archive import rezipped
from portal.report.blocks import (
    Chart,
    Heading,
    Paragraph,
    Picture,
    ReportDocument,
    TableBlock,
    TableCell,
    column_letters,
    letters_of,
)
from scoring.extras import load_extra

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_LONGEST, _HEADER = 31, 250
_COLUMN, _LINE = 110, 15.0
"""Of the sheet of text: width in letters, height of a line in points."""
_TEXT_SHEET = {"zh": "报告", "en": "Report"}
_POINTER = {"zh": "见工作表“{sheet}”：{caption}", "en": "See sheet “{sheet}”: {caption}"}
_WIDEST = 80
"""Letters of a column; longer texts are broken over lines."""


def workbook_report(document: ReportDocument) -> bytes:
    """The same bytes each time; texts are never formulas. Raises ExtraMissing."""
    module = load_extra("xlsxwriter", purpose="XLSX", extra="report")
    out = io.BytesIO()
    # Strings are strings, whatever they begin with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = module.Workbook(out, options)
    made = datetime.fromisoformat(document.made_at).replace(tzinfo=None)
    title = visible_text(document.title)
    book.set_properties({"title": title, "author": "CityReach", "created": made})
    used = {_TEXT_SHEET[document.lang].casefold()}
    tables = [block for block in document.blocks if isinstance(block, TableBlock)]
    names = [_sheet_name(table.name, used) for table in tables]
    _text_sheet(book, document, names)
    chart, left = None, iter(names)
    for block in document.blocks:
        if isinstance(block, Chart):
            chart = block
        elif isinstance(block, TableBlock):
            _sheet(book, next(left), block, chart)
            chart = None
    book.close()
    return rezipped(out.getvalue())


def _text_sheet(book: Any, document: ReportDocument, names: list[str]) -> None:
    """All but the tables, with the names of the sheets on which these stand."""
    left = iter(names)
    sheet = book.add_worksheet(_TEXT_SHEET[document.lang])
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "text_wrap": True})
    sheet.set_column(0, 0, _COLUMN)
    lines: list[tuple[str, Any]] = [(document.title, bold), (document.subtitle, plain)]
    for block in document.blocks:
        match block:
            case Heading():
                lines.append((block.text, bold))
            case Paragraph():
                lines.append((block.text, bold if block.warns else plain))
            case Picture():
                lines.append((block.caption, plain))
            case TableBlock():
                pointer = _POINTER[document.lang]
                lines.append((pointer.format(sheet=next(left), caption=block.caption), plain))
            case _:
                pass
    for at, (text, kind) in enumerate(lines):
        shown = visible_text(text)
        sheet.write_string(at, 0, shown, kind)
        sheet.set_row(at, _LINE * _lines(shown))
    _for_paper(sheet)


def _lines(text: str) -> int:
    """How many lines a text takes in the column; a Chinese sign is as wide as two letters."""
    return -(-letters_of(text) // (_COLUMN - 8)) or 1


def _for_paper(sheet: Any) -> None:
    """A4, as wide as the page."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _sheet(book: Any, name: str, table: TableBlock, chart: Chart | None) -> None:
    sheet = book.add_worksheet(name)
    # What stands above the table elsewhere: whether it is frozen, too.
    sheet.set_header("&C" + visible_text(table.caption).replace("&", "&&")[:_HEADER])
    head = book.add_format({"bold": True, "indent": 1})
    right = book.add_format({"bold": True, "align": "right"})
    score = book.add_format({"num_format": "0.00"})
    text = book.add_format({"text_wrap": True, "valign": "top", "indent": 1})
    wide = column_letters(table, narrowest=9, widest=_WIDEST)
    for at, title in enumerate(table.head):
        sheet.set_column(at, at, max(wide[at], letters_of(title) + 2))
        numeric = any(isinstance(row[at], int | float) for row in table.rows)
        sheet.write_string(0, at, visible_text(title), right if numeric else head)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    _for_paper(sheet)
    for line, row in enumerate(table.rows, start=1):
        for at, cell in enumerate(row):
            _write(sheet, line, at, cell, text if isinstance(cell, str) else score)
    if chart is not None:
        _native_chart(book, sheet, name, table, chart)


def _write(sheet: Any, line: int, at: int, cell: TableCell, form: Any) -> None:
    if isinstance(cell, str):
        shown = visible_text(cell)
        sheet.write_string(line, at, shown, form)
        if (lines := -(-letters_of(shown) // (_WIDEST - 4))) > 1:
            sheet.set_row(line, _LINE * lines)
    elif isinstance(cell, float):
        sheet.write_number(line, at, cell, form)
    elif cell is not None:
        sheet.write_number(line, at, cell)


def _native_chart(book: Any, sheet: Any, name: str, table: TableBlock, chart: Chart) -> None:
    """Bars over the second column (cities) and the third (index)."""
    drawn, last = book.add_chart({"type": "bar"}), len(table.rows)
    drawn.add_series(
        {
            "name": [name, 0, 2],
            "categories": [name, 1, 1, last, 1],
            "values": [name, 1, 2, last, 2],
            "data_labels": {"value": True, "num_format": "0.00"},
            "fill": {"color": "#1F5FA8"},
        }
    )
    drawn.set_title({"name": visible_text(chart.caption), "name_font": {"size": 11}})
    drawn.set_legend({"none": True})
    drawn.set_y_axis({"reverse": True})
    drawn.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    sheet.insert_chart(1, len(table.head) + 1, drawn, {"description": visible_text(chart.text)})


def _sheet_name(wanted: str, used: set[str]) -> str:
    """At most 31 characters, none that Excel forbids, none twice."""
    base = _FORBIDDEN.sub(" ", visible_text(wanted)).strip()[:_LONGEST] or "-"
    name, number = base, 1
    while name.casefold() in used:
        number += 1
        tail = f" {number}"
        name = base[: _LONGEST - len(tail)] + tail
    used.add(name.casefold())
    return name
