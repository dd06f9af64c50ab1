"""The player's answer (`ytInitialPlayerResponse`, `/youtubei/v1/player`): exact views and likes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from crawler.reading import shape
from model.count import Count, Source
from model.items import PostItem, PostType
from model.messages import Outcome


def player(answer: dict[str, Any], observed_at: datetime) -> PostItem:
    """Maps a player's answer. Raises CrawlError for a video that cannot be seen."""
    details = shape.optional_inner(answer, "videoDetails") or {}
    page = shape.dig(answer, "microformat", "playerMicroformatRenderer")
    page = page if isinstance(page, dict) else {}
    identity = details.get("videoId") or page.get("externalVideoId")
    if identity is None:
        raise _unseen(answer)
    published_at, published_on = _published(page)
    return PostItem(
        platform="youtube",
        id=shape.ident(identity, "videoDetails.videoId"),
        account=_text(details.get("channelId")) or _text(page.get("externalChannelId")),
        published_at=published_at,
        published_on=published_on,
        type=_type(details, page),
        text=_text(details.get("title")) or _text(shape.dig(page, "title", "simpleText")),
        url=f"https://www.youtube.com/watch?v={identity}",
        observed_at=observed_at,
        source=Source.WEB,
        counts=_counts(details, page),
    )


def _counts(details: dict[str, Any], page: dict[str, Any]) -> dict[str, Count]:
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


def _published(page: dict[str, Any]) -> tuple[datetime | None, date | None]:
    """Since about 2023 the time with its offset, before that the date alone."""
    value = page.get("publishDate")
    if value is None:
        return None, None
    if isinstance(value, str) and "T" in value:
        return shape.instant(value, "microformat.publishDate"), None
    return None, shape.day(value, "microformat.publishDate")


def _type(details: dict[str, Any], page: dict[str, Any]) -> PostType | None:
    if details.get("isLiveContent") is True or page.get("liveBroadcastDetails") is not None:
        return PostType.LIVE
    if page.get("isShortsEligible") is True:
        return PostType.SHORT
    return PostType.VIDEO


def _unseen(answer: dict[str, Any]) -> CrawlError:
    """Why there is no video: `playabilityStatus` tells."""
    status = shape.dig(answer, "playabilityStatus", "status")
    told = ("reason",), ("messages", 0)
    reason = next(filter(None, (shape.dig(answer, "playabilityStatus", *at) for at in told)), None)
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
