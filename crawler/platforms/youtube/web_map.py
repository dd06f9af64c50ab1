"""A channel's page (`ytInitialData`, `/youtubei/v1/browse`): its header and a tab of videos.

Subscribers are rounded to three figures or fewer and localised; views of videos are exact in the
videos tab, rounded in the shorts tab and in the newer "lockup" layout. Dates are relative, so no
row has a publication time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawler.errors import GiveUp, ShapeError
from crawler.platforms.youtube.web_listing import ITEM_KINDS, tab_item
from crawler.platforms.youtube.web_page import (
    embedded,
    handle_in,
    language_of,
    number_in,
    words,
)
from crawler.reading import shape
from model.count import Count
from model.items import AccountItem, Mapped, PostItem
from model.messages import Outcome
from model.route import Route

_NOT_FOR_ALL = (
    (re.compile(r"sign in|log in|\bage\b|age-restricted", re.IGNORECASE), Outcome.LOGIN_WALL),
    (re.compile(r"your (?:country|region)", re.IGNORECASE), Outcome.FORBIDDEN),
)
"""What alerts say of channels that exist."""
_ONWARD = "continuationItemRenderer"
"""At the end of a list that goes on."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_channel(answer: Any) -> bool:
    """Whether page data is that of a channel's page, or a further page of one."""
    if shape.dig(answer, "contents", "twoColumnBrowseResultsRenderer") is not None:
        return True
    keys = ("alerts", "onResponseReceivedActions", "onResponseReceivedEndpoints")
    return any(isinstance(shape.dig(answer, key), list) for key in keys) or (
        shape.dig(answer, "metadata", "channelMetadataRenderer") is not None
    )


def map_channel_page(answer: dict[str, Any], observed_at: datetime) -> Mapped:
    """Maps a channel's page. Raises CrawlError for one that is gone, or not shown."""
    _refuse_gone(answer)
    _refuse_gated(answer)
    lang = language_of(answer)
    account = _account(answer, lang, observed_at)
    owner = None if account is None else account.id
    posts = {post.id: post for post in _posts(answer, owner, lang, observed_at)}
    if account is None and not posts and not _is_empty_page(answer):
        raise ShapeError("metadata.channelMetadataRenderer.externalId")
    return Mapped(
        shape="youtube.channel_page",
        accounts=() if account is None else (account,),
        posts=tuple(posts.values()),
        next=_continuation(answer),
    )


def open_tab(body: bytes) -> str | None:
    """Which tab a channel's page shows, by its address; None where the page does not tell.

    A tab that a channel does not have is answered with another one.
    """
    answer = embedded(body).get("ytInitialData")
    tabs = shape.dig(answer, "contents", "twoColumnBrowseResultsRenderer", "tabs")
    for tab in tabs if isinstance(tabs, list) else []:
        shown = shape.dig(tab, "tabRenderer")
        if shape.dig(shown, "selected") is True:
            url = shape.dig(shown, "endpoint", "commandMetadata", "webCommandMetadata", "url")
            return url.rstrip("/").rpartition("/")[2] if isinstance(url, str) else None
    return None


def _refuse_gone(answer: dict[str, Any]) -> None:
    """A terminated or unknown channel comes with HTTP 200 and an alert of type ERROR; so does one
    that is not shown to everybody.
    """
    for _, alert in shape.walk(answer.get("alerts"), lambda node: node.get("type") == "ERROR"):
        text = words(alert.get("text")) or "the channel is not available"
        kept = (outcome for mark, outcome in _NOT_FOR_ALL if mark.search(text))
        raise GiveUp(next(kept, Outcome.GONE), text[:200])


def _refuse_gated(answer: dict[str, Any]) -> None:
    """A channel with an age limit asks to sign in where its videos would be."""
    for tab in _lists(answer):
        for _, node in shape.walk(tab, lambda inner: "channelAgeGateRenderer" in inner):
            said = words(shape.dig(node["channelAgeGateRenderer"], "header")) or "an age limit"
            raise GiveUp(Outcome.LOGIN_WALL, f"the channel is not shown logged out: {said[:200]}")


def _account(answer: dict[str, Any], lang: str | None, observed_at: datetime) -> AccountItem | None:
    about = shape.dig(answer, "metadata", "channelMetadataRenderer")
    old = shape.dig(answer, "header", "c4TabbedHeaderRenderer")
    shown_about = _about(answer)
    identity = shape.dig(about, "externalId") or shape.dig(old, "channelId")
    identity = identity or shown_about.get("channelId")
    if not isinstance(identity, str):
        return None
    if not _ID.fullmatch(identity):
        raise ShapeError("metadata.channelMetadataRenderer.externalId", "is no channel id")
    shown = shape.dig(about, "title") or shape.dig(old, "title")
    return AccountItem(
        platform="youtube",
        id=identity,
        handle=handle_in(
            shape.dig(about, "vanityChannelUrl") or shown_about.get("canonicalChannelUrl")
        )
        or _shown_handle(answer),
        name=shown if isinstance(shown, str) else None,
        observed_at=observed_at,
        source=Route.WEB,
        counts=_counts(answer, old, lang),
    )


def _counts(answer: dict[str, Any], old: Any, lang: str | None) -> dict[str, Count]:
    followers, posts = (
        (shape.dig(old, "subscriberCountText"), shape.dig(old, "videosCountText"))
        if old is not None
        else _shown_numbers(answer, lang)
    )
    about = _about(answer)
    followers, posts = (
        followers or about.get("subscriberCountText"),
        (posts or about.get("videoCountText")),
    )
    counts = {
        "followers": number_in(followers, lang) or Count.not_read(),
        "posts": number_in(posts, lang) or Count.not_read(),
    }
    total = number_in(about.get("viewCountText"), lang)
    return counts if total is None else {**counts, "views": total}


def _about(answer: dict[str, Any]) -> dict[str, Any]:
    """What the channel says about itself, on a page or in answer to the click on "more"."""
    found = shape.walk(answer, lambda node: "joinedDateText" in node)
    return next((about for _, about in found), {})


def _shown_numbers(answer: dict[str, Any], lang: str | None) -> tuple[Any, Any]:
    """Subscribers and videos, which stand in this order in the header since 2024.

    Where only one number is shown, its word must tell which of the two it is.
    """
    numbers = [part for part in _header_parts(answer) if number_in(part, lang) is not None]
    if len(numbers) == 2:
        return numbers[0], numbers[1]
    text = (words(numbers[0]) or "").casefold() if len(numbers) == 1 else ""
    if "subscriber" in text:
        return numbers[0], None
    return None, numbers[0] if "video" in text else None


def _header_parts(answer: dict[str, Any]) -> Iterator[Any]:
    rows = shape.dig(
        answer,
        *("header", "pageHeaderRenderer", "content", "pageHeaderViewModel"),
        *("metadata", "contentMetadataViewModel", "metadataRows"),
    )
    for row in rows if isinstance(rows, list) else []:
        parts = shape.dig(row, "metadataParts")
        for part in parts if isinstance(parts, list) else []:
            yield shape.dig(part, "text")


def _shown_handle(answer: dict[str, Any]) -> str | None:
    old = words(shape.dig(answer, "header", "c4TabbedHeaderRenderer", "channelHandleText"))
    texts = [old, *(words(part) for part in _header_parts(answer))]
    shown = next((text for text in texts if text is not None and text.startswith("@")), None)
    return None if shown is None else shown[1:]


def _posts(
    answer: dict[str, Any], owner: str | None, lang: str | None, observed_at: datetime
) -> Iterator[PostItem]:
    for part in _lists(answer):
        for _, node in shape.walk(part, lambda node: not ITEM_KINDS.isdisjoint(node)):
            for kind in ITEM_KINDS & node.keys():
                post = tab_item(kind, node[kind], owner, lang, observed_at)
                if post is not None:
                    yield post


def _lists(answer: dict[str, Any]) -> Iterator[Any]:
    """Where a page holds its channel's videos: the open tab, or what a further page appends."""
    tabs = shape.dig(answer, "contents", "twoColumnBrowseResultsRenderer", "tabs")
    for tab in tabs if isinstance(tabs, list) else []:
        yield shape.dig(tab, "tabRenderer", "content")
    for key in ("onResponseReceivedActions", "onResponseReceivedEndpoints"):
        for _, action in shape.walk(answer.get(key), lambda node: "continuationItems" in node):
            yield action["continuationItems"]


def _is_empty_page(answer: dict[str, Any]) -> bool:
    """Whether a further page appends nothing but the way to one more."""
    lists = list(_lists(answer))
    if not all(isinstance(one, list) and one for one in lists):
        return False
    return bool(lists) and all(shape.dig(item, _ONWARD) for one in lists for item in one)


def _continuation(answer: dict[str, Any]) -> str | None:
    for part in _lists(answer):
        for _, node in shape.walk(part, lambda node: _ONWARD in node):
            for _, command in shape.walk(node, lambda inner: "continuationCommand" in inner):
                token = shape.dig(command, "continuationCommand", "token")
                if isinstance(token, str):
                    return token
    return None
