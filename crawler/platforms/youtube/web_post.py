"""One video's page: the player's answer and the page's data.

player   `ytInitialPlayerResponse`, `/youtubei/v1/player`: exact views and likes
page     `ytInitialData`, `/youtubei/v1/next`: likes, comments, the owner; recommended and
         end-screen videos are no rows, "watching now" is not views
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from crawler.platforms.youtube.web_page import (
    channels_in,
    first,
    handle_in,
    language_of,
    number_in,
    spoken_number,
    view_count,
    words,
)
from crawler.reading import shape
from model.count import Count, Missing
from model.items import AccountItem, PostItem, PostType
from model.messages import Outcome
from model.route import Route


@dataclass(frozen=True, slots=True)
class WatchPage:
    """A video's page: the video, and its owner where shown."""

    post: PostItem
    account: AccountItem | None


def is_watch(answer: Any) -> bool:
    """Whether page data is that of a watch page."""
    return shape.dig(answer, "contents", "twoColumnWatchNextResults") is not None


def map_watch_page(answer: dict[str, Any], observed_at: datetime) -> WatchPage:
    """Maps a watch page's data. Raises ShapeError."""
    parts = list(_parts(answer))
    primary = _part(parts, "videoPrimaryInfoRenderer")
    if primary is None:
        raise ShapeError("contents.twoColumnWatchNextResults.videoPrimaryInfoRenderer")
    lang = language_of(answer)
    account = _owner(_part(parts, "videoSecondaryInfoRenderer"), lang, observed_at)
    identity = shape.ident(_identity(answer, primary), "currentVideoEndpoint.videoId")
    post = PostItem(
        platform="youtube",
        id=identity,
        account=None if account is None else account.id,
        type=_type(primary),
        text=words(primary.get("title")),
        url=f"https://www.youtube.com/watch?v={identity}",
        observed_at=observed_at,
        source=Route.WEB,
        counts={
            "likes": _likes(primary, lang),
            "comments": _comments(answer, parts, lang),
            "shares": Count.not_offered(),
            "views": _views(primary, lang),
        },
    )
    return WatchPage(post, account)


def merged(exact: PostItem, shown: PostItem) -> PostItem:
    """One video from the player's answer and the page's data; the player's numbers are exact."""
    counts = {
        name: shown.counts[name] if count.missing is Missing.NOT_READ else count
        for name, count in exact.counts.items()
    }
    account = exact.account or shown.account
    return msgspec.structs.replace(exact, account=account, counts=counts)


def _parts(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    found = shape.dig(
        answer, "contents", "twoColumnWatchNextResults", "results", "results", "contents"
    )
    for part in found if isinstance(found, list) else []:
        if isinstance(part, dict):
            yield part


def _part(parts: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((part[name] for part in parts if isinstance(part.get(name), dict)), None)


def _identity(answer: dict[str, Any], primary: dict[str, Any]) -> Any:
    named = shape.dig(answer, "currentVideoEndpoint", "watchEndpoint", "videoId")
    if named is not None:
        return named
    return shape.dig(primary, "updatedMetadataEndpoint", "updatedMetadataEndpoint", "videoId")


def _type(primary: dict[str, Any]) -> PostType:
    counter = shape.dig(primary, "viewCount", "videoViewCountRenderer")
    when = words(primary.get("dateText")) or ""
    streamed = when.startswith(("Streamed", "Started streaming", "Premiere"))
    live = shape.dig(counter, "isLive") is True or streamed
    return PostType.LIVE if live else PostType.VIDEO


def _views(primary: dict[str, Any], lang: str | None) -> Count:
    counter = shape.dig(primary, "viewCount", "videoViewCountRenderer")
    if shape.dig(counter, "isLive") is True:
        return Count.not_read()
    found = (
        view_count(shape.dig(counter, key), lang)
        for key in ("viewCount", "shortViewCount", "extraShortViewCount")
    )
    return first(*found) or Count.not_read()


def _likes(primary: dict[str, Any], lang: str | None) -> Count:
    """What the like button says: exact for screen readers, rounded on its face.

    A button without a number is what is shown where ratings are hidden.
    """
    for _, button in shape.walk(primary.get("videoActions"), _is_like_button):
        face, sentences = _button(button)
        found = first(*(spoken_number(sentence) for sentence in sentences), number_in(face, lang))
        if found is not None:
            return found
        if words(face) is not None:
            return Count.hidden()
    return Count.not_read()


def _is_like_button(node: dict[str, Any]) -> bool:
    old = shape.dig(node, "defaultIcon", "iconType") == "LIKE"
    return old or (node.get("iconName") == "LIKE" and "title" in node)


def _button(node: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The face of a like button, and what it says to screen readers."""
    if "iconName" in node:
        return node.get("title"), [node.get("accessibilityText")]
    face = node.get("defaultText")
    return face, [
        shape.dig(face, "accessibility", "accessibilityData", "label"),
        shape.dig(node, "accessibility", "label"),
        shape.dig(node, "accessibilityData", "accessibilityData", "label"),
    ]


def _comments(answer: dict[str, Any], parts: list[dict[str, Any]], lang: str | None) -> Count:
    """The number in the comments' heading (rounded from 1,000); closed comments are hidden."""
    for _, header in shape.walk(answer.get("engagementPanels"), _is_comments_panel):
        found = number_in(
            shape.dig(header, "header", "engagementPanelTitleHeaderRenderer", "contextualInfo"),
            lang,
        )
        if found is not None:
            return found
    for _, header in shape.walk(parts, lambda node: "commentCount" in node):
        found = number_in(header["commentCount"], lang)
        if found is not None:
            return found
    closed = any(True for _ in shape.walk(parts, _says_closed))
    return Count.hidden() if closed else Count.not_read()


def _is_comments_panel(node: dict[str, Any]) -> bool:
    return node.get("panelIdentifier") == "engagement-panel-comments-section"


def _says_closed(node: dict[str, Any]) -> bool:
    if node.get("sectionIdentifier") != "comment-item-section":
        return False
    contents = node.get("contents")
    entries = contents if isinstance(contents, list) else []
    return any(shape.dig(entry, "messageRenderer") is not None for entry in entries)


def _owner(
    secondary: dict[str, Any] | None, lang: str | None, observed_at: datetime
) -> AccountItem | None:
    owner = shape.dig(secondary, "owner", "videoOwnerRenderer")
    endpoint = shape.dig(owner, "navigationEndpoint", "browseEndpoint")
    identity = shape.dig(endpoint, "browseId")
    if not isinstance(identity, str):
        return _first_collaborator(owner, lang, observed_at)
    shown = shape.dig(owner, "subscriberCountText")
    followers = Count.hidden() if shown is None else number_in(shown, lang)
    return AccountItem(
        platform="youtube",
        id=identity,
        handle=handle_in(shape.dig(endpoint, "canonicalBaseUrl")),
        name=words(shape.dig(owner, "title")),
        observed_at=observed_at,
        source=Route.WEB,
        counts={"followers": followers or Count.not_read(), "posts": Count.not_read()},
    )


def _first_collaborator(owner: Any, lang: str | None, observed_at: datetime) -> AccountItem | None:
    """The owner of a video of several channels: the first entry of their dialog.

    Its subtitle is the handle and the subscribers: "@City • 2.86M subscribers".
    """
    for _, entry in shape.walk(owner, lambda node: "listItemViewModel" in node):
        item = entry["listItemViewModel"]
        for identity, endpoint in (*channels_in(shape.dig(item, "title")), *channels_in(item)):
            return AccountItem(
                platform="youtube",
                id=identity,
                handle=handle_in(shape.dig(endpoint, "canonicalBaseUrl")),
                name=words(shape.dig(item, "title")),
                observed_at=observed_at,
                source=Route.WEB,
                counts={
                    "followers": _subscribers(shape.dig(item, "subtitle"), lang),
                    "posts": Count.not_read(),
                },
            )
    return None


def _subscribers(subtitle: Any, lang: str | None) -> Count:
    """Of a subtitle of handle and subscribers, in either order."""
    parts = (words(subtitle) or "").split("•")
    others = [part for part in parts if "@" not in part]
    if not others:
        return Count.hidden()
    return first(*(number_in(part, lang) for part in others)) or Count.not_read()


def collaborators(answer: Any) -> frozenset[str]:
    """The channels by which a watch page's video was made; empty where one alone made it."""
    secondary = _part(list(_parts(answer)), "videoSecondaryInfoRenderer")
    owner = shape.dig(secondary, "owner", "videoOwnerRenderer")
    entries = shape.walk(owner, lambda node: "listItemViewModel" in node)
    return frozenset(identity for _, entry in entries for identity, _ in channels_in(entry))


def map_player(answer: dict[str, Any], observed_at: datetime) -> PostItem:
    """Maps a player's answer. Raises CrawlError for a video that cannot be seen."""
    details = shape.optional_inner(answer, "videoDetails") or {}
    page = shape.dig(answer, "microformat", "playerMicroformatRenderer")
    page = page if isinstance(page, dict) else {}
    identity = details.get("videoId") or page.get("externalVideoId")
    if identity is None:
        raise _unseen(answer)
    published_at, published_on = _player_published(page)
    return PostItem(
        platform="youtube",
        id=shape.ident(identity, "videoDetails.videoId"),
        account=_text(details.get("channelId")) or _text(page.get("externalChannelId")),
        published_at=published_at,
        published_on=published_on,
        type=_player_type(details, page),
        text=_text(details.get("title")) or _text(shape.dig(page, "title", "simpleText")),
        url=f"https://www.youtube.com/watch?v={identity}",
        observed_at=observed_at,
        source=Route.WEB,
        counts=_player_counts(details, page),
    )


def _player_counts(details: dict[str, Any], page: dict[str, Any]) -> dict[str, Count]:
    views = shape.optional_whole(details, "viewCount", "videoDetails")
    if views is None:
        views = shape.optional_whole(page, "viewCount", "microformat")
    closed = details.get("allowRatings") is False
    return {
        "likes": shape.count(
            page, "likeCount", "microformat", absent=Count.hidden if closed else Count.not_read
        ),
        "comments": Count.not_read(),
        "shares": Count.not_offered(),
        "views": Count.not_read() if views is None else Count(views),
    }


def _player_published(page: dict[str, Any]) -> tuple[datetime | None, date | None]:
    """Since about 2023 the time with its offset, before that the date alone."""
    value = page.get("publishDate")
    if value is None:
        return None, None
    if isinstance(value, str) and "T" in value:
        return shape.instant(value, "microformat.publishDate"), None
    return None, shape.day(value, "microformat.publishDate")


def _player_type(details: dict[str, Any], page: dict[str, Any]) -> PostType | None:
    if details.get("isLiveContent") is True or page.get("liveBroadcastDetails") is not None:
        return PostType.LIVE
    if page.get("isShortsEligible") is True:
        return PostType.SHORT
    return PostType.VIDEO


def _unseen(answer: dict[str, Any]) -> CrawlError:
    """Why there is no video: `playabilityStatus` tells."""
    status = shape.dig(answer, "playabilityStatus", "status")
    places = ("reason",), ("messages", 0)
    reason = next(
        filter(None, (shape.dig(answer, "playabilityStatus", *at) for at in places)), None
    )
    reason = reason[:200] if isinstance(reason, str) else "no reason"
    detail = f"playabilityStatus {status}: {reason}"
    if status == "ERROR":
        return GiveUp(Outcome.GONE, detail)
    if status == "LOGIN_REQUIRED":
        if "bot" in reason:
            return Retry(Outcome.CHALLENGE, detail)
        private = "private" in reason.casefold()
        return GiveUp(Outcome.GONE, detail) if private else Retry(Outcome.LOGIN_WALL, detail)
    if isinstance(status, str) and status != "OK":
        return GiveUp(Outcome.FORBIDDEN, detail)
    return ShapeError("videoDetails.videoId")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
