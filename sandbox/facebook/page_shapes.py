"""Posts and headers as Facebook's pages embed them for visitors without an account."""

from __future__ import annotations

import base64

from model.items import VIDEO_TYPES, PostType
from sandbox.facebook.shapes import video_id
from sandbox.service.exchange import JsonObject
from sandbox.service.pages import escape
from sandbox.service.words import abbreviated
from sandbox.world.model import SECOND, WorldAccount, WorldPost

_SITE = "https://www.facebook.com"
_UFI = "UnauthenticatedUCometUFISummaryAndActionsRenderer"


def header(account: WorldAccount, now: int) -> JsonObject:
    """The page's header. The profile has an id of its own; followers are worded."""
    shown = account.counters.at(now)
    content = []
    if "followers" in shown:
        words = f"{abbreviated(shown['followers'])} followers"
        content.append({"text": {"text": words}, "uri": f"{_SITE}/{account.handle}/followers/"})
    user = {
        "__typename": "User",
        "id": profile_id(account),
        "name": account.name,
        "delegate_page": {"id": account.id, "is_business_page_active": True},
        "profile_social_context": {"content": content},
    }
    return {"data": {"user": {"profile_header_renderer": {"user": user}}}}


def profile_id(account: WorldAccount) -> str:
    """The id of the profile that stands for a page."""
    return f"61{account.id[-12:]}"


def profile_actor(account: WorldAccount) -> JsonObject:
    """The profile that stands for a page, which names the page."""
    page = {"is_business_page_active": False, "id": account.id}
    profile = profile_id(account)
    return {"__typename": "User", "id": profile, "name": account.name, "delegate_page": page}


def address(post: WorldPost) -> str:
    """The post's own page."""
    if post.type is PostType.REEL:
        return f"{_SITE}/reel/{video_id(post)}/"
    if post.type in VIDEO_TYPES:
        return f"{_SITE}/{post.account.id}/videos/{video_id(post)}/"
    return f"{_SITE}/{post.account.id}/posts/{post.id.partition('_')[2]}"


def story_body(post: WorldPost, now: int) -> JsonObject:
    """One post: who and when in its sections, its numbers in the feedback about it."""
    number = post.id.partition("_")[2]
    content: JsonObject = {"wwwURL": address(post), "attachments": _attachments(post)}
    content["message"] = {"text": post.text} if post.text else None
    when = {"creation_time": post.published // SECOND, "url": address(post)}
    feedback = {"__typename": _UFI, "feedback": _feedback(post, number, now)}
    return {
        "__typename": "Story",
        "id": base64.b64encode(f"S:_I{post.account.id}:{number}".encode()).decode(),
        "post_id": number,
        "actors": [{"__typename": "User", "id": post.account.id, "name": post.account.name}],
        "comet_sections": {
            "content": {"story": content},
            "context_layout": {"story": {"comet_sections": {"timestamp": {"story": when}}}},
            "feedback": {"story": {"story_ufi_container": {"renderer": feedback}}},
        },
    }


def _attachments(post: WorldPost) -> list[JsonObject]:
    number = post.id.partition("_")[2]
    if post.type in VIDEO_TYPES:
        media: JsonObject = {"__typename": "Video", "id": video_id(post)}
        if post.type is PostType.LIVE:
            media["broadcast_status"] = "VOD_READY"
        return [{"styles": {"attachment": {"media": media}}}]
    if post.type is PostType.PHOTO:
        return [{"styles": {"attachment": {"media": {"__typename": "Photo", "id": number}}}}]
    if post.type is PostType.ALBUM:
        pictures = [{"media": {"__typename": "Photo", "id": f"{number}{n}"}} for n in range(3)]
        return [{"styles": {"attachment": {"all_subattachments": {"nodes": pictures}}}}]
    if post.type is PostType.LINK:
        url = {"external_url": f"https://example.org/{number}"}
        return [{"styles": {"attachment": {"story_attachment_link_renderer": url}}}]
    return []


def _feedback(post: WorldPost, number: str, now: int) -> JsonObject:
    """Exact numbers beside localised ones. What the page does not show is left out."""
    shown = post.counters.at(now)
    feedback: JsonObject = {"subscription_target_id": number}
    if "likes" in shown:
        feedback["reaction_count"] = {"count": shown["likes"], "is_empty": shown["likes"] == 0}
        feedback["i18n_reaction_count"] = abbreviated(shown["likes"])
    shares = {"shares": 0, **shown}["shares"]  # Of none, the page says that there are 0.
    feedback["share_count"] = {"count": shares, "is_empty": shares == 0}
    feedback["i18n_share_count"] = abbreviated(shares)
    if "comments" in shown:
        total = {"total_count": shown["comments"]}
        feedback["comment_rendering_instance"] = {"comments": total}
    views = shown.get("views") if post.type in VIDEO_TYPES else None
    feedback["video_view_count"] = views
    return feedback


def article(post: WorldPost, now: int) -> str:
    """What people see of a post."""
    shown = post.counters.at(now)
    numbers = " · ".join(
        f"{abbreviated(shown[name])} {name}"
        for name in ("likes", "comments", "shares")
        if name in shown
    )
    return (
        f'<div role="article" data-post="{escape(post.id)}"><h3>{escape(post.account.name)}</h3>'
        f"<p>{escape(post.text)}</p><p>{escape(numbers)}</p></div>"
    )
