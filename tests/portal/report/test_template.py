"""An editor's own Word file as the template of a report."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pytest

from portal.report.template import TemplateError, word_from_template
from tests.portal.report.scenes import index_of_rows, rows_of
from tests.portal.report.test_report import docx_tables, no_browser, written

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def document() -> Any:
    """A month's report."""
    return written(index_of_rows(rows_of()))


def template_of(folder: Path, *paragraphs: str, foot: str = "") -> Path:
    """A Word file with these paragraphs."""
    file = docx.Document()
    for text in paragraphs:
        file.add_paragraph(text)
    file.sections[0].footer.paragraphs[0].text = foot
    path = folder / "own.docx"
    file.save(str(path))
    return path


def opened(data: bytes) -> Any:
    """The finished file."""
    return docx.Document(io.BytesIO(data))


def test_fields_and_sections_take_their_places(document: Any, tmp_path: Path) -> None:
    path = template_of(
        tmp_path, "Our paper: {{ title }} ({{period}})", "{{ x }}", "The end", foot="{{ subtitle }}"
    )
    data = word_from_template(document, path)
    assert word_from_template(document, path) == data
    file = opened(data)
    texts = [one.text for one in file.paragraphs if one.text]
    assert texts[0] == f"Our paper: {document.title} (2025-05)"
    assert texts[1] == "X平台 TOP10"
    assert texts[-1] == "The end"
    assert "{{" not in "".join(texts)
    assert file.sections[0].footer.paragraphs[0].text == document.subtitle
    assert len(docx_tables(data)) == 1
    assert len(file.inline_shapes) == 1


def test_the_whole_report_in_a_file_without_styles(document: Any, tmp_path: Path) -> None:
    path = template_of(tmp_path, "{{ report }}")
    file = docx.Document(str(path))
    for name in ("Caption", "Heading 1", "Heading 2", "Light Grid Accent 1"):
        file.styles[name].delete()
    file.save(str(path))
    made = opened(word_from_template(document, path))
    assert [one.style.name for one in made.paragraphs].count("Heading 1") >= 10
    assert len(made.tables) == len(docx_tables(_plain(document)))


def _plain(document: Any) -> bytes:
    from portal.report.files import rendered

    return rendered(document, "docx", no_browser)


def test_a_field_that_word_cut_into_runs_is_one_field(document: Any, tmp_path: Path) -> None:
    path = template_of(tmp_path)
    file = docx.Document(str(path))
    paragraph = file.add_paragraph()
    for text in ("from {", "{ per", "iod }", "} on, {{ period", " }}"):
        paragraph.add_run(text).bold = text == "{ per"
    file.save(str(path))
    assert opened(word_from_template(document, path)).paragraphs[-1].text == (
        "from 2025-05 on, 2025-05"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{{ titel }}",
            r"own\.docx: unknown field \{\{ titel \}\} in paragraph 1; there is: t",
        ),
        ("see {{ x }}", r"\{\{ x \}\} in paragraph 1 is a section: expected alone"),
        ("{{ }}", r"unknown field"),
        ("{{ <b>& }}", r"unknown field \{\{ <b>& \}\}"),
    ],
)
def test_an_unknown_field_is_named(document: Any, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        word_from_template(document, template_of(tmp_path, text))


def test_a_section_in_the_foot_is_refused(document: Any, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="in the foot is a section"):
        word_from_template(document, template_of(tmp_path, foot="{{ x }}"))


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + bytes(18), b"<html>"])
def test_what_is_no_word_file_is_said(document: Any, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "own.docx"
    path.write_bytes(data)
    with pytest.raises(TemplateError, match=r"own\.docx is no Word file"):
        word_from_template(document, path)
    with pytest.raises(TemplateError, match=r"none\.docx cannot be read"):
        word_from_template(document, tmp_path / "none.docx")
