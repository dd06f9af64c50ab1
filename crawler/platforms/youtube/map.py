"""Which of YouTube's answers a body is, by its shape alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.errors import Retry, ShapeError
from crawler.platforms.youtube import api_map, errors
from crawler.platforms.youtube.web_listing import map_feed
from crawler.platforms.youtube.web_map import is_channel, map_channel_page
from crawler.platforms.youtube.web_page import embedded
from crawler.platforms.youtube.web_post import is_watch, map_player, map_watch_page, merged
from crawler.reading import shape
from model.items import Mapped
from model.messages import Outcome
from model.route import Route

_RESOURCES = {
    "youtube#channel": api_map.CHANNELS,
    "youtube#video": api_map.VIDEOS,
    "youtube#playlistItem": api_map.UPLOADS,
}

_PARTS = {"response", "playerResponse"}


def map_answer(body: bytes, observed_at: datetime, route: Route | None = None) -> Mapped:
    """Maps any answer of YouTube, whatever its route; its shapes are all different.

    Raises CrawlError for error bodies, ShapeError for what is no answer.
    """
    del route
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise Retry(Outcome.EMPTY_UNEXPECTED, "empty answer")
    if start.startswith(b"<"):
        if start.startswith(b"<?xml") or start.startswith(b"<feed"):
            return map_feed(body.lstrip(), observed_at)
        data = embedded(body)
        parts = data.get("ytInitialData"), data.get("ytInitialPlayerResponse")
        return map_page_data(*parts, observed_at)
    answer = shape.decode(body)
    if isinstance(answer, list):
        return _list(answer, observed_at)
    return _object(shape.mapping(answer, ""), observed_at)


def map_page_data(
    data: dict[str, Any] | None, played: dict[str, Any] | None, observed_at: datetime
) -> Mapped:
    """Maps what a page or its calls carry: page data, a player's answer, or both.

    Raises CrawlError.
    """
    if data is not None and is_watch(data):
        shown = map_watch_page(data, observed_at)
        post = shown.post if played is None else merged(map_player(played, observed_at), shown.post)
        accounts = () if shown.account is None else (shown.account,)
        return Mapped(shape="youtube.watch_page", accounts=accounts, posts=(post,))
    if played is not None:
        return Mapped(shape="youtube.player", posts=(map_player(played, observed_at),))
    if data is not None and is_channel(data):
        return map_channel_page(data, observed_at)
    raise ShapeError("answer", "is none of the pages that are known here")


def _object(answer: dict[str, Any], observed_at: datetime) -> Mapped:
    if "error" in answer:
        errors.raise_error(answer["error"], observed_at)
    if "kind" in answer:
        return _official(answer, observed_at)
    if not _PARTS.isdisjoint(answer):
        return _parts(answer, observed_at)
    played = any(key in answer for key in ("videoDetails", "playabilityStatus")) or (
        shape.dig(answer, "microformat", "playerMicroformatRenderer") is not None
    )
    return (
        map_page_data(None, answer, observed_at)
        if played
        else map_page_data(answer, None, observed_at)
    )


def _official(answer: dict[str, Any], observed_at: datetime) -> Mapped:
    kind = shape.text(answer, "kind")
    if kind in _RESOURCES:
        return _official({"kind": _RESOURCES[kind], "items": [answer]}, observed_at)
    if kind == api_map.CHANNELS:
        return api_map.map_channels(answer, observed_at)
    if kind == api_map.VIDEOS:
        return api_map.map_videos(answer, observed_at)
    if kind == api_map.UPLOADS:
        found = api_map.read_uploads(answer)
        return Mapped(shape="youtube.playlistItems", unmapped=found.unmapped, next=found.next)
    raise ShapeError("kind", "names no answer that is known here")


def _list(answer: list[Any], observed_at: datetime) -> Mapped:
    """Resources without their envelope, or the parts of a page fetched with `pbj=1`."""
    kinds = {str(shape.dig(part, "kind")) for part in answer}
    if len(kinds) == 1 and kinds <= _RESOURCES.keys():
        return _official({"kind": _RESOURCES[kinds.pop()], "items": answer}, observed_at)
    parts: dict[str, Any] = {}
    for part in answer:
        parts |= part if isinstance(part, dict) else {}
    return _parts(parts, observed_at)


def _parts(parts: dict[str, Any], observed_at: datetime) -> Mapped:
    data = shape.optional_inner(parts, "response")
    return map_page_data(data, shape.optional_inner(parts, "playerResponse"), observed_at)
