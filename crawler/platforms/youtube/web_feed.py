"""The Atom feed of a channel: its 15 newest videos with exact views and likes.

`https://www.youtube.com/feeds/videos.xml?channel_id=…`; likes are `media:starRating count` (the
average is 5.00 throughout), views `media:statistics views`. No comments, no shares, no followers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from parsel import Selector

from crawler.errors import ShapeError
from crawler.reading import shape
from model.count import Count, Source
from model.items import Mapped, PostItem, PostType

SHAPE = "youtube.feed"
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "yt": "http://www.youtube.com/xml/schemas/2015",
    "media": "http://search.yahoo.com/mrss/",
}


def feed(body: bytes, observed_at: datetime) -> Mapped:
    """Maps a feed. Raises ShapeError."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ShapeError("feed", f"is not UTF-8: {error}") from error
    if not text.rstrip().endswith("</feed>"):
        raise ShapeError("feed", "ends too early")
    root = Selector(text=_undeclared(text), type="xml").xpath(
        "/atom:feed[atom:link]", namespaces=_NAMESPACES
    )
    if not root:
        raise ShapeError("feed", "is no Atom feed")
    rows, unmapped = shape.each(
        list(root.xpath("atom:entry", namespaces=_NAMESPACES)),
        "entry",
        lambda entry, path: _entry(entry, path, observed_at),
    )
    return Mapped(shape=SHAPE, posts=rows, unmapped=unmapped)


def _undeclared(text: str) -> str:
    """Without the XML declaration, whose encoding is no longer true of a decoded text."""
    return text[text.index("?>") + 2 :] if text.startswith("<?xml") and "?>" in text else text


def _entry(entry: Any, path: str, observed_at: datetime) -> PostItem:
    link = _value(entry, "atom:link[@rel='alternate']/@href")
    identity = shape.ident(_value(entry, "yt:videoId/text()"), f"{path}.videoId")
    return PostItem(
        platform="youtube",
        id=identity,
        account=_value(entry, "yt:channelId/text()"),
        published_at=shape.instant(_value(entry, "atom:published/text()"), f"{path}.published"),
        type=PostType.SHORT if link is not None and "/shorts/" in link else None,
        text=_value(entry, "atom:title/text()"),
        url=f"https://www.youtube.com/watch?v={identity}",
        observed_at=observed_at,
        source=Source.WEB,
        counts=_counts(entry, path),
    )


def _counts(entry: Any, path: str) -> dict[str, Count]:
    views = _value(entry, "media:group/media:community/media:statistics/@views")
    likes = _value(entry, "media:group/media:community/media:starRating/@count")
    shown = bool(entry.xpath("media:group/media:community", namespaces=_NAMESPACES))
    without_likes = Count.hidden() if shown else Count.not_read()
    return {
        "likes": without_likes if likes is None else Count(shape.whole(likes, f"{path}.likes")),
        "comments": Count.not_read(),
        "shares": Count.not_offered(),
        "views": Count.not_read() if views is None else Count(shape.whole(views, f"{path}.views")),
    }


def _value(entry: Any, query: str) -> str | None:
    found: str | None = entry.xpath(query, namespaces=_NAMESPACES).get()
    return found
