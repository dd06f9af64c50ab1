"""Failures of the API as problem documents (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse


def problem(
    request: Request,
    status: int,
    title: str,
    *,
    detail: str = "",
    field: str | None = None,
    near: Iterable[str] = (),
) -> JSONResponse:
    """`application/problem+json`: what is wrong, of which field, and what is nearest to it."""
    content: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        content["detail"] = detail
    if field is not None:
        content["field"] = field
    if near := list(near):
        content["near"] = near
    content["request"] = getattr(request.state, "request_id", "")
    return JSONResponse(content, status, media_type="application/problem+json")
