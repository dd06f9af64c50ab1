"""The report of a month as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crawler.browser import available, browser_path
from operations.documents.printing import PrintError, printed
from operations.errors import UsageError
from operations.remedies import GET_BROWSER
from operations.runtime import Runtime
from portal.month import MonthIndex
from portal.report.blocks import ReportDocument
from portal.report.files import FORMATS, LANGS, Print, documents_of, file_name, rendered
from portal.report.template import word_from_template
from scoring.publish.wording import Lang

NO_BROWSER = (
    f"PDF needs a browser: {GET_BROWSER}; --format html and docx need none, and the HTML report "
    "prints to PDF from any browser (its pages are laid out for A4)"
)


def printer(runtime: Runtime) -> Print:
    """Prints by the browser of the settings; raises PrintError where there is none, when it
    prints."""

    def to_pdf(html: bytes) -> bytes:
        given = runtime.settings.crawler.browser.executable
        executable = browser_path(given)
        if executable is None or not available(given):
            raise PrintError("none", NO_BROWSER)
        return printed(html, str(executable))

    return to_pdf


def chosen_languages(given: str | None) -> Sequence[Lang]:
    """The language of this name, both without a name. Raises UsageError."""
    found = [lang for lang in LANGS if given in (None, lang)]
    if not found:
        raise UsageError(f"--lang {given}: expected one of {', '.join(LANGS)}")
    return found


def write_reports(
    runtime: Runtime,
    index: MonthIndex,
    folder: Path,
    langs: Sequence[Lang] = LANGS,
    formats: Sequence[str] = ("html",),
    template: Path | None = None,
) -> list[Path]:
    """One file a language and format, all of them or none; gives their paths. DOCX is made in the
    editor's own file where one is given.

    Raises UsageError for an unknown format or a folder that cannot be written, TemplateError,
    ExtraMissing and PrintError where a format lacks a library, a font or a browser.
    """
    if template is not None and "docx" not in formats:
        raise UsageError("--template is for docx: add --format docx")
    if unknown := [form for form in formats if form not in FORMATS]:
        raise UsageError(f"--format {unknown[0]}: expected one of {', '.join(FORMATS)}")
    if runtime.clock.now() < index.period.start:
        raise UsageError(
            f"{index.period.name} begins on {index.period.start:%Y-%m-%d} (UTC): there is nothing "
            "to report yet"
        )
    documents = documents_of(runtime.db, index, runtime.clock.now())
    to_pdf = printer(runtime)

    def file_of(document: ReportDocument, form: str) -> bytes:
        if form == "docx" and template is not None:
            return word_from_template(document, template)
        return rendered(document, form, to_pdf)

    made = {
        folder / file_name(index.period.name, lang, form): file_of(documents[lang], form)
        for lang in langs
        for form in formats
    }
    return write_files(made)


def write_files(files: dict[Path, bytes]) -> list[Path]:
    """Each file whole or not at all; raises UsageError where one cannot be written."""
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(data)
            part.replace(path)
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written: {error.strerror}") from error
    return list(files)
