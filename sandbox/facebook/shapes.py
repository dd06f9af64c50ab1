"""Pages, posts and videos in the shapes of the Graph API, with the fields asked for.

`shares` is left out when there are none; likes are the total of all reactions, their kinds are
asked for by type; a counter that the page does not show leaves its field out. Views stand on the
video alone, whose id is another than its post's.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.items import VIDEO_TYPES, PostType
from sandbox.graph import errors
from sandbox.graph.fields import Field, prune
from sandbox.graph.shapes import graph_time
from sandbox.service.exchange import JsonObject, Refused, word_set
from sandbox.world.model import WorldAccount, WorldPost

_SITE = "https://www.facebook.com"
_PAGE_SILENT = word_set(
    "about birthday business category_list checkins connected_instagram_account contact_address "
    "country_page_likes cover current_location description description_html display_subtext emails "
    "engagement fan_count featured_video followers_count founded general_info "
    "global_brand_page_name global_brand_root_id has_transitioned_to_new_page_experience hours "
    "impressum instagram_business_account is_community_page is_permanently_closed is_unclaimed "
    "location mission name_with_location_descriptor new_like_count overall_star_rating parent_page "
    "phone picture place_type products rating_count single_line_address store_number "
    "talking_about_count website were_here_count whatsapp_number"
)
_POST_SILENT = word_set(
    "actions admin_creator allowed_advertising_objectives application backdated_time "
    "call_to_action can_reply_privately child_attachments comments_mirroring_domain coordinates "
    "event feed_targeting full_picture icon insights instagram_eligibility is_hidden "
    "is_eligible_for_promotion is_instagram_eligible is_popular is_spherical message_tags "
    "parent_id picture place privacy promotable_id properties scheduled_publish_time story "
    "story_tags subscribed target targeting timeline_visibility to via"
)
_VIDEO_SILENT = word_set(
    "ad_breaks content_category content_tags custom_labels description embed_html embeddable event "
    "format from icon is_crosspost_video is_crossposting_eligible is_episode is_reference_only "
    "live_audience_count live_status picture place post_views privacy published source spherical "
    "status thumbnails title universal_video_id video_insights views"
)
_STATUS = {
    PostType.PHOTO: "added_photos",
    PostType.ALBUM: "added_photos",
    PostType.LINK: "shared_story",
    PostType.REPOST: "shared_story",
    PostType.TEXT: "mobile_status_update",
}
_Read = Callable[[dict[str, int], Field], JsonObject | int | None]
_Plan = tuple[list[Field], list[tuple[str, _Read, Field]]]


@dataclass(frozen=True, slots=True)
class PageVideo:
    """The video of a post, an object of its own."""

    post: WorldPost


def has_video(post: WorldPost) -> bool:
    """Whether the post has a video."""
    return post.type in VIDEO_TYPES


def video_id(post: WorldPost) -> str:
    """The id of the post's video."""
    digest = hashlib.blake2b(post.id.encode(), digest_size=8).digest()
    return str(10**15 + int.from_bytes(digest, "big") % (9 * 10**14))


def page_body(account: WorldAccount, handle: str, fields: Sequence[Field], now: int) -> JsonObject:
    """One page."""
    full: JsonObject = {
        "id": account.id,
        "name": account.name,
        "username": handle,
        "link": f"{_SITE}/{handle}",
        "category": "City",
        "verification_status": "blue_verified",
        "is_verified": True,
        "is_published": True,
    }
    shown = account.counters.at(now)
    if "followers" in shown:
        full["followers_count"] = shown["followers"]
    if "likes" in shown:
        full["fan_count"] = shown["likes"]
    row: JsonObject = {}
    for field in fields:
        if field.name in full:
            row[field.alias] = prune(full[field.name], field.sub)
        elif field.name not in _PAGE_SILENT:
            raise Refused(errors.no_field(field.name, "Page"))
    return row


def post_rows(subjects: Sequence[WorldPost], fields: Sequence[Field], now: int) -> list[JsonObject]:
    """Posts, in the order given."""
    plan = _plan(fields, _POST_FIELDS | _POST_SILENT, "PagePost")
    return [_row(post.face or _face(post), post, plan, now) for post in subjects]


def video_rows(
    subjects: Sequence[WorldPost], fields: Sequence[Field], now: int
) -> list[JsonObject]:
    """The videos of posts, in the order given."""
    plan = _plan(fields, _VIDEO_FIELDS | _VIDEO_SILENT, "Video")
    return [_row(_video_face(post), post, plan, now) for post in subjects]


def _row(face: JsonObject, post: WorldPost, plan: _Plan, now: int) -> JsonObject:
    plain, counted = plan
    row = _static(face, plain)
    shown = post.counters.at(now)
    for alias, read, field in counted:
        value = read(shown, field)
        if value is not None:
            row[alias] = value
    return row


def _static(face: JsonObject, plain: Sequence[Field]) -> JsonObject:
    row: JsonObject = {}
    for field in plain:
        if field.name in face:
            value = face[field.name]
            row[field.alias] = prune(value, field.sub) if field.sub else value
    return row


def _plan(fields: Sequence[Field], known: frozenset[str], node: str) -> _Plan:
    """Fields that never change, and readers of counters. Raises Refused for unknown fields."""
    plain: list[Field] = []
    counted: list[tuple[str, _Read, Field]] = []
    for field in fields:
        if field.name in _READERS and (node == "PagePost" or field.name != "shares"):
            counted.append((field.alias, _READERS[field.name], field))
        elif field.name == "views" and node == "Video":
            counted.append((field.alias, _views, field))
        elif field.name in known:
            plain.append(field)
        else:
            raise Refused(errors.no_field(field.name, node))
    return plain, counted


def _reactions(shown: dict[str, int], field: Field) -> JsonObject | None:
    kind = field.args.get("type", "").lower()
    total = shown.get(f"reaction:{kind}" if kind and kind != "none" else "likes")
    return _summary(total, field, {"viewer_reaction": "NONE"})


def _likes(shown: dict[str, int], field: Field) -> JsonObject | None:
    return _summary(shown.get("reaction:like"), field, {"can_like": False, "has_liked": False})


def _comments(shown: dict[str, int], field: Field) -> JsonObject | None:
    more = {"order": field.args.get("order", "ranked"), "can_comment": False}
    return _summary(shown.get("comments"), field, more)


def _summary(total: int | None, field: Field, more: JsonObject) -> JsonObject | None:
    """A list without its people, with the summary if asked for; nothing where it is unknown."""
    if total is None:
        return None
    wanted = field.args.get("summary", "")
    if wanted in ("", "false", "0"):
        return {"data": []}
    if wanted == "total_count":
        return {"data": [], "summary": {"total_count": total}}
    return {"data": [], "summary": {"total_count": total, **more}}


def _shares(shown: dict[str, int], _: Field) -> JsonObject | None:
    shares = shown.get("shares")
    return {"count": shares} if shares else None


def _views(shown: dict[str, int], _: Field) -> int | None:
    return shown.get("views")


_READERS: dict[str, _Read] = {
    "reactions": _reactions,
    "likes": _likes,
    "comments": _comments,
    "shares": _shares,
}
_POST_FIELDS = word_set(
    "id created_time updated_time message permalink_url status_type from is_published attachments"
)
_VIDEO_FIELDS = word_set(
    "id created_time updated_time description title permalink_url length published post_id "
    "live_status from"
)


def _permalink(post: WorldPost) -> str:
    if post.type is PostType.REEL:
        return f"/reel/{video_id(post)}/"
    if has_video(post):
        return f"/{post.account.handle}/videos/{video_id(post)}/"
    return f"/{post.account.id}/posts/{post.id.partition('_')[2]}"


def _face(post: WorldPost) -> JsonObject:
    """What never changes of a post."""
    face: JsonObject = {
        "id": post.id,
        "created_time": graph_time(post.published),
        "updated_time": graph_time(post.published),
        "permalink_url": f"{_SITE}{_permalink(post)}",
        "status_type": _STATUS.get(post.type, "added_video"),
        "from": {"name": post.account.name, "id": post.account.id},
        "is_published": True,
    }
    if post.text:
        face["message"] = post.text
    attachment = _attachment(post)
    if attachment:
        face["attachments"] = {"data": [attachment]}
    post.face = face
    return face


def _attachment(post: WorldPost) -> JsonObject:
    number = post.id.partition("_")[2]
    if has_video(post):
        url = f"{_SITE}{_permalink(post)}"
        target = {"id": video_id(post), "url": url}
        return {"media_type": "video", "type": "video_inline", "target": target, "url": url}
    if post.type is PostType.PHOTO:
        return _photo(number)
    if post.type is PostType.ALBUM:
        pictures = [_photo(f"{number}{place}") for place in range(3)]
        url = f"{_SITE}/media/set/?set=pcb.{number}"
        return {
            "media_type": "album",
            "type": "album",
            "target": {"id": number, "url": url},
            "url": url,
            "subattachments": {"data": pictures},
        }
    if post.type in (PostType.LINK, PostType.REPOST):
        url = f"https://example.org/{number}"
        return {"media_type": "link", "type": "share", "title": "example.org", "url": url}
    return {}


def _photo(number: str) -> JsonObject:
    url = f"{_SITE}/photo.php?fbid={number}"
    return {
        "media_type": "photo",
        "type": "photo",
        "target": {"id": number, "url": url},
        "url": url,
    }


def _video_face(post: WorldPost) -> JsonObject:
    face: JsonObject = {
        "id": video_id(post),
        "created_time": graph_time(post.published),
        "updated_time": graph_time(post.published),
        "permalink_url": _permalink(post),
        "length": 10 + zlib.crc32(post.id.encode()) % 600_000 / 1000,
        "published": True,
        "post_id": post.id,
        "from": {"name": post.account.name, "id": post.account.id},
    }
    if post.text:
        face["description"] = post.text
        face["title"] = post.text[:60]
    if post.type is PostType.LIVE:
        face["live_status"] = "VOD"
    return face
