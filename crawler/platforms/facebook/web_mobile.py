"""Pages and XHR of m.facebook.com as they were until about 2022; raw archives still hold them.

An article's attributes say who published what and when (`mf_story_key…`, `publish_time`); the
counters stand in a script, under the same number (`MLiveData`, `ft_ent_identifier`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from crawler.errors import ShapeError
from crawler.reading.shape import epoch, whole
from model.count import Count
from model.items import VIDEO_TYPES, Mapped, PostItem, PostType
from model.route import Route

_ARTICLE = re.compile(r"mf_story_key\.(\d{1,25}):top_level_post_id\.(\d{1,25})")
_OWNER = re.compile(r"content_owner_id_new\.(\d{1,25})")
_PUBLISHED = re.compile(r"publish_time\\*\"?:\\*\"?(\d{1,12})")
_STYLE = re.compile(r"story_attachment_style\.(\w{1,40})")
_TARGET = re.compile(r"feedback_target\\*\"?:\\*\"?(\d{1,25})")
_LIVE = re.compile(r"ft_ent_identifier\"?:\"?(\d{1,25})")
_COUNTERS = {
    name: re.compile(rf"(?<![a-z_]){key}\"?:\"?(-?\d{{1,25}})")
    for name, key in (
        ("likes", "like_count"),
        ("comments", "comment_count"),
        ("shares", "share_count"),
    )
}
_FAR = 20_000
"""Characters within which an article's attributes and a script's counters stand together."""
_STYLES = {
    "photo": PostType.PHOTO,
    "album": PostType.ALBUM,
    "new_album": PostType.ALBUM,
    "share": PostType.LINK,
}


def is_mobile(text: str) -> bool:
    """Whether an answer is of this layout."""
    return "mf_story_key." in text


def map_mobile(documents: list[Any], page: str, observed_at: datetime) -> Mapped:
    """The posts of a page or of an XHR that carries pieces of one. Raises ShapeError."""
    text = html.unescape("\n".join([page, *_strings(documents)]))
    counters = dict(_counters(text))
    found: dict[str, PostItem] = {}
    failed: list[str] = []
    for key, about in _articles(text):
        try:
            target = _TARGET.search(about)
            shown = counters.get(key) or counters.get(target[1] if target else key, {})
            found[key] = _post(key, about, shown, observed_at)
        except ShapeError as error:
            failed.append(error.path)
    if not found:
        raise ShapeError(failed[0] if failed else "article")
    return Mapped(
        shape="facebook.mobile", posts=tuple(found.values()), unmapped=tuple(dict.fromkeys(failed))
    )


def _strings(documents: list[Any]) -> Iterator[str]:
    """Every text in the documents, in order, without recursion."""
    pending = list(reversed(documents))
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            pending.extend(reversed(value.values()))
        elif isinstance(value, list):
            pending.extend(reversed(value))


def _articles(text: str) -> Iterator[tuple[str, str]]:
    """The post number of each article once, and the text up to the next article's."""
    firsts = {hit[2]: hit.start() for hit in reversed(list(_ARTICLE.finditer(text)))}
    starts = sorted((start, key) for key, start in firsts.items())
    for (start, key), (end, _) in pairwise([*starts, (len(text), "")]):
        yield key, text[start : min(end, start + _FAR)]


def _counters(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    hits = list(_LIVE.finditer(text))
    ends = [*(hit.start() for hit in hits[1:]), len(text)]
    for hit, end in zip(hits, ends, strict=False):
        about = text[hit.start() : min(end, hit.start() + _FAR)]
        yield hit[1], {name: m[1] for name, of in _COUNTERS.items() if (m := of.search(about))}


def _post(key: str, about: str, counters: dict[str, Any], observed_at: datetime) -> PostItem:
    owner, style = _OWNER.search(about), _STYLE.search(about)
    published = _PUBLISHED.search(about)
    if owner is None or published is None:
        raise ShapeError(f"article.{key}", "tells no owner or no time")
    kind = _type(style[1] if style else "")
    counts = {
        name: Count(whole(counters[name], f"{key}.{name}"))
        if name in counters
        else Count.not_read()
        for name in _COUNTERS
    }
    views = Count.not_read() if kind is None or kind in VIDEO_TYPES else Count.not_offered()
    return PostItem(
        platform="facebook",
        id=f"{owner[1]}_{key}",
        account=owner[1],
        published_at=epoch(published[1], f"{key}.publish_time"),
        type=kind,
        observed_at=observed_at,
        source=Route.WEB,
        counts={**counts, "views": views},
    )


def _type(style: str) -> PostType | None:
    return PostType.VIDEO if style.startswith("video") else _STYLES.get(style)
