"""A small Graph API: pages, posts and videos of made-up ids, answered as the reference says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from crawler.contract import Answer, Call
from crawler.platforms.facebook.config import FacebookConfig
from model.messages import Visit, VisitKind, Window
from tests.crawler.platforms.driver import answered

PAGE = "700100200300400"
HOST = "http://graph.test"
CONFIG = FacebookConfig(api_url=HOST)
WINDOW = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
SLOT = datetime(2026, 6, 4, tzinfo=UTC)


def visit(kind: VisitKind, account: str = PAGE, **more: Any) -> Visit:
    """A visit of one slot."""
    return Visit(
        platform="facebook", account=account, handle=f"City{account}", kind=kind, slot=SLOT, **more
    )


TIMELINE = visit(VisitKind.TIMELINE, window=WINDOW)


def post(number: int, at: datetime, media: str = "photo", **more: Any) -> dict[str, Any]:
    """A post as the published_posts edge shows it; `likes` 100 + number."""
    summed = {"data": [], "summary": {"total_count": 100 + number}}
    return {
        "id": f"{PAGE}_{number}",
        "created_time": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
        "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{number}/",
        "status_type": "added_video" if media == "video" else "added_photos",
        "message": f"post {number}",
        "attachments": {"data": [{"media_type": media, "type": media}]},
        "comments": {"data": [], "summary": {"total_count": 7, "can_comment": True}},
        "reactions": summed,
        "like": {"data": [], "summary": {"total_count": 90 + number}},
        **more,
    }


def video(number: int, of_post: int, at: datetime, views: int) -> dict[str, Any]:
    """A video as the videos edge shows it; its id is not its post's."""
    return {
        "id": str(number),
        "created_time": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
        "permalink_url": f"/{PAGE}/videos/{number}/",
        "views": views,
        "post_id": str(of_post),
    }


def error(message: str, code: int, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    """An error object."""
    said = {"message": message, "type": "OAuthException", "code": code, **more}
    return {"error": said if subcode is None else {**said, "error_subcode": subcode}}


def absent(key: str) -> dict[str, Any]:
    """What is answered for an object that there is not."""
    return error(f"Unsupported get request. Object with ID '{key}' does not exist", 100, 33)


def addresses(call: Call) -> list[str]:
    """What a call asks for: the addresses of a batch's parts, or its own."""
    if call.method == "GET":
        return [call.url.removeprefix(f"{HOST}/v25.0/")]
    form = parse_qs((call.body or b"").decode())
    return [part["relative_url"] for part in msgspec.json.decode(form["batch"][0])]


TOO_MUCH = error("Please reduce the amount of data you're asking for, then retry your request", 1)


@dataclass
class Graph:
    """Answers calls; `refuse` may answer first."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    videos: list[dict[str, Any]] = field(default_factory=list)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuse: Callable[[str, dict[str, str]], dict[str, Any] | None] | None = None
    most: int = 100
    """Rows a page, however many are asked for."""
    ceiling: int = 100_000
    """Posts a list, however many there are."""
    newest: int = 100_000
    """Posts, newest first, of which lists show any."""

    def __call__(self, call: Call) -> Answer:
        assert "token" not in call.url
        if call.method == "POST":
            assert call.url == f"{HOST}/v25.0/"
            return answered(call, [self._part(address) for address in addresses(call)])
        status, body = self._answer(urlsplit(call.url).path.removeprefix("/v25.0/"), call.url)
        return answered(call, body, status=status)

    def _part(self, address: str) -> dict[str, Any]:
        """One part of a batch."""
        code, body = self._answer(address.partition("?")[0], address)
        headers = [{"name": "Content-Type", "value": "application/json"}]
        return {"code": code, "headers": headers, "body": msgspec.json.encode(body).decode()}

    def _answer(self, path: str, address: str) -> tuple[int, dict[str, Any]]:
        query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        refused = self.refuse(path, query) if self.refuse else None
        if refused is not None:
            return 400, refused
        if path.endswith("/reactions"):
            total = 10 * len(query["type"])
            return 200, {"data": [], "summary": {"total_count": total}}
        if "/" not in path:
            found = self.objects.get(path)
            return (200, found) if found else (400, absent(path))
        return 200, self._edge_of(path, query)

    def _edge_of(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        assert path.startswith(f"{PAGE}/")
        if path.endswith("/videos"):
            return self._edge(self.videos, path, query)
        since, until = int(query["since"]), int(query["until"])
        shown = [p for p in self.posts[: self.newest] if since <= _epoch(p) <= until]
        return self._edge(shown[: self.ceiling], path, query)

    def _edge(self, rows: list[dict[str, Any]], path: str, query: dict[str, str]) -> dict[str, Any]:
        start = int(query.get("after", "0"))
        end = start + min(int(query["limit"]), self.most)
        body: dict[str, Any] = {"data": rows[start:end]}
        if rows[start:end]:
            body["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(rows):
            onward = {**query, "after": str(end), "access_token": "SECRET"}
            body["paging"]["next"] = f"{HOST}/v25.0/{path}?{urlencode(onward)}"
        return body


def _epoch(obj: dict[str, Any]) -> float:
    return datetime.fromisoformat(obj["created_time"]).timestamp()


def may(day: int, hour: int = 12) -> datetime:
    """An instant of May 2026."""
    return datetime(2026, 5, day, hour, tzinfo=UTC)
