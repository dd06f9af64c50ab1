"""What the numbers mean, and whole tables to take away."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from model.platform import PLATFORMS
from model.platforms import FACTS
from model.tables.writing import csv_text
from portal.asking.asked import Asked, adds, asked_of
from portal.rights.viewer import NotThere, Right
from portal.users.errors import AccessError

router = APIRouter(prefix="/api/v1")
Ask = Annotated[Asked, Depends(asked_of)]
_COLUMNS = ("account", "city", "slot", "observed_at", "followers", "posts", "views")


@adds(router, "GET", "/definitions", Right.SELF, dependencies=[Depends(asked_of)])
def api_definitions(platform: str | None = None) -> Response:
    """What the platforms' counters mean and since when, each with its source."""
    if platform is not None and platform not in PLATFORMS:
        raise AccessError("platform", f"expected one of {', '.join(PLATFORMS)}")
    rows = [
        {
            "platform": name,
            "counter": one.counter,
            "of": list(one.subjects),
            "types": sorted(one.types),
            "since": one.since.isoformat(),
            "kind": one.kind,
            "breaks_series": one.breaks,
            "en": one.en,
            "zh": one.zh,
            "source": one.source,
        }
        for name in PLATFORMS
        if platform in (None, name)
        for one in FACTS[name].definitions
    ]
    return JSONResponse({"items": rows, "next": None})


@adds(router, "GET", "/months/{month}/cities/{city}/exports/daily", Right.CITY)
def api_daily_export(
    asked: Ask, month: str, city: str, form: Literal["csv", "json"] = "csv"
) -> Response:
    """Every reading of a city's accounts in a month, as CSV or JSON; empty where unknown."""
    accounts = asked.reading.accounts(asked.reading.city(city))
    if not accounts:
        raise NotThere("city", city)
    period = asked.portal.shelf.named(month)
    rows: list[dict[str, Any]] = [
        {
            "account": one.key,
            "city": one.city,
            "slot": reading["slot"].isoformat(),
            "observed_at": reading["observed_at"].isoformat(),
            **{name: reading["counts"].get(name) for name in _COLUMNS[4:]},
        }
        for one in accounts
        for reading in asked.reading.daily(one, period.start, period.end)
    ]
    if form == "json":
        return JSONResponse({"month": period.name, "city": city, "items": rows, "next": None})
    name = f'attachment; filename="daily-{city}-{period.name}.csv"'
    return Response(
        "\ufeff" + csv_text(rows, _COLUMNS),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": name},
    )
