"""Posts in the layouts that pages had in 2024, 2025 and 2026.

2024  the time in `metadata`; the counters below `feedback_target_with_context`, comments in a
      renderer of their own
2025  references that only name the post, and older reels that it shows
2026  the counters in the buttons of the adaptive action bar

The layout `plain` (page_shapes) has each of them once, and is sent as one document.
"""

from __future__ import annotations

import zlib
from enum import StrEnum

from model.items import PostType
from sandbox.facebook import page_shapes
from sandbox.service.exchange import JsonObject
from sandbox.world.model import SECOND, WorldPost

_OLDER = 9 * 86_400
"""By so many seconds a reel is older than the post that shows it."""
_SHOW_REELS = {PostType.TEXT: 1, PostType.REPOST: 1, PostType.PHOTO: 5}
"""One post in so many of a type shows somebody's reel; other types show none."""


class Layout(StrEnum):
    """How pages are laid out."""

    PLAIN = "plain"
    OF_2024 = "2024"
    OF_2025 = "2025"
    OF_2026 = "2026"


def story_in(layout: Layout, post: WorldPost, now: int) -> JsonObject:
    """One post in a layout."""
    plain = page_shapes.story_body(post, now)
    if layout is Layout.PLAIN:
        return plain
    sections = plain["comet_sections"]
    when = sections["context_layout"]["story"]["comet_sections"].pop("timestamp")
    strategy = {"__typename": "CometFeedStoryMinimizedTimestampStrategy", **when}
    sections["context_layout"]["story"]["comet_sections"]["metadata"] = [strategy]
    content = sections["content"]["story"]
    content["actors"] = [page_shapes.profile_actor(post.account)]
    content["comet_sections"] = {"message": {}}
    del plain["actors"]
    renderer = sections["feedback"]["story"].pop("story_ufi_container")["renderer"]
    container = _container(_feedback_in(layout, renderer["feedback"]))
    sections["feedback"]["story"]["story_ufi_container"] = {"story": container}
    if layout is not Layout.OF_2024:
        _name_again(post, content, container)
        content["attachments"] += _shown_reel(post)
    return plain


def _container(feedback: JsonObject) -> JsonObject:
    renderer = {"comet_ufi_summary_and_actions_renderer": {"feedback": feedback}}
    return {"feedback_context": {"feedback_target_with_context": renderer}}


def _feedback_in(layout: Layout, plain: JsonObject) -> JsonObject:
    """The counters of a post as the layout has them; one that is not shown has no renderer."""
    if layout is Layout.OF_2025:
        return plain
    comments = {"comment_rendering_instance": plain.pop("comment_rendering_instance", None)}
    if layout is Layout.OF_2024:
        if comments["comment_rendering_instance"] is not None:
            plain["comments_count_summary_renderer"] = {"feedback": comments}
        return plain
    reactions = plain.pop("reaction_count", None)
    shares = plain.pop("share_count")
    buttons = [
        {"reaction_count": reactions} if reactions is not None else None,
        comments if comments["comment_rendering_instance"] is not None else None,
        {"share_count": shares},
    ]
    bar: JsonObject = {
        "subscription_target_id": plain["subscription_target_id"],
        "adaptive_ufi_action_renderers": [{"feedback": one} for one in buttons if one],
        "video_view_count": plain["video_view_count"],
    }
    if reactions is not None:
        bar["top_reactions"] = {"edges": [{"reaction_count": reactions["count"] * 4 // 5}]}
    return bar


def _name_again(post: WorldPost, content: JsonObject, container: JsonObject) -> None:
    """References to the post, which are no posts."""
    number = post.id.partition("_")[2]
    content["post_id"] = number
    container["shareable_from_perspective_of_feed_ufi"] = {
        "__typename": "Story",
        "__isEntity": "Story",
        "url": page_shapes.address(post),
        "__isNode": "Story",
        "id": f"UzpfS{number}",
        "post_id": number,
    }


def _shown_reel(post: WorldPost) -> list[JsonObject]:
    """Somebody's reel that the post shows, older than the post."""
    mix = zlib.crc32(post.id.encode())
    if post.type not in _SHOW_REELS or mix % _SHOW_REELS[post.type]:
        return []
    reel = {
        "post_id": str(565 * 10**12 + mix),
        "creation_time": post.published // SECOND - _OLDER,
        "actors": [{"id": "100000000000077"}],
    }
    style = {"__typename": "StoryAttachmentFBReelsStyleInfo", "fb_shorts_story": reel}
    return [{"styles": {"attachment": {"style_infos": [style]}}}]
