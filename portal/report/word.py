"""A document as DOCX: real headings, captions and alternative texts; all of it can be edited."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
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
_SHORT = 15
"""Tables of so many rows stay on one page."""
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
    file.add_heading(_clean(document.title), 0)
    file.add_paragraph(_clean(document.subtitle), style="Subtitle")
    for block in document.blocks:
        _block(file, block)


def _prepare(file: Any, document: ReportDocument) -> None:
    """Properties, page size, and fonts and languages of Chinese and Latin text."""
    shared = load_extra("docx.shared", purpose="DOCX", extra="report")
    section = file.sections[0]
    section.page_width, section.page_height = shared.Cm(21), shared.Cm(29.7)
    section.left_margin = section.right_margin = shared.Cm(2.5)
    made = datetime.fromisoformat(document.made_at).replace(tzinfo=None)
    about = file.core_properties
    about.title, about.author, about.comments = _clean(document.title), "CityReach", ""
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
            file.add_heading(_clean(block.text), block.level)
        case Paragraph():
            run = file.add_paragraph().add_run(_clean(block.text))
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
    shape._inline.docPr.set("descr", _clean(text))
    file.add_paragraph(_clean(caption), style="Caption")


def _table(file: Any, table: TableBlock) -> None:
    caption = file.add_paragraph(_clean(table.caption), style="Caption")
    caption.paragraph_format.keep_with_next = True
    grid = file.add_table(rows=1, cols=len(table.head), style="Light Grid Accent 1")
    grid.autofit = False
    _repeat_head(grid.rows[0])
    numeric = [any(isinstance(row[at], int | float) for row in table.rows) for at in _at(table)]
    _fill(grid.rows[0], table.head, numeric)
    for row in table.rows:
        _fill(grid.add_row(), [cell_text(value) for value in row], numeric)
    _lay_out(grid, _widths(table))
    file.add_paragraph()


def _at(table: TableBlock) -> range:
    return range(len(table.head))


def _fill(row: Any, texts: Sequence[str], numeric: Sequence[bool]) -> None:
    for cell, text, right in zip(row.cells, texts, numeric, strict=True):
        cell.text = _clean(text)
        if right:
            cell.paragraphs[0].alignment = 2


def _widths(table: TableBlock) -> list[float]:
    """Of the columns in cm."""
    letters = column_letters(table)
    return [_WIDTH_CM * one / sum(letters) for one in letters]


def _lay_out(grid: Any, widths: Sequence[float]) -> None:
    """Widths, rows that are not broken, short tables on one page."""
    shared = load_extra("docx.shared", purpose="DOCX", extra="report")
    make = load_extra("docx.oxml", purpose="DOCX", extra="report").OxmlElement
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = shared.Cm(width)
    rows = list(grid.rows)
    for number, row in enumerate(rows, start=1):
        row._tr.get_or_add_trPr().append(make("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = shared.Cm(width)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.keep_with_next = number < len(rows) <= _SHORT
            for run in paragraph.runs:
                run.font.size = shared.Pt(9)


def _repeat_head(row: Any) -> None:
    make = load_extra("docx.oxml", purpose="DOCX", extra="report").OxmlElement
    row._tr.get_or_add_trPr().append(make("w:tblHeader"))


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return visible_text(text)
