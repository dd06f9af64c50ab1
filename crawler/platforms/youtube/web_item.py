"""One video in a list of a channel's page, in the layouts of 2020 to 2026."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawler.platforms.youtube.web_text import first, views, words
from crawler.reading import shape
from model.count import Count, Source
from model.items import PostItem, PostType

_RENDERERS = frozenset(
    {"videoRenderer", "gridVideoRenderer", "playlistVideoRenderer", "channelVideoPlayerRenderer"}
)
_SHORTS = frozenset({"reelItemRenderer", "shortsLockupViewModel"})
KINDS = _RENDERERS | _SHORTS | {"lockupViewModel"}
"""The keys under which a video may stand."""

_BADGE = "THUMBNAIL_OVERLAY_BADGE_STYLE_"
_LOCKUPS = {
    "LOCKUP_CONTENT_TYPE_VIDEO": PostType.VIDEO,
    "LOCKUP_CONTENT_TYPE_SHORTS": PostType.SHORT,
}


def item(
    kind: str, node: Any, owner: str | None, lang: str | None, observed_at: datetime
) -> PostItem | None:
    """A video of a list; None for playlists and the like, and for videos of other channels."""
    identity, by, post_type = _identity(kind, node), _owner(node), _type(kind, node)
    if not isinstance(identity, str) or post_type is None or (by and owner and by != owner):
        return None
    live = post_type is PostType.LIVE
    seen = None if live and _on_air(node) else _views(kind, node, lang)
    return PostItem(
        platform="youtube",
        id=identity,
        account=owner or by,
        type=post_type,
        text=_title(node),
        url=f"https://www.youtube.com/watch?v={identity}",
        observed_at=observed_at,
        source=Source.WEB,
        counts={
            "likes": Count.not_read(),
            "comments": Count.not_read(),
            "shares": Count.not_offered(),
            "views": seen or Count.not_read(),
        },
    )


def _identity(kind: str, node: Any) -> Any:
    if kind == "lockupViewModel":
        return shape.dig(node, "contentId")
    if kind != "shortsLockupViewModel":
        return shape.dig(node, "videoId")
    command = shape.dig(node, "onTap", "innertubeCommand", "reelWatchEndpoint", "videoId")
    shelf = shape.dig(node, "entityId")
    if command is None and isinstance(shelf, str):
        return shelf.removeprefix("shorts-shelf-item-")
    return command


def _owner(node: Any) -> str | None:
    """The channel a video says it is of, where it says so."""
    for key in ("ownerText", "longBylineText", "shortBylineText"):
        endpoint = shape.dig(node, key, "runs", 0, "navigationEndpoint", "browseEndpoint")
        found = shape.dig(endpoint, "browseId")
        if isinstance(found, str):
            return found
    return None


def _type(kind: str, node: Any) -> PostType | None:
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


def _views(kind: str, node: Any, lang: str | None) -> Count | None:
    if kind == "shortsLockupViewModel":
        return views(shape.dig(node, "overlayMetadata", "secondaryText"), lang)
    if kind != "lockupViewModel":
        exact = views(shape.dig(node, "viewCountText"), lang)
        return first(exact, views(shape.dig(node, "shortViewCountText"), lang))
    metadata = shape.dig(node, "metadata", "lockupMetadataViewModel", "metadata")
    parts = [
        shape.dig(part, "text")
        for _, row in shape.walk(metadata, lambda inner: "metadataParts" in inner)
        if isinstance(row["metadataParts"], list)
        for part in row["metadataParts"]
    ]
    return first(*(views(part, lang) for part in parts))


def _title(node: Any) -> str | None:
    places: tuple[tuple[str, ...], ...] = (
        ("title",),
        ("headline",),
        ("overlayMetadata", "primaryText"),
        ("metadata", "lockupMetadataViewModel", "title"),
    )
    found = (words(shape.dig(node, *place)) for place in places)
    return next((text for text in found if text is not None), None)
