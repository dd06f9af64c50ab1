"""A document as DOCX: real headings, captions and alternative texts; all of it can be edited."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from model.untrusted import visible_text
from portal.report.archive import rezipped
from portal.report.blocks import (
    Block,
    Chart,
    Heading,
    Paragraph,
    Picture,
    ReportDocument,
    TableBlock,
    cell_text,
    column_letters,
)
from portal.report.drawn import png_chart
from scoring.extras import load_extra

_WIDTH_CM = 16.0
_TABLE_STYLES = ("Light Grid Accent 1", "Table Grid")
_SHORT = 17
"""Tables of so many lines, with the head, stay on one page."""
_TOGETHER = 4
"""Of longer tables, so many first and last lines do."""
_FONTS = {"zh": ("Microsoft YaHei", "zh-CN"), "en": ("Microsoft YaHei", "zh-CN")}


def word_report(document: ReportDocument) -> bytes:
    """The same bytes each time; raises ExtraMissing without python-docx, matplotlib or font."""
    file = load_extra("docx", purpose="DOCX", extra="report").Document()
    fill_word(file, document)
    out = io.BytesIO()
    file.save(out)
    return rezipped(out.getvalue())


def fill_word(file: Any, document: ReportDocument) -> None:
    """Puts title and all blocks into an open DOCX file."""
    _prepare(file, document)
    file.add_heading(plain_text(document.title), 0)
    file.add_paragraph(plain_text(document.subtitle), style="Subtitle")
    add_blocks(file, document.blocks, document.lang)
    _, *others = _rankings(document.blocks) or [""]
    for paragraph in file.paragraphs:
        if paragraph.style.name == "Heading 1" and paragraph.text in others:
            paragraph.paragraph_format.page_break_before = True


def _rankings(blocks: Sequence[Block]) -> list[str]:
    """The headings of chapters with a chart: chart, table and case fill a page."""
    return [
        plain_text(one.text)
        for one, two in pairwise(blocks)
        if isinstance(one, Heading) and isinstance(two, Chart)
    ]


def add_blocks(file: Any, blocks: Sequence[Block], lang: str, before: Any = None) -> None:
    """Puts blocks at the end of an open DOCX file, or before one of its paragraphs. Styles that the
    file lacks are made."""
    for name in ("Heading 1", "Heading 2", "Caption"):
        if name not in file.styles:
            file.styles.add_style(name, 1)
            _east_asian(file.styles[name], lang)
    body = file.element.body
    there = set(body)
    for block in blocks:
        _block(file, block)
    if before is not None:
        for new in [one for one in body if one not in there]:
            before._p.addprevious(new)


def _prepare(file: Any, document: ReportDocument) -> None:
    """Properties, page size, and fonts and languages of Chinese and Latin text."""
    shared = load_extra("docx.shared", purpose="DOCX", extra="report")
    section = file.sections[0]
    section.page_width, section.page_height = shared.Cm(21), shared.Cm(29.7)
    section.left_margin = section.right_margin = shared.Cm(2.5)
    made = datetime.fromisoformat(document.made_at).replace(tzinfo=None)
    about = file.core_properties
    about.title, about.author, about.comments = plain_text(document.title), "CityReach", ""
    about.created = about.modified = made
    about.language = "zh-CN" if document.lang == "zh" else "en"
    for name in ("Normal", "Title", "Subtitle", "Caption", "Heading 1", "Heading 2"):
        _east_asian(file.styles[name], document.lang)
    file.styles["Subtitle"].font.italic = False  # slanted Chinese is hard to read


def _east_asian(style: Any, lang: str) -> None:
    ns = load_extra("docx.oxml.ns", purpose="DOCX", extra="report")
    make = load_extra("docx.oxml", purpose="DOCX", extra="report").OxmlElement
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(ns.qn(f"w:{theme}"), None)
    family, east = _FONTS[lang]
    for script in ("ascii", "hAnsi", "eastAsia"):
        fonts.set(ns.qn(f"w:{script}"), family)
    for old in properties.findall(ns.qn("w:lang")):
        properties.remove(old)
    language = make("w:lang")
    language.set(ns.qn("w:val"), "en-US")
    language.set(ns.qn("w:eastAsia"), east)
    properties.append(language)


def _block(file: Any, block: Block) -> None:
    match block:
        case Heading():
            file.add_heading(plain_text(block.text), block.level)
        case Paragraph():
            run = file.add_paragraph().add_run(plain_text(block.text))
            run.bold = True if block.warns else None
        case Chart():
            _picture(file, png_chart(block), block.text, block.caption)
        case Picture():
            _picture(file, block.jpeg, block.text, block.caption)
        case TableBlock():
            _table(file, block)


def _picture(file: Any, data: bytes, text: str, caption: str) -> None:
    cm = load_extra("docx.shared", purpose="DOCX", extra="report").Cm
    paragraph = file.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(io.BytesIO(data))
    if shape.width > cm(_WIDTH_CM) or shape.height > cm(_WIDTH_CM):
        scale = min(cm(_WIDTH_CM) / shape.width, cm(_WIDTH_CM) / shape.height)
        shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
    shape._inline.docPr.set("descr", plain_text(text))
    file.add_paragraph(plain_text(caption), style="Caption")


def _table(file: Any, table: TableBlock) -> None:
    caption = file.add_paragraph(plain_text(table.caption), style="Caption")
    caption.paragraph_format.keep_with_next = True
    grid = file.add_table(rows=len(table.rows) + 1, cols=len(table.head), style=_table_style(file))
    grid.autofit = False
    _repeat_head(grid.rows[0])
    lines = [list(table.head), *([cell_text(value) for value in row] for row in table.rows)]
    _fill(grid, lines, [_is_numeric(table, at) for at in range(len(table.head))])
    _lay_out(grid, _widths(table))
    file.add_paragraph()


def _is_numeric(table: TableBlock, at: int) -> bool:
    return any(isinstance(row[at], int | float) for row in table.rows)


def _fill(grid: Any, lines: Sequence[Sequence[str]], numeric: Sequence[bool]) -> None:
    points = load_extra("docx.shared", purpose="DOCX", extra="report").Pt(9)
    # A row's `cells` go through the whole table each time; all cells at once do not.
    cells = iter(grid._cells)
    for number, line in enumerate(lines, start=1):
        for text, right in zip(line, numeric, strict=True):
            paragraph = next(cells).paragraphs[0]
            paragraph.add_run(plain_text(text)).font.size = points
            paragraph.alignment = 2 if right else None
            paragraph.paragraph_format.keep_with_next = _stays(number, len(lines))


def _stays(number: int, of: int) -> bool:
    """Whether a line of a table stands on the page of the next."""
    short = of <= _SHORT or number < _TOGETHER or number > of - _TOGETHER
    return short and number < of


def _table_style(file: Any) -> str | None:
    return next((name for name in _TABLE_STYLES if name in file.styles), None)


def _widths(table: TableBlock) -> list[float]:
    """Of the columns in cm."""
    letters = column_letters(table)
    return [_WIDTH_CM * one / sum(letters) for one in letters]


def _lay_out(grid: Any, widths: Sequence[float]) -> None:
    """Widths, and rows that are not broken."""
    cm = load_extra("docx.shared", purpose="DOCX", extra="report").Cm
    make = load_extra("docx.oxml", purpose="DOCX", extra="report").OxmlElement
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = cm(width)
    for number, cell in enumerate(grid._cells):
        cell.width = cm(widths[number % len(widths)])
    for row in grid._tbl.tr_lst:
        row.get_or_add_trPr().append(make("w:cantSplit"))


def _repeat_head(row: Any) -> None:
    make = load_extra("docx.oxml", purpose="DOCX", extra="report").OxmlElement
    row._tr.get_or_add_trPr().append(make("w:tblHeader"))


def plain_text(text: str) -> str:
    """A text without what XML cannot hold."""
    return visible_text(text)
