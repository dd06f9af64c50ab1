"""A report in an editor's own Word file: `{{ name }}` is where a part of the report goes.

`{{ title }}`, `{{ subtitle }}` and `{{ period }}` may stand anywhere in a text, in heads and feet
too, and take on how they are written there. A section (`{{ report }}` for all of them) stands alone
in a paragraph, in whose place it comes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from portal.report.archive import rezipped
from portal.report.blocks import ReportDocument
from portal.report.word import add_blocks, plain_text
from scoring.errors import ExtraMissing, ScoringError
from scoring.extras import load_extra

_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_ALL = "report"
MOST_TEMPLATE = 20 * 2**20
"""Bytes."""


class TemplateError(ScoringError, ValueError):
    """A Word file cannot be used as a template; the text names the file and the field."""


def word_from_template(document: ReportDocument, template: Path) -> bytes:
    """The template with the report in it; the same bytes each time.

    Raises TemplateError for a file that cannot be read, an unknown field, and a section that does
    not stand alone; ExtraMissing.
    """
    file = _opened(template)
    texts = {
        "title": document.title,
        "subtitle": document.subtitle,
        "period": document.period,
    }
    sections = {_ALL: document.blocks, **document.sections}
    paragraphs = list(_paragraphs(file))
    problems = [
        problem
        for paragraph, where in paragraphs
        for problem in _faults(paragraph, where, file, texts, sections)
    ]
    if problems:
        known = ", ".join([*texts, *sections])
        raise TemplateError(f"{template}: {'; '.join(problems)}; there is: {known}")
    for paragraph, _ in paragraphs:
        name = _alone(paragraph.text)
        if name in sections:
            add_blocks(file, sections[name], document.lang, before=paragraph)
            paragraph._p.getparent().remove(paragraph._p)
        else:
            _write_fields(paragraph, texts)
    out = io.BytesIO()
    file.save(out)
    return rezipped(out.getvalue())


def _opened(template: Path) -> Any:
    make = load_extra("docx", purpose="DOCX", extra="report").Document
    try:
        data = template.read_bytes()
    except OSError as error:
        raise TemplateError(f"{template} cannot be read: {error.strerror}") from error
    if len(data) > MOST_TEMPLATE:
        raise TemplateError(f"{template} has {len(data):,} bytes; at most {MOST_TEMPLATE:,} fit")
    try:
        return make(io.BytesIO(data))
    except ExtraMissing:
        raise
    except (BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise TemplateError(f"{template} is no Word file (.docx): {error}") from error


def _paragraphs(file: Any) -> Iterator[tuple[Any, str]]:
    """All of them, each with where it stands."""
    yield from ((one, f"paragraph {n}") for n, one in enumerate(file.paragraphs, start=1))
    yield from _in_tables(file.tables, "a table")
    for section in file.sections:
        for part, where in ((section.header, "the head"), (section.footer, "the foot")):
            yield from ((one, where) for one in part.paragraphs)
            yield from _in_tables(part.tables, where)


def _in_tables(tables: Any, where: str) -> Iterator[tuple[Any, str]]:
    for table in tables:
        for cell in dict.fromkeys(cell for row in table.rows for cell in row.cells):
            yield from ((one, where) for one in cell.paragraphs)
            yield from _in_tables(cell.tables, where)


def _alone(text: str) -> str:
    """The field that is all of a text; empty where it is not."""
    found = _FIELD.fullmatch(text.strip())
    return found[1] if found else ""


def _faults(
    paragraph: Any, where: str, file: Any, texts: dict[str, str], sections: dict[str, Any]
) -> Iterator[str]:
    body = file.element.body
    for name in _FIELD.findall(paragraph.text):
        if name in sections and (
            _alone(paragraph.text) != name or paragraph._p.getparent() is not body
        ):
            yield (
                f"{{{{ {name} }}}} in {where} is a section: expected alone in a paragraph of the "
                "text"
            )
        elif name not in sections and name not in texts:
            yield f"unknown field {{{{ {plain_text(name)[:60]} }}}} in {where}"


def _write_fields(paragraph: Any, texts: dict[str, str]) -> None:
    """Word cuts a text into runs anywhere: a field's text goes where the field begins."""
    whole = "".join(run.text for run in paragraph.runs)
    # From the last on: what stands before a field keeps its place, and no text is read as a field.
    for found in reversed(list(_FIELD.finditer(whole))):
        if found[1] in texts:
            _write_field(paragraph.runs, found.start(), found.end(), plain_text(texts[found[1]]))


def _write_field(runs: Any, begin: int, end: int, text: str) -> None:
    at = 0
    for run in runs:
        old, start = run.text, at
        at += len(old)
        if at <= begin or start >= end:
            continue
        inside = text if start <= begin else ""
        run.text = old[: max(begin - start, 0)] + inside + old[max(end - start, 0) :]
