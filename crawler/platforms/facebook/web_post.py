"""A post of www.facebook.com as its pages embed it for visitors without an account, as a row.

Its sections say who and when; its counters stand in the feedback that is about it. Exact numbers
(`reaction_count.count`) stand beside localised ones (`i18n_reaction_count`) and shortened ones
(`share_count_reduced`); exact wins. Reels call their reactions `unified_reactors` and the plays of
their video `play_count`. `web_story` says what belongs to a post.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_Keys = tuple[str, ...]
_LIKES: tuple[_Keys, ...] = (
    ("reaction_count", "count"),
    ("unified_reactors", "count"),
    ("reactors", "count"),
    ("cannot_see_top_custom_reactions", "reactors", "count"),
    ("likers", "count"),
)
_COMMENTS: tuple[_Keys, ...] = (
    ("comment_rendering_instance", "comments", "total_count"),
    ("comment_count", "total_count"),
    ("total_comment_count",),
)
_SHARES: tuple[_Keys, ...] = (("share_count", "count"),)
_VIEWS: tuple[_Keys, ...] = (("video_view_count",),)
_PLAYS: tuple[_Keys, ...] = (("play_count",),)
_KINDS = frozenset({"like", "love", "care", "wow", "haha", "sad", "angry"})
_TYPENAMES = {"Photo": PostType.PHOTO, "Video": PostType.VIDEO}


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
        published_at=_published(sections, key),
        type=kind,
        text=_text(sections),
        url=_address(sections),
        observed_at=observed_at,
        source=Route.WEB,
        counts=_counts(feedbacks, kind),
        reactions=_kinds(feedbacks),
    )


def _owner(sections: Iterable[Placed], pages: Mapping[str, str]) -> str | None:
    """The page that published a post; a profile stands for it since 2021."""
    for path, section in sections:
        actor = dig(section, "actors", 0, "id")
        if actor is not None:
            owner = ident(actor, child(path, "actors[0].id"))
            return pages.get(owner, owner)
    return None


def _published(sections: list[Placed], number: str) -> datetime:
    """By the section of the time, else by any other of the post, else by the reel that it is."""
    timed = sorted(sections, key=lambda placed: _TIMED.search(placed[0]) is None)
    path, story = sections[0]
    reels = ((path, reel) for reel in _own_reels(sections, number))
    for at, section in (*timed, *reels):
        made = section.get("creation_time")
        if made is not None:
            return epoch(made, child(at, "creation_time"), first_year=FIRST_YEAR)
    return epoch(member(story, "creation_time", path), path)


def _own_reels(sections: Iterable[Placed], number: str) -> Iterator[dict[str, Any]]:
    """The reel that a post is, rather than one that it shows."""
    for reel in _attached(sections, "fb_shorts_story"):
        if isinstance(reel, dict) and str(reel.get("post_id")) == number:
            yield reel


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
    if "/reel/" in address or any(_own_reels(sections, number)):
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
    if "/videos/" in address:
        return PostType.VIDEO
    return PostType.TEXT if _text_alone(sections) else None


def _text_alone(sections: Sequence[Placed]) -> bool:
    """Whether the page shows text, an empty list of attachments and no post shared with it."""
    listed = [section["attachments"] for _, section in sections if "attachments" in section]
    shares = any(section.get("attached_story") for _, section in sections)
    empty = bool(listed) and all(attachments == [] for attachments in listed)
    return empty and not shares and _text(sections) is not None


def _counts(feedbacks: list[Placed], kind: PostType | None) -> dict[str, Count]:
    """Every counter, by our names. Raises ShapeError for what is no counter."""
    views = _best(feedbacks, _VIEWS, _written("video_view"))
    if views.value is None:
        views = _best(feedbacks, _PLAYS, ("play_count_reduced",))
    if kind is not None and kind not in VIDEO_TYPES:
        views = Count.not_offered()
    return {
        "likes": _best(feedbacks, _LIKES, _written("reaction")),
        "comments": _best(feedbacks, _COMMENTS, _written("comment")),
        "shares": _best(feedbacks, _SHARES, _written("share")),
        "views": views,
    }


def _written(name: str) -> _Keys:
    """Under which keys a number stands as people read it."""
    return f"i18n_{name}_count", f"{name}_count_reduced"


def _best(feedbacks: Iterable[Placed], exact: tuple[_Keys, ...], written: _Keys) -> Count:
    """The finest of several counts; one answer repeats a post's feedback with fewer fields."""
    found = (_count(obj, path, exact, written) for path, obj in feedbacks)
    known = [count for count in found if count.value is not None]
    return min(known, key=lambda count: count.step, default=Count.not_read())


def _count(obj: dict[str, Any], path: str, exact: tuple[_Keys, ...], written: _Keys) -> Count:
    for keys in exact:
        number = dig(obj, *keys)
        if number is not None:
            return Count(whole(number, child(path, ".".join(keys))))
    texts = (obj.get(key) for key in written)
    numbers = (parse(text) for text in texts if isinstance(text, str))
    number = next((number for number in numbers if number is not None), None)
    return Count.not_read() if number is None else Count(number.value, step=number.step)


def _kinds(feedbacks: list[Placed]) -> dict[str, int]:
    """The kinds of reactions, where the page lists them with their numbers."""
    reactions: dict[str, int] = {}
    for path, obj in feedbacks:
        for place, keys in (
            ("top_reactions.edges", ("top_reactions", "edges")),
            (
                "cannot_see_top_custom_reactions.top_reactions.edges",
                ("cannot_see_top_custom_reactions", "top_reactions", "edges"),
            ),
        ):
            edges = dig(obj, *keys)
            for edge in edges if isinstance(edges, list) else ():
                kind = str(dig(edge, "node", "localized_name")).lower()
                number = dig(edge, "reaction_count")
                if kind in _KINDS and number is not None:
                    reactions[kind] = whole(number, child(path, f"{place}.reaction_count"))
    return reactions
