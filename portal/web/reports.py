"""The report of a month as a download, in the reader's language."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from portal.asking.asked import Asked, adds, asked_of
from portal.report.files import MEDIA_TYPES, CannotPrint, documents_of, file_name, rendered
from portal.rights.viewer import Right

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]


@adds(router, "GET", "/months/{month}/report", Right.DRAFTS)
def month_report(
    asked: Ask,
    month: str,
    form: Annotated[Literal["html", "md", "docx", "xlsx", "pdf"], Query()] = "html",
) -> Response:
    """As published where the month is, else provisional. Raises CannotPrint for PDF."""
    figures = asked.portal.shelf.figures(month)
    found = documents_of(asked.portal.db, figures.index, asked.portal.clock.now())
    data = rendered(found[asked.language], form, asked.portal.to_pdf or _no_printer)
    name = file_name(figures.period.name, asked.language, form)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=MEDIA_TYPES[form], headers=headers)


def _no_printer(_: bytes) -> bytes:
    raise CannotPrint("none")
