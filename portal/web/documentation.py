"""The API's own page, and its OpenAPI document: nothing is loaded from elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from portal.api import published, readings, reference
from portal.asking.asked import ROUTE_RIGHTS, Asked, adds, asked_of
from portal.rights.viewer import Right
from portal.web.drawing import draw

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]


def _routes() -> list[APIRoute]:
    found = [r for one in (published, readings, reference) for r in one.router.routes]
    return [route for route in found if isinstance(route, APIRoute)]


@adds(router, "GET", "/api", Right.SELF)
def api_page(asked: Ask) -> Response:
    """Every address, what it gives, and which right it needs."""
    rows = [
        {
            "method": "GET",
            "path": route.path,
            "says": (route.endpoint.__doc__ or "").strip().splitlines()[0],
            "right": ROUTE_RIGHTS["GET", route.path].value,
        }
        for route in _routes()
    ]
    return draw(asked, "api.html", routes=rows)


@adds(router, "GET", "/api/v1/openapi.json", Right.SELF, dependencies=[Depends(asked_of)])
def openapi() -> Response:
    """For programs that make clients."""
    document = get_openapi(title="CityReach", version="1", routes=_routes())
    return JSONResponse(document)
