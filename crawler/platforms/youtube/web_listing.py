"""Videos as a channel's Atom feed and the tabs of its page list them.

Feed: `https://www.youtube.com/feeds/videos.xml?channel_id=…`, the 15 newest videos with exact views
and likes; likes are `media:starRating count` (the average is 5.00 throughout), views
`media:statistics views`. No comments, no shares, no followers. Tabs: the layouts of 2020 to 2026.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from parsel import Selector

from crawler.errors import ShapeError
from crawler.platforms.youtube.web_page import channels_in, first, view_count, words
from crawler.reading import shape
from crawler.reading.rows import each
from model.count import Count
from model.items import Mapped, PostItem, PostType
from model.route import Route

_RENDERERS = frozenset(
    {"videoRenderer", "gridVideoRenderer", "playlistVideoRenderer", "channelVideoPlayerRenderer"}
)
_SHORTS = frozenset({"reelItemRenderer", "shortsLockupViewModel"})
ITEM_KINDS = _RENDERERS | _SHORTS | {"lockupViewModel"}
"""The keys under which a video may stand."""

_BADGE = "THUMBNAIL_OVERLAY_BADGE_STYLE_"
_LOCKUPS = {
    "LOCKUP_CONTENT_TYPE_VIDEO": PostType.VIDEO,
    "LOCKUP_CONTENT_TYPE_SHORTS": PostType.SHORT,
}
FEED_SHAPE = "youtube.feed"
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "yt": "http://www.youtube.com/xml/schemas/2015",
    "media": "http://search.yahoo.com/mrss/",
}


def map_feed(body: bytes, observed_at: datetime) -> Mapped:
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
    rows, unmapped = each(
        list(root.xpath("atom:entry", namespaces=_NAMESPACES)),
        "entry",
        lambda entry, path: _entry(entry, path, observed_at),
    )
    return Mapped(shape=FEED_SHAPE, posts=rows, unmapped=unmapped)


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
        source=Route.WEB,
        counts=_entry_counts(entry, path),
    )


def _entry_counts(entry: Any, path: str) -> dict[str, Count]:
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


def tab_item(
    kind: str, node: Any, owner: str | None, lang: str | None, observed_at: datetime
) -> PostItem | None:
    """A video of a list; None for playlists and the like, and for videos of other channels."""
    identity, by, post_type = _listed_id(kind, node), _listed_owner(node), _listed_type(kind, node)
    if not isinstance(identity, str) or post_type is None or (by and owner and by != owner):
        return None
    live = post_type is PostType.LIVE
    seen = None if live and _on_air(node) else _listed_views(kind, node, lang)
    return PostItem(
        platform="youtube",
        id=identity,
        account=owner or by,
        type=post_type,
        text=_listed_title(node),
        url=f"https://www.youtube.com/watch?v={identity}",
        observed_at=observed_at,
        source=Route.WEB,
        counts={
            "likes": Count.not_read(),
            "comments": Count.not_read(),
            "shares": Count.not_offered(),
            "views": seen or Count.not_read(),
        },
    )


def _listed_id(kind: str, node: Any) -> Any:
    if kind == "lockupViewModel":
        return shape.dig(node, "contentId")
    if kind != "shortsLockupViewModel":
        return shape.dig(node, "videoId")
    command = shape.dig(node, "onTap", "innertubeCommand", "reelWatchEndpoint", "videoId")
    shelf = shape.dig(node, "entityId")
    if command is None and isinstance(shelf, str):
        return shelf.removeprefix("shorts-shelf-item-")
    return command


def _listed_owner(node: Any) -> str | None:
    """The channel a video says it is of, where it says so: by its byline, or by the picture
    beside it. Of several channels the first is the owner."""
    lockup = shape.dig(node, "metadata", "lockupMetadataViewModel")
    places = (
        *(shape.dig(node, key) for key in ("ownerText", "longBylineText", "shortBylineText")),
        shape.dig(lockup, "metadata"),
        shape.dig(lockup, "image"),
    )
    return next((named for place in places for named, _ in channels_in(place)), None)


def _listed_type(kind: str, node: Any) -> PostType | None:
    if kind in _SHORTS or "SHORTS" in _styles(node):
        return PostType.SHORT
    base = (
        _LOCKUPS.get(str(shape.dig(node, "contentType")))
        if kind == "lockupViewModel"
        else PostType.VIDEO
    )
    streamed = (words(shape.dig(node, "publishedTimeText")) or "").startswith("Streamed")
    return PostType.LIVE if base is PostType.VIDEO and (streamed or _on_air(node)) else base


def _on_air(node: Any) -> bool:
    return not _styles(node).isdisjoint({"LIVE", "UPCOMING"})


def _styles(node: Any) -> set[str]:
    """What the badges on the picture say: DEFAULT, LIVE, UPCOMING, SHORTS."""
    overlays = shape.dig(node, "thumbnailOverlays")
    found = [
        shape.dig(overlay, "thumbnailOverlayTimeStatusRenderer", "style")
        for overlay in (overlays if isinstance(overlays, list) else [])
    ]
    picture = shape.dig(node, "contentImage")
    found += [badge["badgeStyle"] for _, badge in shape.walk(picture, _is_badge)]
    return {style.removeprefix(_BADGE) for style in found if isinstance(style, str)}


def _is_badge(node: dict[str, Any]) -> bool:
    return "badgeStyle" in node


def _listed_views(kind: str, node: Any, lang: str | None) -> Count | None:
    if kind == "shortsLockupViewModel":
        return view_count(shape.dig(node, "overlayMetadata", "secondaryText"), lang)
    if kind != "lockupViewModel":
        texts = (shape.dig(node, key) for key in ("viewCountText", "shortViewCountText"))
        return first(*(view_count(text, lang) for text in texts), _playlist_views(node, lang))
    metadata = shape.dig(node, "metadata", "lockupMetadataViewModel", "metadata")
    parts = [
        shape.dig(part, "text")
        for _, row in shape.walk(metadata, lambda inner: "metadataParts" in inner)
        if isinstance(row["metadataParts"], list)
        for part in row["metadataParts"]
    ]
    return first(*(view_count(part, lang) for part in parts))


def _playlist_views(node: Any, lang: str | None) -> Count | None:
    """A playlist's row says "106K views", "•", "4 months ago"; without views the time alone."""
    info = shape.dig(node, "videoInfo")
    runs = shape.dig(info, "runs")
    texts = [shape.dig(run, "text") for run in runs] if isinstance(runs, list) else []
    parts = [part for text in texts or [words(info)] for part in str(text).split("•")]
    named = [part for part in parts if "view" in part.casefold()]
    first_of_two = parts[:1] if len(texts) > 2 else []
    return first(*(view_count(part.strip(), lang) for part in named or first_of_two))


def _listed_title(node: Any) -> str | None:
    places: tuple[tuple[str, ...], ...] = (
        ("title",),
        ("headline",),
        ("overlayMetadata", "primaryText"),
        ("metadata", "lockupMetadataViewModel", "title"),
    )
    found = (words(shape.dig(node, *place)) for place in places)
    return next((text for text in found if text is not None), None)
