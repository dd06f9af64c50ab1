"""A small business discovery of made-up accounts, answered as the reference says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawler.contract import Answer, Call
from crawler.platforms.instagram.config import InstagramConfig
from model.messages import Visit, VisitKind, Window
from tests.crawler.platforms.driver import answered

ACCOUNT = "17841400000000042"
HANDLE = "city.of.tests"
OWN = "17841400000000001"
CONFIG = InstagramConfig(api_url="http://graph.test", user_id=OWN)
WINDOW = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
SLOT = datetime(2026, 6, 4, tzinfo=UTC)
_ASKED = re.compile(
    r"business_discovery\.username\(([\w.]+)\)\{(.*?)"
    r"(?:,?media(?:\.after\((\w+)\))?\.limit\((\d+)\)\{(.*)\})?\}"
)


def visit(kind: VisitKind, **more: Any) -> Visit:
    """A visit of the one account."""
    fixed = {"platform": "instagram", "account": ACCOUNT, "handle": HANDLE, "slot": SLOT}
    return Visit(**{**fixed, "kind": kind, **more})


PROFILE = visit(VisitKind.PROFILE)
TIMELINE = visit(VisitKind.TIMELINE, window=WINDOW)


def media(number: int, at: datetime, kind: str = "IMAGE", **more: Any) -> dict[str, Any]:
    """A media object as business discovery shows it."""
    return {
        "id": str(17900000000000000 + number),
        "caption": f"post {number}",
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
        "permalink": f"https://www.instagram.com/p/C{number}/",
        "media_type": kind,
        "media_product_type": "FEED",
        "like_count": 100 + number,
        "comments_count": 5,
        **more,
    }


def newest_first(count: int, last: datetime) -> list[dict[str, Any]]:
    """Media at intervals of six hours, back from `last`."""
    return [media(n, last - timedelta(hours=6 * n)) for n in range(count)]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """Their ids."""
    return [row["id"] for row in rows]


@dataclass
class Discovery:
    """Answers calls about the one account."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    account: str = ACCOUNT
    followers: int = 5000
    total: int | None = None
    """What `media_count` says; None: the number of rows."""
    refuse: dict[str, Any] | None = None
    heavy: int = 50
    """More rows a page than this are too much data."""
    trailing_cursor: bool = False
    """Whether even the last page has a cursor."""

    def __call__(self, call: Call) -> Answer:
        parts = urlsplit(call.url)
        assert parts.path == f"/v25.0/{OWN}"
        assert "token" not in call.url
        asked = _ASKED.fullmatch(parse_qs(parts.query)["fields"][0])
        assert asked is not None
        if self.refuse is not None:
            return answered(call, self.refuse, status=400)
        handle, fields, after, limit, _ = asked.groups()
        if limit and int(limit) > self.heavy:
            said = {"message": "Please reduce the amount of data", "code": 1}
            return answered(call, {"error": said}, status=500)
        user = self._user(handle, fields.split(","))
        if limit:
            user |= self._media(int(after or "0"), int(limit))
        return answered(call, {"business_discovery": user, "id": OWN})

    def _user(self, handle: str, fields: list[str]) -> dict[str, Any]:
        known = {
            "id": self.account,
            "username": handle,
            "name": "City of Tests",
            "followers_count": self.followers,
            "media_count": len(self.rows) if self.total is None else self.total,
        }
        return {name: known[name] for name in fields if name}

    def _media(self, start: int, limit: int) -> dict[str, Any]:
        if not self.rows:
            return {}
        end = start + limit
        cursors = {} if start == 0 else {"before": str(start)}
        if end < len(self.rows) or self.trailing_cursor:
            cursors["after"] = str(end)
        return {"media": {"data": self.rows[start:end], "paging": {"cursors": cursors}}}
