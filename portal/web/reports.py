"""The report of a month as a download, in the reader's language."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from portal.asking.asked import Asked, adds, asked_of
from portal.asking.choices import check_choice
from portal.figures.months import MonthFigures
from portal.month import MonthIndex
from portal.published import shown_index
from portal.report.files import MEDIA_TYPES, CannotPrint, documents_of, file_name, rendered
from portal.rights.viewer import Right
from scoring.method.library import method_ids

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]


@adds(router, "GET", "/months/{month}/report", Right.DRAFTS)
def month_report(
    asked: Ask,
    month: str,
    form: Annotated[Literal["html", "md", "docx", "xlsx", "pdf"], Query()] = "html",
    method: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """As published where the month is, else provisional; by another built-in method where one is
    named. Raises CannotPrint for PDF."""
    figures = asked.portal.shelf.figures(month)
    index = figures.index if method in ("", asked.portal.method) else _under(asked, figures, method)
    found = documents_of(asked.portal.db, index, asked.portal.clock.now())
    data = rendered(found[asked.language], form, asked.portal.to_pdf or _no_printer)
    name = file_name(figures.period.name, asked.language, form)
    if index is not figures.index:
        name = f"{method}-{name}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=MEDIA_TYPES[form], headers=headers)


def _under(asked: Asked, figures: MonthFigures, method: str) -> MonthIndex:
    """Only methods that are built in: others are files of the machine."""
    check_choice("method", method, method_ids())
    return shown_index(asked.portal.db, figures.period, method)


def _no_printer(_: bytes) -> bytes:
    raise CannotPrint("none")
