"""YouTube Data API v3: channels, playlistItems, videos, search.

Sources: the v3 discovery document; the quota table of the Data API (1 unit a list call, 10,000 a
day until midnight Pacific time; search: 100 calls a day, 100 units each).
"""

from __future__ import annotations

import base64
import binascii

from sandbox.service.exchange import (
    JSON_TYPE,
    BadParameter,
    JsonObject,
    PlatformRequest,
    Refused,
    Reply,
    listed,
    refused_token,
    whole_number,
    word_set,
)
from sandbox.service.faults import FaultKind
from sandbox.service.limits import WindowTotals, pacific_day
from sandbox.service.platform import Endpoint, PlatformService, ServedCall, Services
from sandbox.world.model import WorldAccount, WorldPost
from sandbox.youtube import errors, shapes
from sandbox.youtube.limits import YouTubeLimits

_BATCH = 50
_SEARCH_UNITS = 100
_CHANNEL_PARTS = word_set(
    "auditDetails brandingSettings contentDetails contentOwnerDetails id localizations snippet "
    "statistics status topicDetails"
)
_ITEM_PARTS = word_set("contentDetails id snippet status")
_VIDEO_PARTS = word_set(
    "contentDetails fileDetails id liveStreamingDetails localizations paidProductPlacementDetails "
    "player processingDetails recordingDetails snippet statistics status suggestions topicDetails"
)


class YouTubeApi(PlatformService):
    """The official API of YouTube."""

    name = "youtube"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._spent = WindowTotals()

    def endpoints(self) -> list[Endpoint]:
        """The list calls, under both of the platform's paths."""
        handlers = {
            "channels": self.channels,
            "playlistItems": self.playlist_items,
            "videos": self.videos,
            "search": self.search,
        }
        return [
            Endpoint(name, f"/youtube/v3/{name}", handler) for name, handler in handlers.items()
        ]

    def token(self, request: PlatformRequest) -> str:
        """The key, from the query, the header, or a bearer token."""
        token = request.params.get("key") or request.headers.get("x-goog-api-key") or request.bearer
        if not token:
            raise Refused(errors.no_key())
        refusal = refused_token(token)
        if refusal == "forbidden":
            raise Refused(errors.forbidden())
        if refusal:
            raise Refused(errors.key_invalid())
        return token

    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """Error bodies of YouTube."""
        if kind is FaultKind.RATE_LIMITED:
            return errors.rate_limited()
        if kind is FaultKind.QUOTA_SPENT:
            return errors.quota_exceeded()
        if kind is FaultKind.EXPIRED_TOKEN:
            return errors.key_invalid()
        return errors.backend(status)

    def check_limits(self, call: ServedCall) -> None:
        """Takes the units of the call from the day's quota; refused calls cost them as well."""
        limits, day = self.services.limits.of(YouTubeLimits), pacific_day(call.now)
        units = _units(call.endpoint)
        used = self._spent.add(call.credential, day, units)
        if used > limits.units_a_day:
            raise Refused(errors.quota_exceeded())
        if call.endpoint == "search":
            searches = self._spent.add(f"search:{call.credential}", day, 1)
            if searches > limits.searches_a_day:
                raise Refused(errors.quota_exceeded())

    def charge(self, call: ServedCall, reply: Reply) -> dict[str, str]:
        """YouTube tells of no limits in its headers. An unchanged answer has no body."""
        reply.units = _units(call.endpoint)
        reply.content_type = JSON_TYPE
        etag = reply.payload.get("etag") if isinstance(reply.payload, dict) else None
        if etag is not None and call.request.headers.get("if-none-match") in (etag, f'"{etag}"'):
            reply.status, reply.payload, reply.rows = 304, b"", None
        return {"vary": "Origin, X-Origin, Referer"}

    def channels(self, call: ServedCall) -> Reply:
        """GET channels: by id (50 at most, in no particular order), forHandle or forUsername."""
        request = call.request
        parts = _parts(request, _CHANNEL_PARTS)
        directory = self.directory
        if "id" in request.params:
            ids = _ids(request)
            found = [a for i in sorted(ids) if (a := self.account(i)) is not None]
        elif handle := request.params.get("forHandle") or request.params.get("forUsername"):
            named = self.by_handle(handle.removeprefix("@"))
            found = [named] if named is not None else []
        else:
            raise Refused(errors.missing_filter("id, forHandle"))
        items = [
            shapes.channel_body(account, directory.handle(account), parts, call.now)
            for account in found
        ]
        return _list("channel", items, len(items), len(items))

    def videos(self, call: ServedCall) -> Reply:
        """GET videos by id, 50 at most; what is deleted or unknown is left out without a word."""
        parts = _parts(call.request, _VIDEO_PARTS)
        if "id" not in call.request.params:
            raise Refused(errors.missing_filter("id"))
        posts = [
            post
            for video_id in _ids(call.request)
            if (post := self.find_post(video_id, call.now)) is not None
        ]
        items = [shapes.video_body(post, parts, call.now) for post in posts]
        return _list("video", items, len(items), len(items), keep_empty=True)

    def playlist_items(self, call: ServedCall) -> Reply:
        """GET playlistItems of an uploads playlist: newest first, but not strictly."""
        request = call.request
        parts = _parts(request, _ITEM_PARTS)
        playlist = request.params.get("playlistId")
        if playlist is None:
            raise Refused(errors.missing_filter("playlistId"))
        owner = None
        if playlist.startswith("UU"):
            owner = self.account(f"UC{playlist[2:]}")
        if owner is None:
            raise Refused(errors.playlist_not_found(playlist))
        ceiling = self.services.limits.of(YouTubeLimits).uploads_listed
        uploads = [post for post in _shelf(owner) if shapes.listed_in_uploads(post, call.now)]
        shelf = uploads[:ceiling]
        size, start = _page(request)
        page = shelf[start : start + size]
        items = [
            shapes.playlist_item(post, start + place, parts, call.now)
            for place, post in enumerate(page)
        ]
        reply = _list("playlistItem", items, len(uploads), size, keep_empty=True)
        _add_tokens(reply.payload, start, size, len(shelf))
        return reply

    def search(self, call: ServedCall) -> Reply:
        """GET search within a channel, by date: works, and is far too dear to be used."""
        request = call.request
        _parts(request, word_set("snippet id"))
        channel = self.account(request.params.get("channelId", ""))
        posts = channel.visible(call.now)[::-1] if channel is not None else []
        size, start = _page(request)
        items = [shapes.search_result(post) for post in posts[start : start + size]]
        reply = _list("search", items, len(posts), size, keep_empty=True)
        _add_tokens(reply.payload, start, size, len(posts))
        return reply


def _units(endpoint: str) -> int:
    return _SEARCH_UNITS if endpoint == "search" else 1


def _parts(request: PlatformRequest, known: frozenset[str]) -> frozenset[str]:
    parts = listed(request, "part")
    if not parts:
        raise Refused(errors.missing_parameter("part"))
    for part in parts:
        if part not in known:
            raise Refused(errors.unknown_part(part))
    return frozenset(parts)


def _ids(request: PlatformRequest) -> list[str]:
    ids = listed(request, "id")
    if len(ids) > _BATCH:
        raise Refused(errors.too_many_ids(len(ids)))
    return ids


def _page(request: PlatformRequest) -> tuple[int, int]:
    """Size and start of the page. Raises Refused."""
    try:
        size = whole_number(request, "maxResults", 5, 0, _BATCH)
    except BadParameter as bad:
        raise Refused(errors.invalid_value(bad)) from bad
    token = request.params.get("pageToken")
    return size, _start(token) if token else 0


def _list(
    kind: str, items: list[JsonObject], total: int, per_page: int, *, keep_empty: bool = False
) -> Reply:
    """A list answer. A look-up of channels that finds none has no `items` at all."""
    name = f"youtube#{kind}ListResponse"
    info = {"totalResults": total, "resultsPerPage": per_page}
    etag = shapes.etag(name, *(item["etag"] for item in items), str(total))
    payload: JsonObject = {"kind": name, "etag": etag, "pageInfo": info}
    if items or keep_empty:
        payload["items"] = items
    return Reply(payload, rows=items, content_type=JSON_TYPE)


def _add_tokens(payload: JsonObject, start: int, size: int, total: int) -> None:
    if start + size < total and size > 0:
        payload["nextPageToken"] = _token(start + size)
    if start > 0:
        payload["prevPageToken"] = _token(max(start - size, 0))


def _token(start: int) -> str:
    """A page token in the manner of the platform: a small binary message in base64."""
    high, low = divmod(start, 128)
    number = bytes([low | 128, high]) if high else bytes([low])
    return base64.urlsafe_b64encode(b"\x08" + number + b"\x10\x00").decode().rstrip("=")


def _start(token: str) -> int:
    """The place that a page token stands for. Raises Refused."""
    try:
        message = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise Refused(errors.invalid_page_token(token)) from error
    if message[:1] != b"\x08" or message[-2:] != b"\x10\x00" or not 4 <= len(message) <= 5:
        raise Refused(errors.invalid_page_token(token))
    number = message[1:-2]
    return number[0] if len(number) == 1 else (number[0] & 127) + 128 * number[1]


def _shelf(account: WorldAccount) -> list[WorldPost]:
    """All uploads in the order of the playlist; made once."""
    if account.shelf is None:
        account.shelf = sorted(account.posts, key=shapes.shelf_key, reverse=True)
    return account.shelf
