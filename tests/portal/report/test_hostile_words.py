"""Whatever words come into a report: every format opens, nothing in them acts."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import replace

import docx
import openpyxl
import pytest

from portal.report.blocks import Heading, Paragraph, ReportDocument, TableBlock
from portal.report.markdown import markdown_report
from portal.report.page import html_report
from portal.report.word import word_report
from portal.report.workbook import workbook_report

WORDS = "\u202e<img src=x onerror=1>\x00\x1b[2J=1+1\uffff\ufffe\ud800\u2028|x|\n# y\n=\n[a](b)"
DOCUMENT = ReportDocument(
    lang="en",
    title=WORDS,
    subtitle=WORDS,
    period="2025-05",
    sections={
        "opening": (
            Heading(WORDS, 1),
            Paragraph(WORDS),
            Paragraph(WORDS, warns=True),
            TableBlock(WORDS, WORDS, (WORDS, "n"), ((WORDS, 1), (f" ={WORDS}", None))),
        )
    },
    made_at="2025-06-01T00:00:00+00:00",
)
ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def acting(text: str) -> set[str]:
    return {sign for sign in text if unicodedata.category(sign) in ACTING} - {"\n", "\t", "\r"}


@pytest.mark.parametrize("form", [html_report, markdown_report])
def test_a_text_acts_on_nothing(form: object) -> None:
    text = form(DOCUMENT).decode()  # type: ignore[operator]
    assert acting(text) == set()
    assert "<img" not in text.replace("\\<img", "")
    lines = text.splitlines() if form is markdown_report else ()
    assert not [line for line in lines if line.startswith(("# y", "=", "[a]"))]


def test_an_address_can_be_copied_from_markdown() -> None:
    url = "https://www.youtube.com/watch?v=_q5MV3nptF&t=1"
    said = (
        Paragraph(f"a_b: {url}."),
        TableBlock("t", "c", ("n",), ((url,), (f"{url}|<b>",))),
    )
    text = markdown_report(replace(DOCUMENT, sections={"opening": said})).decode()
    assert f"a\\_b: <{url}>." in text
    assert f"| <{url}> |" in text
    assert f"| <{url}>\\|\\<b\\> |" in text


def test_a_document_opens() -> None:
    found = docx.Document(io.BytesIO(word_report(DOCUMENT)))
    text = "\n".join(paragraph.text for paragraph in found.paragraphs)
    assert "<img src=x onerror=1>" in text
    assert acting(text) == set()


def test_a_workbook_opens_and_computes_nothing() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_report(DOCUMENT)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    texts = [cell for cell in cells if isinstance(cell.value, str)]
    assert len(texts) > 6
    assert {cell.data_type for cell in texts} == {"s"}
    assert not [cell for cell in texts if acting(str(cell.value))]
