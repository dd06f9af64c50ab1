"""What media abroad wrote in a month: by city, and a city's articles with their reasons."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from portal.asking.asked import Asked, adds, asked_of
from portal.rights.viewer import NotThere, Right
from portal.web.drawing import draw
from store.media.counts import counted_lines, stored_counts

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_MOST = 500
"""Articles on one page."""


@adds(router, "GET", "/months/{month}/media", Right.DRAFTS)
def month_media_page(asked: Ask, month: str) -> Response:
    """Every watched city's indicators of articles and posts, most articles first."""
    figures = asked.portal.shelf.figures(month)
    counts = stored_counts(asked.portal.db, figures.period.name)
    cities = figures.index.inputs.cities
    return draw(
        asked,
        "media.html",
        month=figures.period.name,
        counts=counts,
        rows=_rows(counts, cities) if counts else [],
        cities=asked.portal.cities,
    )


def _rows(counts: dict[str, Any], cities: list[str]) -> list[dict[str, Any]]:
    articles = counts["articles"].get("beside", {})
    posts = counts["posts"]["beside"]
    rows = [
        {
            "city": city,
            **counts["cities"].get(city, {}),
            **articles.get(city, {}),
            **posts.get(city, {}),
        }
        for city in cities
    ]
    known = {row["city"]: row["media_articles"] for row in rows if "media_articles" in row}
    return sorted(rows, key=lambda row: (-known.get(row["city"], -1), row["city"]))


@adds(router, "GET", "/months/{month}/cities/{city}/media", Right.CITY)
def city_media_page(asked: Ask, month: str, city: str) -> Response:
    """Every article that names a city, whether it counts, and by which rule."""
    asked.reading.city(city)
    figures = asked.portal.shelf.figures(month)
    if city not in figures.index.inputs.cities:
        raise NotThere("city", city)
    lines = counted_lines(asked.portal.db, figures.period.name, city)
    return draw(
        asked,
        "city-media.html",
        month=figures.period.name,
        city=asked.portal.cities.get(city),
        city_id=city,
        lines=lines[:_MOST],
        of=len(lines),
        counted=sum(line["verdict"] == "counted" for line in lines),
    )
