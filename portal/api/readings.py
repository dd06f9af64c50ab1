"""Accounts, posts and their readings."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import JSONResponse, Response

from model.items import PostType
from model.messages import Outcome
from model.platform import PLATFORMS
from portal.asking.asked import Asked, adds, asked_of
from portal.asking.choices import check_choice
from portal.asking.cities import check_known_city
from portal.asking.issued import owners_in
from portal.rights.reading import MOST_POSTS, POST_SORTS, PostsWanted
from portal.rights.viewer import Right
from portal.users.errors import AccessError
from store.database import Document

router = APIRouter(prefix="/api/v1")
Ask = Annotated[Asked, Depends(asked_of)]
_LONGEST_CURSOR = 600
_SORTED_BY_NUMBER = tuple(name for name in POST_SORTS if name != "published")


@adds(router, "GET", "/accounts", Right.CITY)
def api_accounts(asked: Ask, city: str | None = None) -> Response:
    """The watched accounts that may be seen, of one city or of all."""
    if city is not None:
        check_known_city(asked, city)
        asked.reading.city(city)
    rows = [
        {
            "account": one.key,
            "city": one.city,
            "platform": one.platform,
            "id": one.id or None,
            "handle": one.handle,
            "class": one.account_class.value,
            "primary": one.primary,
        }
        for one in asked.reading.accounts(city)
    ]
    return JSONResponse({"items": rows, "next": None})


@adds(router, "GET", "/accounts/{account}/daily", Right.CITY)
def api_daily(asked: Ask, account: str, month: str) -> Response:
    """An account's readings of a month; a missing counter has its reason instead."""
    found = asked.reading.account(account)
    period = asked.portal.shelf.named(month)
    rows = [_reading(one) for one in asked.reading.daily(found, period.start, period.end)]
    return JSONResponse({"account": found.key, "month": month, "items": rows, "next": None})


def _reading(one: Document) -> dict[str, Any]:
    return {
        "slot": one["slot"].isoformat(),
        "observed_at": one["observed_at"].isoformat(),
        "counts": one["counts"],
        "missing": one.get("missing", {}),
        "steps": one.get("steps", {}),
        "raw": one.get("raw", []),
    }


@adds(router, "GET", "/months/{month}/posts", Right.CITY)
def api_posts(
    asked: Ask,
    month: str,
    city: str | None = None,
    platform: str | None = None,
    kind: Annotated[str | None, Query(alias="type")] = None,
    sort: str = "interactions",
    limit: Annotated[int, Query(ge=1, le=MOST_POSTS)] = 50,
    cursor: str = "",
) -> Response:
    """Posts of a month with the counts that enter its sums, a page at a time."""
    for field, value, known in (
        ("platform", platform, PLATFORMS),
        ("type", kind, tuple(PostType)),
        ("sort", sort, _SORTED_BY_NUMBER),
    ):
        if value is not None and value not in known:
            raise AccessError(field, f"expected one of {', '.join(known)}")
    if city is not None:
        check_known_city(asked, city)
    period = asked.portal.shelf.named(month)
    wanted = PostsWanted(
        city=city, platform=platform, type=kind, sort=sort, after=_after(cursor), count=limit
    )
    rows = asked.reading.posts(period, wanted, owners_in(asked, period))
    last = rows[-1] if len(rows) == limit else None
    return JSONResponse(
        {
            "month": period.name,
            "items": [_post(row) for row in rows],
            "next": _cursor(last["by"], last["post"]) if last else None,
        }
    )


def _cursor(value: object, key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([value, key]).encode()).decode()


def _after(cursor: str) -> tuple[Any, str] | None:
    if not cursor:
        return None
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        value, key = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        known = isinstance(value, int | float) and abs(value) < 2**63 and isinstance(key, str)
        if not known:
            raise ValueError("of another kind")
    except (ValueError, TypeError):
        raise AccessError("cursor", "expected the `next` of the page before") from None
    return value, key


def _post(row: Document) -> dict[str, Any]:
    return {
        "post": row["post"],
        "account": row["account"],
        "city": row["of"].city,
        "platform": row["of"].platform,
        "published_at": row["published_at"].isoformat(),
        "type": row.get("type"),
        "lang": row.get("lang"),
        "text": row.get("text"),
        "url": row.get("url"),
        "counts": row["counts"],
        "missing": row.get("missing", {}),
        "observed_at": row["observed_at"].isoformat() if "observed_at" in row else None,
    }


@adds(router, "GET", "/posts/{post}/readings", Right.CITY)
def api_readings(asked: Ask, post: str) -> Response:
    """All readings of a post, in order of time."""
    found = asked.reading.post(post)
    rows = [_reading(one) for one in asked.reading.readings(found)]
    return JSONResponse({"post": post, "items": rows, "next": None})


@adds(router, "GET", "/quota", Right.TEAM)
def api_quota(asked: Ask) -> Response:
    """As `cityreach quota --json`."""
    return JSONResponse({"items": asked.portal.team.quota(), "next": None})


@adds(router, "GET", "/visits", Right.TEAM)
def api_visits(
    asked: Ask,
    platform: str = "",
    outcome: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The newest visits that have ended, as `cityreach visits list --json`."""
    check_choice("platform", platform, PLATFORMS, may_lack=True)
    check_choice("outcome", outcome, tuple(Outcome), may_lack=True)
    wanted = {"platform": platform, "outcome": outcome}
    return JSONResponse({"items": asked.portal.team.visits(wanted, limit), "next": None})
