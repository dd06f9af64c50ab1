"""LibreOffice opens the report's files and keeps what is in them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from portal.report.files import rendered
from scoring.publish.wording import Lang
from tests.portal.report.scenes import index_of_rows, rows_of
from tests.portal.report.test_report import BEFORE, docx_tables, no_browser, written, xlsx_tables

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(SOFFICE is None, reason="needs LibreOffice"),
]


def converted(data: bytes, form: str, folder: Path) -> bytes:
    """The file read and written again by LibreOffice, in the same format."""
    given = folder / f"report.{form}"
    given.write_bytes(data)
    assert SOFFICE is not None
    subprocess.run(
        [
            SOFFICE,
            f"-env:UserInstallation=file://{folder}/profile",
            *("--headless", "--convert-to", form, "--outdir", str(folder / "out"), str(given)),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return (folder / "out" / given.name).read_bytes()


def shape_of(path: Path) -> dict[str, Any]:
    """What an editor works with: headings, captions, texts, alternative texts."""
    file = docx.Document(str(path))
    paragraphs = [p for p in file.paragraphs if p.text.strip()]
    return {
        "headings": [p.text for p in paragraphs if p.style.name.startswith("Heading")],
        "captions": [p.text for p in paragraphs if p.style.name.casefold() == "caption"],
        "texts": [p.text for p in paragraphs],
        "alternatives": [s._inline.docPr.get("descr") for s in file.inline_shapes],
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_libreoffice_keeps_all_of_a_report(lang: Lang, tmp_path: Path) -> None:
    document = written(index_of_rows(rows_of(), BEFORE), lang)
    data = rendered(document, "docx", no_browser)
    again = converted(data, "docx", tmp_path)
    assert docx_tables(again) == docx_tables(data)
    before, after = shape_of(tmp_path / "report.docx"), shape_of(tmp_path / "out" / "report.docx")
    assert after == before
    assert len(before["headings"]) >= 10
    assert len(before["alternatives"]) == 6


def test_libreoffice_keeps_numbers_and_charts_of_a_workbook(tmp_path: Path) -> None:
    data = rendered(written(index_of_rows(rows_of(), BEFORE)), "xlsx", no_browser)
    again = converted(data, "xlsx", tmp_path)
    assert xlsx_tables(again) == xlsx_tables(data)
    book = openpyxl.load_workbook(tmp_path / "out" / "report.xlsx")
    assert [len(sheet._charts) for sheet in book.worksheets[1:7]] == [1] * 6
