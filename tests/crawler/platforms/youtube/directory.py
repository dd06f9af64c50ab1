"""A small Data API v3 in memory: what channels.list, playlistItems.list and videos.list answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from crawler.contract import Answer, Call
from model.messages import Visit, VisitKind, Window

NOW = datetime(2025, 6, 4, 1, tzinfo=UTC)
MAY = Window(datetime(2025, 4, 30, 16, tzinfo=UTC), datetime(2025, 5, 31, 16, tzinfo=UTC))


def channel_id(number: int) -> str:
    """A made-up channel id."""
    return f"UCcityreach{number:013d}"


def video_id(channel: int, number: int) -> str:
    """A made-up video id of eleven characters."""
    return f"v{channel:03d}-{number:06d}"


def visit(number: int, kind: VisitKind, **more: Any) -> Visit:
    """A visit of a made-up channel; timelines are of May 2025 unless told otherwise."""
    if kind is VisitKind.TIMELINE:
        more.setdefault("window", MAY)
    more.setdefault("account", channel_id(number))
    more.setdefault("handle", f"city{number}")
    return Visit(platform="youtube", kind=kind, slot=NOW, **more)


def moment(instant: datetime) -> str:
    """As the API writes instants."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def days(first: datetime, count: int, step: timedelta) -> list[datetime]:
    """`count` instants, going back in time."""
    return [first - step * number for number in range(count)]


@dataclass
class Channel:
    """A channel: when each of its uploads was published, in the order of its list."""

    number: int
    uploads: Sequence[datetime | None] = ()
    """None: private or deleted."""
    omitted: set[int] = field(default_factory=set)
    """Positions that videos.list does not know."""
    listed: bool = True
    """Whether the uploads list exists."""
    statistics: dict[str, Any] = field(default_factory=dict)

    def resource(self) -> dict[str, Any]:
        """As channels.list shows it."""
        statistics = {
            "viewCount": "5000",
            "subscriberCount": "24600",
            "hiddenSubscriberCount": False,
            "videoCount": str(len(self.uploads)),
        }
        return {
            "kind": "youtube#channel",
            "id": channel_id(self.number),
            "snippet": {
                "title": f"City {self.number}",
                "customUrl": f"@city{self.number}",
                "publishedAt": "2019-12-16T00:00:00Z",
            },
            "statistics": statistics | self.statistics,
        }

    def entry(self, position: int) -> dict[str, Any]:
        """As playlistItems.list shows an upload."""
        published = self.uploads[position]
        details = {"videoId": video_id(self.number, position)}
        if published is not None:
            details["videoPublishedAt"] = moment(published)
        return {"kind": "youtube#playlistItem", "contentDetails": details}

    def video(self, position: int) -> dict[str, Any] | None:
        """As videos.list shows an upload; None where it leaves it out."""
        published = self.uploads[position]
        if published is None or position in self.omitted:
            return None
        return {
            "kind": "youtube#video",
            "id": video_id(self.number, position),
            "snippet": {
                "title": f"Video {position}",
                "channelId": channel_id(self.number),
                "publishedAt": moment(published),
                "liveBroadcastContent": "none",
            },
            "statistics": {
                "viewCount": str(1000 + position),
                "likeCount": str(100 + position),
                "commentCount": str(position),
            },
        }


class Directory:
    """Answers calls from channels, and keeps what was asked. `tamper` may change any answer."""

    def __init__(self, *channels: Channel) -> None:
        self.channels = {channel.number: channel for channel in channels}
        self.asked: list[Call] = []
        self.tamper: Callable[[Call, int, Any], tuple[int, Any]] = lambda _, status, body: (
            status,
            body,
        )

    def __call__(self, call: Call) -> Answer:
        """One call, one answer."""
        self.asked.append(call)
        query = {key: values[0] for key, values in parse_qs(urlsplit(call.url).query).items()}
        status, body = self.tamper(call, *getattr(self, "_" + call.endpoint)(query))
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return Answer(call=call, status=status, headers={}, body=raw, observed_at=NOW)

    def endpoints(self) -> dict[str, int]:
        """How often each endpoint was asked."""
        names = [call.endpoint for call in self.asked]
        return {name: names.count(name) for name in dict.fromkeys(names)}

    def _channels(self, query: dict[str, str]) -> tuple[int, Any]:
        if "forHandle" in query:
            found = [c for c in self.channels.values() if f"@city{c.number}" == query["forHandle"]]
        else:
            ids = query["id"].split(",")
            assert len(ids) <= 50
            found = [c for c in self.channels.values() if channel_id(c.number) in ids]
        answer: dict[str, Any] = {
            "kind": "youtube#channelListResponse",
            "pageInfo": {"totalResults": len(found), "resultsPerPage": 50},
        }
        if found:
            answer["items"] = [channel.resource() for channel in found]
        return 200, answer

    def _playlistItems(self, query: dict[str, str]) -> tuple[int, Any]:
        channel = self._by_id("UC" + query["playlistId"].removeprefix("UU"))
        if channel is None or not channel.listed:
            return 404, error(404, "playlistNotFound", "youtube.playlistItem")
        first, size = int(query.get("pageToken", "P0")[1:]), int(query["maxResults"])
        there = range(first, min(first + size, len(channel.uploads)))
        answer = {
            "kind": "youtube#playlistItemListResponse",
            "items": [channel.entry(position) for position in there],
            "pageInfo": {"totalResults": len(channel.uploads), "resultsPerPage": size},
        }
        if first:
            answer["prevPageToken"] = f"P{first - size}"
        if there.stop < len(channel.uploads):
            answer["nextPageToken"] = f"P{there.stop}"
        return 200, answer

    def _videos(self, query: dict[str, str]) -> tuple[int, Any]:
        ids = query["id"].split(",")
        assert len(ids) <= 50
        found = []
        for asked in ids:
            channel = self.channels.get(int(asked[1:4]))
            video = None if channel is None else channel.video(int(asked[5:]))
            found += [] if video is None else [video]
        return 200, {
            "kind": "youtube#videoListResponse",
            "items": found,
            "pageInfo": {"totalResults": len(found), "resultsPerPage": len(found)},
        }

    def _by_id(self, asked: str) -> Channel | None:
        return next((c for n, c in self.channels.items() if channel_id(n) == asked), None)


def error(code: int, reason: str, domain: str = "global", message: str = "No.") -> dict[str, Any]:
    """An error body."""
    inner = {"message": message, "domain": domain, "reason": reason}
    return {"error": {"code": code, "message": message, "errors": [inner]}}
