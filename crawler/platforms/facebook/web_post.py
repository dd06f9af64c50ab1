"""A post of www.facebook.com as its pages embed it for visitors without an account, as a row.

Its sections say who and when; its counters stand in its feedback, exact (`reaction_count.count`)
beside localised (`i18n_reaction_count`); exact wins. `web_story` says what belongs to a post.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from crawler.platforms.facebook.api_parts import FIRST_YEAR
from crawler.platforms.facebook.web_story import Feedbacks, Placed, feedback_of, sections_of
from crawler.reading.numbers import parse
from crawler.reading.shape import child, dig, epoch, ident, member, walk, whole
from model.count import Count
from model.items import VIDEO_TYPES, PostItem, PostType
from model.route import Route

_OF_A_POST = re.compile(r"/(?:posts|videos|reel|permalink|photos)[/.]")
_TIMED = re.compile(r"\.(?:context_layout|timestamp)\b")
"""Sections that say when a post was published, before all others."""
_SHOWN_ONLY = re.compile(r"(?:^|[.\]])(?:\w*story|\w*comments?|feedback)(?=[.\[]|$)")
"""Below an attachment: what it shows or names of other posts."""
_TYPENAMES = {"Photo": PostType.PHOTO, "Video": PostType.VIDEO}
_KINDS = frozenset({"like", "love", "care", "wow", "haha", "sad", "angry"})


def map_story(
    obj: dict[str, Any],
    path: str,
    elsewhere: Feedbacks,
    pages: Mapping[str, str],
    observed_at: datetime,
) -> PostItem:
    """A post; `pages` knows page ids by profile ids, `elsewhere` the feedback outside of posts.

    Raises ShapeError.
    """
    key = ident(member(obj, "post_id", path), child(path, "post_id"))
    sections = sections_of(obj, path)
    feedbacks = [*feedback_of(sections, key), *elsewhere.get(key, ())]
    owner = _owner(sections, pages)
    kind = _type(sections, key)
    return PostItem(
        platform="facebook",
        id=f"{owner}_{key}" if owner else key,
        account=owner,
        published_at=_published(sections),
        type=kind,
        text=_text(sections),
        url=_address(sections),
        observed_at=observed_at,
        source=Route.WEB,
        counts=_counts(feedbacks, kind),
        reactions=_reactions(feedbacks),
    )


def _owner(sections: Iterable[Placed], pages: Mapping[str, str]) -> str | None:
    """The page that published a post; a profile stands for it since 2021."""
    for path, section in sections:
        actor = dig(section, "actors", 0, "id")
        if actor is not None:
            owner = ident(actor, child(path, "actors[0].id"))
            return pages.get(owner, owner)
    return None


def _published(sections: list[Placed]) -> datetime:
    """By the section of the time, else by any other of the post."""
    timed = sorted(sections, key=lambda placed: _TIMED.search(placed[0]) is None)
    for path, section in timed:
        if section.get("creation_time") is not None:
            at = child(path, "creation_time")
            return epoch(section["creation_time"], at, first_year=FIRST_YEAR)
    path, story = sections[0]
    return epoch(member(story, "creation_time", path), path)


def _text(sections: Iterable[Placed]) -> str | None:
    texts = (dig(section, "message", "text") for _, section in sections)
    return next((text for text in texts if isinstance(text, str)), None)


def _address(sections: list[Placed]) -> str | None:
    """The post's own address, by whichever section names it."""
    named = (
        section.get(key) for key in ("wwwURL", "permalink_url", "url") for _, section in sections
    )
    return next((a for a in named if isinstance(a, str) and _OF_A_POST.search(a)), None)


def _attached(sections: Iterable[Placed], key: str) -> Iterator[Any]:
    """What the attachments of a post hold under a key; not what they show of other posts."""
    for _, section in sections:
        attachments = section.get("attachments")
        for path, found in walk(attachments, lambda obj: obj.get(key) is not None):
            if not _SHOWN_ONLY.search(path):
                yield found[key]


def _type(sections: list[Placed], number: str) -> PostType | None:
    address = str(_address(sections))
    reels = _attached(sections, "fb_shorts_story")
    if "/reel/" in address or any(str(dig(reel, "post_id")) == number for reel in reels):
        return PostType.REEL
    media = [held for held in _attached(sections, "media") if isinstance(held, dict)]
    if any(held.get("is_live_streaming") or held.get("broadcast_status") for held in media):
        return PostType.LIVE
    albums = _attached(sections, "all_subattachments")
    if any(dig(album, "nodes", 1) is not None for album in albums):
        return PostType.ALBUM
    names = (_TYPENAMES.get(str(held.get("__typename"))) for held in media)
    named = next((name for name in names if name is not None), None)
    if named is not None or media:
        return named
    if any(_attached(sections, "external_url")):
        return PostType.LINK
    return PostType.VIDEO if "/videos/" in address else None


def _counts(feedbacks: list[Placed], kind: PostType | None) -> dict[str, Count]:
    views = _best(_views(obj, path) for path, obj in feedbacks)
    if kind is not None and kind not in VIDEO_TYPES:
        views = Count.not_offered()
    return {
        "likes": _best(_shown(obj, path, "reaction") for path, obj in feedbacks),
        "comments": _best(_comments(obj, path) for path, obj in feedbacks),
        "shares": _best(_shown(obj, path, "share") for path, obj in feedbacks),
        "views": views,
    }


def _best(counts: Iterable[Count]) -> Count:
    """The finest of several counts; one answer repeats a post's feedback with fewer fields."""
    known = [count for count in counts if count.value is not None]
    return min(known, key=lambda count: count.step, default=Count.not_read())


def _shown(obj: dict[str, Any], path: str, name: str) -> Count:
    exact = dig(obj, f"{name}_count", "count")
    if exact is not None:
        return Count(whole(exact, f"{child(path, name)}_count.count"))
    return _localised(obj.get(f"i18n_{name}_count"))


def _comments(obj: dict[str, Any], path: str) -> Count:
    for keys in (
        ("comment_rendering_instance", "comments", "total_count"),
        ("comment_count", "total_count"),
        ("total_comment_count",),
    ):
        total = dig(obj, *keys)
        if total is not None:
            return Count(whole(total, child(path, ".".join(keys))))
    return _localised(obj.get("i18n_comment_count"))


def _views(obj: dict[str, Any], path: str) -> Count:
    exact = obj.get("video_view_count")
    if exact is not None:
        return Count(whole(exact, child(path, "video_view_count")))
    return _localised(obj.get("i18n_video_view_count"))


def _localised(text: Any) -> Count:
    number = parse(text) if isinstance(text, str) else None
    return Count.not_read() if number is None else Count(number.value, step=number.step)


def _reactions(feedbacks: list[Placed]) -> dict[str, int]:
    """The kinds, where the page lists them with their numbers."""
    reactions: dict[str, int] = {}
    for path, obj in feedbacks:
        edges = dig(obj, "top_reactions", "edges")
        for edge in edges if isinstance(edges, list) else ():
            kind, number = (
                str(dig(edge, "node", "localized_name")).lower(),
                dig(edge, "reaction_count"),
            )
            if kind in _KINDS and number is not None:
                reactions[kind] = whole(number, child(path, "top_reactions.edges.reaction_count"))
    return reactions
