"""What belongs to a post of www.facebook.com, by path.

A `Story` is divided into sections (`comet_sections.content.story`, `….context_layout.story` …),
each of which may be divided again; together they are the post. Its counters stand in the `feedback`
to which its sections lead, under the renderers of each layout since 2021. What a post only shows or
names (an attached story, a shared reel, a comment, `shareable_from_perspective_of_feed_ufi`) is
another's, and no way leads there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from crawler.reading.shape import child, dig, walk

Placed = tuple[str, dict[str, Any]]
"""An object and its path."""
Feedbacks = Mapping[str, list[Placed]]
"""Feedback objects by the number of the post they are about."""

_OTHERS = (
    *("attached_", "quoted", "shareable_from", "aggregated", "fb_shorts_story", "comment"),
    *("recommend", "suggest"),
)
"""Parts of keys below which there is something else than the post itself."""
_OWN = "comments_count_summary"
"""A counter of the post, for all that it names comments."""
_WAY = frozenset(
    (
        *("story", "feedback", "feedback_context", "feedback_target_with_context"),
        "fb_reel_react_button",
    )
)
_WAYS = ("ufi", "container", "renderer")
"""Keys, and parts of keys, that lead from a section of a post to its feedback."""
_MOST_SECTIONS = 60
_SECTIONS = frozenset({"content", "context_layout", "feedback", "timestamp"})
_COUNTERS = frozenset(
    (
        *("reaction_count", "i18n_reaction_count", "reaction_count_reduced"),
        *("unified_reactors", "reactors", "likers", "cannot_see_top_custom_reactions"),
        *("share_count", "i18n_share_count", "share_count_reduced"),
        *("comment_rendering_instance", "comment_count", "total_comment_count"),
        *("i18n_comment_count", "comment_count_reduced"),
        *("video_view_count", "i18n_video_view_count", "play_count", "play_count_reduced"),
    )
)
_LISTED = re.compile(r"timeline[^.]{0,40}\.edges\[\d+\]\.node$", re.IGNORECASE)
_TARGET = "subscription_target_id"


def _of_others(path: str) -> bool:
    lowered = path.lower().replace(_OWN, " ")
    return any(word in lowered for word in _OTHERS)


def _leads_on(key: str) -> bool:
    return key in _WAY or any(word in key for word in _WAYS)


def stories(documents: list[Any]) -> Iterator[Placed]:
    """Every post, in the order of the documents; none inside another one, nor below what is not a
    post's.
    """
    pending: list[tuple[str, Any]] = [("", documents)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict) and _is_post(value, path):
            yield path, value
        elif isinstance(value, dict):
            below = ((child(path, key), v) for key, v in value.items() if not _of_others(key))
            pending.extend(reversed([one for one in below if isinstance(one[1], dict | list)]))
        elif isinstance(value, list):
            pairs = ((f"{path}[{place}]", v) for place, v in enumerate(value))
            pending.extend(reversed([one for one in pairs if isinstance(one[1], dict | list)]))


def _is_post(obj: dict[str, Any], path: str) -> bool:
    """Whether an object is a post rather than something that names one."""
    is_story = obj.get("__typename") == "Story"
    if _LISTED.search(path) and (is_story or obj.get("post_id") is not None):
        return True
    sections = obj.get("comet_sections")
    if obj.get("post_id") is None or not (is_story or sections):
        return False
    divided = isinstance(sections, dict) and not _SECTIONS.isdisjoint(sections)
    return divided or obj.get("creation_time") is not None


def sections_of(story: dict[str, Any], path: str) -> list[Placed]:
    """The post itself and its sections, outer before inner."""
    found: list[Placed] = [(path, story)]
    for at, section in found:
        divided = section.get("comet_sections")
        if not isinstance(divided, dict) or len(found) > _MOST_SECTIONS:
            continue
        for key, held in divided.items():
            if not _of_others(key):
                found += _stories_in(held, f"{child(at, 'comet_sections')}.{key}", story)
    return found


def _stories_in(held: Any, path: str, story: dict[str, Any]) -> Iterator[Placed]:
    """The story that each part of a section tells something about, where it is this one."""
    parts = held if isinstance(held, list) else [held]
    for place, part in enumerate(parts):
        about = dig(part, "story")
        if isinstance(about, dict) and about.get("post_id") in (None, story.get("post_id")):
            yield f"{path}[{place}].story" if isinstance(held, list) else f"{path}.story", about


def feedback_of(sections: list[Placed], number: str) -> list[Placed]:
    """The objects with counters to which the sections of a post lead."""
    found: dict[int, Placed] = {}
    for path, section in sections:
        for place, obj in _counted(section, path, number):
            found.setdefault(id(obj), (place, obj))
    return list(found.values())


def _counted(start: dict[str, Any], start_path: str, number: str) -> Iterator[Placed]:
    """The objects with counters below one, as far as they are about the same post."""
    pending: list[Placed] = [(start_path, start)]
    while pending:
        path, obj = pending.pop()
        if any(str(obj[key]) != number for key in (_TARGET, "post_id") if obj.get(key) is not None):
            continue
        if not _COUNTERS.isdisjoint(obj):
            yield path, obj
        for key, held in reversed(obj.items()):
            if _leads_on(key) and not _of_others(key):
                pending.extend(reversed(list(_objects(held, child(path, key)))))


def _objects(held: Any, path: str) -> Iterator[Placed]:
    if isinstance(held, dict):
        yield path, held
    elif isinstance(held, list):
        for place, one in enumerate(held):
            if isinstance(one, dict):
                yield f"{path}[{place}]", one


def feedback_elsewhere(documents: list[Any]) -> Feedbacks:
    """Feedback that names its post, wherever it stands but below what is not a post's."""
    found: dict[str, list[Placed]] = defaultdict(list)
    for path, obj in walk(documents, lambda obj: obj.get(_TARGET) is not None):
        if not _of_others(path):
            number = str(obj[_TARGET])
            found[number] += _counted(obj, path, number)
    return found
