"""What TikTok's Research API would answer for a handful of accounts, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from crawler.contract import Answer, Call
from model.messages import Visit, VisitKind, Window
from tests.crawler.platforms.driver import NOW, answered

MAY = Window(datetime(2026, 4, 30, 16, tzinfo=UTC), datetime(2026, 5, 31, 16, tzinfo=UTC))
"""The month in Asia/Shanghai: it touches 32 dates of UTC."""
OK = {"code": "ok", "message": "", "log_id": "20260604120000AAAA"}


def visit(kind: VisitKind, account: str = "11", **changes: Any) -> Visit:
    """A visit of NOW; a timeline has the window MAY."""
    values: dict[str, Any] = {"handle": f"city{account}", "slot": NOW, **changes}
    if kind is VisitKind.TIMELINE:
        values.setdefault("window", MAY)
    return Visit(platform="tiktok", account=account, kind=kind, **values)


def video(id_: int, at: datetime, account: str = "11", **changes: Any) -> dict[str, Any]:
    """A video as the Research API lists it."""
    return {
        "id": (int(at.timestamp()) << 32) + id_,
        "username": f"city{account}",
        "create_time": int(at.timestamp()),
        "video_description": f"clip {id_}",
        "like_count": 30,
        "comment_count": 2,
        "share_count": 5,
        "view_count": 900,
        "favorites_count": 1,
        **changes,
    }


def through_may(number: int, account: str = "11") -> list[dict[str, Any]]:
    """Videos spread over the month."""
    step = (MAY.end - MAY.start) / max(number, 1)
    return [video(int(account) * 10_000 + i, MAY.start + step * i, account) for i in range(number)]


def failed(call: Call, status: int, code: str, message: str = "") -> Answer:
    """An answer with an error."""
    error = {"code": code, "message": message, "log_id": "20260604120000AAAA"}
    return answered(call, {"data": {}, "error": error}, status)


@dataclass
class Service:
    """Answers calls. `page` is how many rows a page holds at most, however many are asked for."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    videos: list[dict[str, Any]] = field(default_factory=list)
    page: int = 100

    def __call__(self, call: Call) -> Answer:
        body = msgspec.json.decode(call.body or b"")
        if "/research/user/info/" in call.url:
            return self._user(call, body["username"])
        return self._videos(call, body)

    def _user(self, call: Call, handle: str) -> Answer:
        if handle not in self.users:
            why = f"user {handle} is invalid: cannot find the user"
            return failed(call, 400, "invalid_params", why)
        return answered(call, {"data": self.users[handle], "error": OK})

    def _videos(self, call: Call, body: dict[str, Any]) -> Answer:
        first, last = (
            datetime.strptime(body[key], "%Y%m%d").replace(tzinfo=UTC)
            for key in ("start_date", "end_date")
        )
        if last - first >= timedelta(days=30) or body["max_count"] > 100:
            return failed(call, 400, "invalid_params", "the window is too long")
        (condition,) = body["query"]["and"]
        field = {"username": "username", "video_id": "id"}[condition["field_name"]]
        values = condition["field_values"]
        assert 0 < len(values) <= 100
        edge = (last + timedelta(days=1)).timestamp()
        rows = [
            row
            for row in self.videos
            if str(row[field]) in values and first.timestamp() <= row["create_time"] < edge
        ]
        start, search = body.get("cursor", 0), f"search-{body['start_date']}"
        if start and body.get("search_id") != search:
            return failed(call, 400, "invalid_params", "Search Id 1 is invalid or expired")
        end = start + min(self.page, body["max_count"])
        data = {
            "videos": rows[start:end],
            "cursor": min(end, len(rows)),
            "search_id": search,
            "has_more": end < len(rows),
        }
        return answered(call, {"data": data, "error": OK})
