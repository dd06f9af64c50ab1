"""The counters of a post of www.facebook.com, from the feedback that is about it.

Exact numbers (`reaction_count.count`) stand beside localised ones (`i18n_reaction_count`) and
shortened ones (`share_count_reduced`); exact wins. Reels call their reactions `unified_reactors`
and the plays of their video `play_count`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crawler.platforms.facebook.web_story import Placed
from crawler.reading.numbers import parse
from crawler.reading.shape import child, dig, whole
from model.count import Count
from model.items import VIDEO_TYPES, PostType

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


def counts_of(feedbacks: list[Placed], kind: PostType | None) -> dict[str, Count]:
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


def kinds_of(feedbacks: list[Placed]) -> dict[str, int]:
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
