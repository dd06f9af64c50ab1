"""A report as a file of any format."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from portal.month import MonthIndex
from portal.published import issue_of
from portal.report.blocks import ReportDocument
from portal.report.cases import Case, cases_of
from portal.report.choice import lost_choices
from portal.report.facts import ReportFacts, facts_of
from portal.report.fonts import subset_font
from portal.report.markdown import markdown_report
from portal.report.page import html_report
from portal.report.story import report_document
from portal.report.word import word_report
from portal.report.workbook import workbook_report
from scoring.publish.wording import Lang
from store.database import Store

LANGS: tuple[Lang, ...] = ("zh", "en")
Print = Callable[[bytes], bytes]
"""HTML to PDF, by a browser."""


class CannotPrint(Exception):
    """A report of the portal could not be printed as PDF."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        """`none` (no browser), `busy`, `slow` or `failed`"""
        super().__init__(reason)


MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
FORMATS = tuple(MEDIA_TYPES)
_DATES = re.compile(rb"/(CreationDate|ModDate) ?\(D:(\d{14})")


def contents_of(
    db: Store, index: MonthIndex, now: datetime
) -> tuple[ReportFacts, tuple[Case, ...]]:
    """What the report of a month says, with the rankings and cases that the editors chose."""
    kept = index.issue or issue_of(db, index.period.name, index.method.id)
    facts = replace(facts_of(index, now, kept), lost=lost_choices(index, kept))
    return facts, cases_of(db, index, facts, kept.cases if kept else None)


def documents_of(db: Store, index: MonthIndex, now: datetime) -> dict[Lang, ReportDocument]:
    """The report of a month's index in both languages, from the same facts."""
    facts, cases = contents_of(db, index, now)
    return {lang: report_document(facts, cases, lang) for lang in LANGS}


def rendered(document: ReportDocument, form: str, to_pdf: Print) -> bytes:
    """A document as a file; raises KeyError for an unknown format, ExtraMissing, and what `to_pdf`
    raises. The same document gives the same bytes."""
    makers: dict[str, Callable[[ReportDocument], bytes]] = {
        "html": html_report,
        "md": markdown_report,
        "docx": word_report,
        "xlsx": workbook_report,
        "pdf": lambda one: pdf_report(one, to_pdf),
    }
    return makers[form](document)


def pdf_report(document: ReportDocument, to_pdf: Print) -> bytes:
    """The HTML, printed with the Chinese font inside; raises ExtraMissing without it."""
    bare = html_report(document).decode()
    printed = to_pdf(html_report(document, subset_font(bare)))
    made = datetime.fromisoformat(document.made_at).strftime("%Y%m%d%H%M%S").encode()
    return _DATES.sub(rb"/\1 (D:" + made, printed)


def file_name(period: str, lang: str, form: str) -> str:
    """`report-2025-05-zh.html`"""
    return f"report-{period}-{lang}.{form}"
