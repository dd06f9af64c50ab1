"""`ytInitialData` and `ytInitialPlayerResponse` in the layouts of 2024 to 2026."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from model.items import PostType
from sandbox.service.exchange import JsonObject
from sandbox.service.words import abbreviated, ago, with_noun
from sandbox.world.model import WorldAccount, WorldPost, to_moment
from sandbox.youtube.shapes import video_title

_PACIFIC = ZoneInfo("America/Los_Angeles")
_TOPBAR = {
    "desktopTopbarRenderer": {
        "searchbox": {
            "fusionSearchboxRenderer": {"config": {"webSearchboxConfig": {"requestLanguage": "en"}}}
        }
    }
}


def channel_document(
    account: WorldAccount, handle: str, tab: str, grid: list[JsonObject], now: int
) -> JsonObject:
    """A tab of a channel's page."""
    content = {"richGridRenderer": {"contents": grid}}
    return {
        "contents": {
            "twoColumnBrowseResultsRenderer": {
                "tabs": [
                    {"tabRenderer": {"title": "Home", "selected": False}},
                    {"tabRenderer": {"title": tab, "selected": True, "content": content}},
                ]
            }
        },
        "header": {"pageHeaderRenderer": _header(account, handle, now)},
        "metadata": {
            "channelMetadataRenderer": {
                "title": account.name,
                "externalId": account.id,
                "vanityChannelUrl": f"http://www.youtube.com/@{handle}",
            }
        },
        "topbar": _TOPBAR,
    }


def _header(account: WorldAccount, handle: str, now: int) -> JsonObject:
    """Name, handle, and the numbers as words: subscribers rounded, videos exact below 1,000."""
    shown = account.counters.at(now)
    numbers = []
    if "followers" in shown:
        numbers.append(f"{abbreviated(shown['followers'], 3)} subscribers")
    if "posts" in shown:
        numbers.append(f"{abbreviated(shown['posts'], 3)} videos")
    rows = [[f"@{handle}"], numbers]
    model = {
        "title": {"dynamicTextViewModel": {"text": {"content": account.name}}},
        "metadata": {
            "contentMetadataViewModel": {
                "metadataRows": [
                    {"metadataParts": [{"text": {"content": text}} for text in row]}
                    for row in rows
                    if row
                ]
            }
        },
    }
    return {"pageTitle": account.name, "content": {"pageHeaderViewModel": model}}


def grid(tab: str, posts: Sequence[WorldPost], onward: str, now: int) -> list[JsonObject]:
    """Videos of a tab, and what leads on to further ones."""
    make = _short if tab == "shorts" else _video
    items: list[JsonObject] = [{"richItemRenderer": {"content": make(post, now)}} for post in posts]
    if onward:
        command = {"token": onward, "request": "CONTINUATION_REQUEST_TYPE_BROWSE"}
        endpoint = {"continuationCommand": command}
        items.append({"continuationItemRenderer": {"continuationEndpoint": endpoint}})
    return items


def _video(post: WorldPost, now: int) -> JsonObject:
    shown = post.counters.at(now)
    streamed = "Streamed " if post.type is PostType.LIVE else ""
    video: JsonObject = {
        "videoId": post.id,
        "title": {"runs": [{"text": video_title(post)}]},
        "publishedTimeText": {"simpleText": f"{streamed}{ago(post.published, now)}"},
        "thumbnailOverlays": [{"thumbnailOverlayTimeStatusRenderer": {"style": "DEFAULT"}}],
    }
    if "views" in shown:
        video["viewCountText"] = {"simpleText": with_noun(shown["views"], "view")}
        video["shortViewCountText"] = {"simpleText": f"{abbreviated(shown['views'])} views"}
    return {"videoRenderer": video}


def _short(post: WorldPost, now: int) -> JsonObject:
    shown = post.counters.at(now)
    overlay: JsonObject = {"primaryText": {"content": video_title(post)}}
    if "views" in shown:
        overlay["secondaryText"] = {"content": f"{abbreviated(shown['views'])} views"}
    endpoint = {"reelWatchEndpoint": {"videoId": post.id}}
    model = {
        "entityId": f"shorts-shelf-item-{post.id}",
        "onTap": {"innertubeCommand": endpoint},
        "overlayMetadata": overlay,
    }
    return {"shortsLockupViewModel": model}


def player_answer(post: WorldPost, now: int) -> JsonObject:
    """The player's answer, with exact views and likes."""
    shown = post.counters.at(now)
    when = to_moment(post.published).astimezone(_PACIFIC).isoformat(timespec="seconds")
    short = post.type is PostType.SHORT
    seconds = 15 + zlib.crc32(post.id.encode()) % (45 if short else 1_185)
    details: JsonObject = {
        "videoId": post.id,
        "title": video_title(post),
        "lengthSeconds": str(seconds),
        "channelId": post.account.id,
        "shortDescription": post.text,
        "allowRatings": "likes" in shown,
        "author": post.account.name,
        "isLiveContent": post.type is PostType.LIVE,
    }
    micro: JsonObject = {
        "title": {"simpleText": video_title(post)},
        "lengthSeconds": str(seconds),
        "externalChannelId": post.account.id,
        "externalVideoId": post.id,
        "publishDate": when,
        "uploadDate": when,
        "ownerChannelName": post.account.name,
        "isShortsEligible": short,
    }
    if "views" in shown:
        details["viewCount"] = micro["viewCount"] = str(shown["views"])
    if "likes" in shown:
        micro["likeCount"] = str(shown["likes"])
    return {
        "playabilityStatus": {"status": "OK"},
        "videoDetails": details,
        "microformat": {"playerMicroformatRenderer": micro},
    }


def unplayable() -> JsonObject:
    """The player's answer about a video that is not there."""
    reason = "Video unavailable"
    return {"playabilityStatus": {"status": "ERROR", "reason": reason}}


def age_gate(account: WorldAccount) -> JsonObject:
    """A channel's page for those whose age is not known."""
    gate = {
        "channelTitle": account.name,
        "header": {"runs": [{"text": "Sign in to view this channel"}]},
        "mainText": {"runs": [{"text": "This channel may be inappropriate for some users."}]},
    }
    section = {"sectionListRenderer": {"contents": [{"channelAgeGateRenderer": gate}]}}
    tab = {"tabRenderer": {"selected": True, "content": section}}
    return {"contents": {"twoColumnBrowseResultsRenderer": {"tabs": [tab]}}}


def playlist_document(account: WorldAccount, posts: Sequence[WorldPost], now: int) -> JsonObject:
    """A playlist's page; views are rounded."""
    rows = [{"playlistVideoRenderer": _playlist_video(post, now)} for post in posts]
    content = {"playlistVideoListRenderer": {"contents": rows}}
    tab = {"tabRenderer": {"selected": True, "content": content}}
    return {
        "contents": {"twoColumnBrowseResultsRenderer": {"tabs": [tab]}},
        "metadata": {"playlistMetadataRenderer": {"title": f"Uploads from {account.name}"}},
    }


def _playlist_video(post: WorldPost, now: int) -> JsonObject:
    shown = post.counters.at(now)
    words = [f"{abbreviated(shown['views'])} views"] if "views" in shown else []
    owner = {
        "text": post.account.name,
        "navigationEndpoint": {"browseEndpoint": {"browseId": post.account.id}},
    }
    return {
        "videoId": post.id,
        "title": {"runs": [{"text": video_title(post)}]},
        "shortBylineText": {"runs": [owner]},
        "videoInfo": {"runs": [{"text": " • ".join([*words, ago(post.published, now)])}]},
    }


def watch_document(
    post: WorldPost, handle: str, now: int, partner: WorldAccount | None = None
) -> JsonObject:
    """The watch page's data: the like button, the comments' heading, the owner."""
    shown = post.counters.at(now)
    primary: JsonObject = {
        "title": {"runs": [{"text": video_title(post)}]},
        "videoActions": {"menuRenderer": {"topLevelButtons": [_like_button(shown)]}},
        "dateText": {"simpleText": f"{to_moment(post.published):%b %d, %Y}"},
    }
    if "views" in shown:
        views = {"simpleText": with_noun(shown["views"], "view")}
        primary["viewCount"] = {"videoViewCountRenderer": {"viewCount": views}}
    owner = _owner(post.account, handle, now)
    if partner is not None:
        owner = _owners([post.account, partner], now)
    contents = [
        {"videoPrimaryInfoRenderer": primary},
        {"videoSecondaryInfoRenderer": {"owner": owner}},
        {"itemSectionRenderer": _comments_section("comments" in shown)},
    ]
    page: JsonObject = {
        "contents": {"twoColumnWatchNextResults": {"results": {"results": {"contents": contents}}}},
        "currentVideoEndpoint": {"watchEndpoint": {"videoId": post.id}},
        "topbar": _TOPBAR,
    }
    if "comments" in shown:
        page["engagementPanels"] = [_comments_panel(shown["comments"])]
    return page


def _like_button(shown: dict[str, int]) -> JsonObject:
    """Where likes are hidden, the button has its word and no number."""
    button: JsonObject = {"iconName": "LIKE", "title": "Like", "accessibilityText": "I like this"}
    if "likes" in shown:
        others = with_noun(shown["likes"], "other person").replace("persons", "people")
        button["title"] = abbreviated(shown["likes"])
        button["accessibilityText"] = f"like this video along with {others}"
    toggle = {"defaultButtonViewModel": {"buttonViewModel": button}}
    like = {"toggleButtonViewModel": {"toggleButtonViewModel": toggle}}
    return {
        "segmentedLikeDislikeButtonViewModel": {
            "likeButtonViewModel": {"likeButtonViewModel": like}
        }
    }


def _owner(account: WorldAccount, handle: str, now: int) -> JsonObject:
    shown = account.counters.at(now)
    endpoint = {"browseId": account.id, "canonicalBaseUrl": f"/@{handle}"}
    owner: JsonObject = {
        "title": {"runs": [{"text": account.name}]},
        "navigationEndpoint": {"browseEndpoint": endpoint},
    }
    if "followers" in shown:
        words = f"{abbreviated(shown['followers'], 3)} subscribers"
        owner["subscriberCountText"] = {"simpleText": words}
    return {"videoOwnerRenderer": owner}


def _owners(accounts: Sequence[WorldAccount], now: int) -> JsonObject:
    """The channels of a collaboration, in the dialog that their common title opens."""
    items = [{"listItemViewModel": _collaborator(account, now)} for account in accounts]
    dialog = {
        "header": {"dialogHeaderViewModel": {"headline": {"content": "Collaborators"}}},
        "customContent": {"listViewModel": {"listItems": items}},
    }
    content = {"inlineContent": {"dialogViewModel": dialog}}
    return {
        "videoOwnerRenderer": {
            "attributedTitle": {"content": " and ".join(account.name for account in accounts)},
            "navigationEndpoint": {"showDialogCommand": {"panelLoadingStrategy": content}},
        }
    }


def _collaborator(account: WorldAccount, now: int) -> JsonObject:
    shown = account.counters.at(now)
    there = {"browseId": account.id, "canonicalBaseUrl": f"/@{account.handle}"}
    tap = {"innertubeCommand": {"browseEndpoint": there}}
    words = [f"@{account.handle}"]
    if "followers" in shown:
        words.append(f"{abbreviated(shown['followers'], 3)} subscribers")
    return {
        "title": {"content": account.name, "commandRuns": [{"onTap": tap}]},
        "subtitle": {"content": " • ".join(words)},
    }


def _comments_section(opened: bool) -> JsonObject:
    message = {"messageRenderer": {"text": {"runs": [{"text": "Comments are turned off."}]}}}
    contents = [] if opened else [message]
    return {"sectionIdentifier": "comment-item-section", "contents": contents}


def _comments_panel(comments: int) -> JsonObject:
    heading = {
        "title": {"runs": [{"text": "Comments"}]},
        "contextualInfo": {"runs": [{"text": abbreviated(comments)}]},
    }
    return {
        "engagementPanelSectionListRenderer": {
            "panelIdentifier": "engagement-panel-comments-section",
            "header": {"engagementPanelTitleHeaderRenderer": heading},
        }
    }


def invalid_argument() -> JsonObject:
    """What a wrong continuation is answered with."""
    message = "Request contains an invalid argument."
    return {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}
