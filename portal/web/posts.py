"""Posts of a month, one post with its growth, one account day by day."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from model.items import PostType
from model.period import Period
from model.platform import PLATFORMS
from model.tables.writing import csv_text
from portal.asking.asked import Asked, adds, asked_of
from portal.asking.choices import check_choice
from portal.asking.cities import check_known_city
from portal.asking.issued import owners_in, state_of
from portal.asking.judging import curves_until, judged_in
from portal.asking.post_lines import post_lines
from portal.figures.expectation import expected_at, expected_of
from portal.figures.series import Series, daily_series
from portal.rights.reading import MOST_POSTS, POST_SORTS, PostsWanted
from portal.rights.viewer import NotThere, Right
from portal.users.errors import AccessError
from portal.web import charts
from portal.web.drawing import draw

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_LISTED = 60.0
"""Seconds for which a list over all cities is not asked for again."""
_COUNTS = ("likes", "comments", "shares", "views")
_LONGEST_CURSOR = 400


def after_of(text: str) -> tuple[Any, str] | None:
    """The cursor of a page: the last row of the one before. Raises AccessError."""
    if not text:
        return None
    try:
        value, key = json.loads(text) if len(text) <= _LONGEST_CURSOR else (None, "")
    except (ValueError, TypeError):
        raise AccessError("after", "expected the cursor of a page") from None
    if not (isinstance(value, int | float) and abs(value) < 2**63 and isinstance(key, str)):
        raise AccessError("after", "expected the cursor of a page")
    return value, key


@adds(router, "GET", "/months/{month}/posts", Right.CITY)
def posts_page(
    asked: Ask,
    month: str,
    city: str = "",
    platform: str = "",
    kind: Annotated[str, Query(alias="type")] = "",
    sort: str = "interactions",
    after: str = "",
    form: Literal["", "csv"] = "",
) -> Response:
    """Posts with most of something; filtered, a page at a time, or as CSV."""
    for field, value, known in (
        ("platform", platform, PLATFORMS),
        ("type", kind, tuple(PostType)),
        ("sort", sort, POST_SORTS),
    ):
        check_choice(field, value, known, may_lack=True)
    check_known_city(asked, city)
    period = asked.portal.shelf.named(month)
    wanted = PostsWanted(
        city=city or None,
        platform=platform or None,
        type=kind or None,
        sort="interactions" if sort == "published" else sort,
        after=after_of(after),
        count=MOST_POSTS if form else 50,
    )
    rows = _rows(asked, period, wanted)
    if form:
        return _csv(period, rows)
    more = len(rows) == wanted.count
    cities = _cities(asked)
    mine = ((row["account"], row["post"]) for row in rows)
    expectations = judged_in(asked.portal, mine, period) if city else None
    return draw(
        asked,
        "posts.html",
        month=month,
        months=asked.portal.shelf.known(),
        state=state_of(asked, period),
        posts=rows,
        full=asked.known.may(Right.DRAFTS),
        lines=post_lines(asked.words, rows, expectations),
        by_city=bool(city),
        cities=_named(asked, cities),
        types=[one.value for one in PostType if one is not PostType.REPOST],
        sorts=[name for name in POST_SORTS if name != "published"],
        sort=wanted.sort,
        next=json.dumps([rows[-1]["by"], rows[-1]["post"]]) if more else "",
    )


def _rows(asked: Asked, period: Period, wanted: PostsWanted) -> list[dict[str, Any]]:
    """Over all cities a month's posts are tens of thousands: then as of the last minute."""
    if wanted.city or wanted.after or not asked.known.sees_all:
        return asked.reading.posts(period, wanted, owners_in(asked, period))
    owners = owners_in(asked, period)
    found: list[dict[str, Any]] = asked.portal.listed.of(
        (period.name, wanted), lambda: asked.reading.posts(period, wanted, owners), _LISTED
    )
    return found


def _cities(asked: Asked) -> list[str]:
    """Those to choose from; of all cities as of the last minute."""
    if not asked.known.sees_all:
        return asked.reading.cities()
    found: list[str] = asked.portal.shelf.lately("cities", asked.reading.cities, _LISTED)
    return found


def _named(asked: Asked, cities: list[str]) -> list[tuple[str, str]]:
    known = (asked.portal.cities[one] for one in cities if one in asked.portal.cities)
    return [(one.id, one.name_zh if asked.language == "zh" else one.name_en) for one in known]


def _csv(period: Period, rows: list[dict[str, Any]]) -> Response:
    flat = [
        {
            "month": period.name,
            "city": row["of"].city,
            "platform": row["of"].platform,
            "account": row["account"],
            "post": row["post"],
            "published_at": row["published_at"].isoformat(),
            "type": row.get("type"),
            "text": row.get("text"),
            "url": row.get("url"),
            **{name: row["counts"].get(name) for name in _COUNTS},
            "observed_at": row["observed_at"].isoformat() if "observed_at" in row else None,
        }
        for row in rows
    ]
    head = ["month", "city", "platform", "account", "post", "published_at", "type", "text", "url"]
    text = "\ufeff" + csv_text(flat, [*head, *_COUNTS, "observed_at"])
    name = f'attachment; filename="posts-{period.name}.csv"'
    return Response(
        text, media_type="text/csv; charset=utf-8", headers={"content-disposition": name}
    )


@adds(router, "GET", "/months/{month}/cities/{city}/daily.csv", Right.CITY)
def daily_csv(asked: Ask, month: str, city: str) -> Response:
    """Every reading of the city's accounts in a month."""
    period = asked.portal.shelf.named(month)
    rows = []
    accounts = asked.reading.accounts(asked.reading.city(city))
    if not accounts:
        raise NotThere("city", city)
    for account in accounts:
        for reading in asked.reading.daily(account, period.start, period.end):
            counts = {name: reading["counts"].get(name) for name in ("followers", "posts", "views")}
            rows.append(
                {
                    "account": account.key,
                    "handle": account.handle,
                    "slot": reading["slot"].isoformat(),
                    "observed_at": reading["observed_at"].isoformat(),
                    **counts,
                }
            )
    columns = ["account", "handle", "slot", "observed_at", "followers", "posts", "views"]
    name = f'attachment; filename="daily-{city}-{period.name}.csv"'
    return Response(
        "\ufeff" + csv_text(rows, columns),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": name},
    )


@adds(router, "GET", "/posts/{post:path}", Right.CITY)
def post_page(asked: Ask, post: str) -> Response:
    """One post: its growth beside what was to be expected, and where each number was read."""
    found = asked.reading.post(post)
    readings = asked.reading.readings(found)
    portal = asked.portal
    period = portal.months.containing(found["published_at"])
    curves = curves_until(portal, found["account"], period)
    mine = next((curve for curve in curves if curve.post == post), None)
    ages = mine.ages if mine else ()
    expected = [expected_at(curves, mine, age)[0] if mine else None for age in ages]
    words = asked.words
    return draw(
        asked,
        "post.html",
        post=found,
        readings=readings,
        judged=expected_of(curves, post),
        growth=list(zip(ages, mine.values if mine else (), expected, strict=True)),
        chart=charts.lines(
            [f"{age:.0f} h" for age in ages],
            [
                (words.text("Interactions"), mine.values if mine else ()),
                (words.text("Expected"), expected),
            ],
            fromZero=True,
        ),
    )


@adds(router, "GET", "/accounts/{account:path}", Right.CITY)
def account_page(asked: Ask, account: str) -> Response:
    """One account: who it is, its followers day by day, its visits."""
    found = asked.reading.account(account)
    now, shelf = asked.portal.clock.now(), asked.portal.shelf
    start = shelf.current.previous().previous().start
    readings = asked.reading.daily(found, start, now)
    series = daily_series(readings, found.platform, "followers", asked.portal.months.zone)
    known = [value for value in series.values if value is not None]
    return draw(
        asked,
        "account.html",
        account=found,
        facts=asked.reading.account_facts(found),
        readings=readings,
        pause=found.pause_at(now),
        visits=asked.reading.visits(found),
        series=series,
        chart=_followers(asked, series),
        known=known,
        city=asked.portal.cities.get(found.city),
        month=shelf.newest(),
    )


def _followers(asked: Asked, series: Series) -> charts.Option:
    days = [day.isoformat() for day in series.days]
    marks = [
        {"at": one.since.isoformat(), "name": one.in_language(asked.language)}
        for one in series.breaks
    ]
    return charts.lines(days, [(asked.words.text("Followers"), series.values)], marks=marks)
