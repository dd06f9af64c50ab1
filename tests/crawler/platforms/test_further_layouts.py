"""Layouts that the fixtures of one platform or the other do not show, and refusals in the body."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from crawler.errors import CrawlError
from crawler.platforms import platform
from model.items import Mapped
from model.messages import Outcome
from model.platform import PlatformName

NOW = datetime(2026, 5, 1, tzinfo=UTC)
OLD_X_USER = {"id_str": "7", "screen_name": "quay", "followers_count": 12, "statuses_count": 3}
STATS = {"diggCount": 5, "commentCount": 2, "shareCount": 1, "playCount": 90}
TIKTOK = {"id": "71", "createTime": 1700000000, "author": {"id": "7"}, "stats": STATS}
MEDIA = {"id": "178", "media_type": "IMAGE", "like_count": 4, "comments_count": 1}


def read(name: PlatformName, body: Any) -> Mapped:
    raw = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    return platform(name).map(raw, NOW)


def counts(mapped: Mapped) -> list[dict[str, int]]:
    """What is known of each row."""
    return [
        {name: count.value for name, count in row.counts.items() if count.value is not None}
        for row in (*mapped.accounts, *mapped.posts)
    ]


def _about(**numbers: str) -> dict[str, Any]:
    told = {
        "channelId": "UC" + "q" * 22,
        "canonicalChannelUrl": "http://www.youtube.com/@quay",
        "joinedDateText": {"content": "Joined Mar 3, 2012"},
        **numbers,
    }
    model = {"aboutChannelRenderer": {"metadata": {"aboutChannelViewModel": told}}}
    appended = {"appendContinuationItemsAction": {"continuationItems": [model]}}
    return {"onResponseReceivedEndpoints": [appended]}


def _video_story() -> dict[str, Any]:
    """A video whose views stand in a part of their own."""
    feedback = {
        "subscription_target_id": "66",
        "reaction_count": {"count": 54},
        "share_count": {"count": 2},
        "comment_rendering_instance": {"comments": {"total_count": 3}},
        "video_view_count_renderer": {"feedback": {"video_view_count": 987}},
    }
    story = {
        "__typename": "Story",
        "post_id": "66",
        "creation_time": 1_746_000_000,
        "actors": [{"__typename": "User", "id": "55", "name": "Quay"}],
        "attachments": [{"styles": {"attachment": {"media": {"__typename": "Video", "id": "9"}}}}],
        "comet_sections": {"feedback": {"story": {"comet_ufi": {"feedback": feedback}}}},
    }
    return {"data": {"node": story}}


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        pytest.param("x", OLD_X_USER, [{"followers": 12, "posts": 3}], id="x: a user of API 1.1"),
        pytest.param("x", [OLD_X_USER], [{"followers": 12, "posts": 3}], id="x: a list of them"),
        pytest.param(
            "tiktok",
            {"status_code": 0, "item_list": [TIKTOK], "has_more": 0},
            [{"likes": 5, "comments": 2, "shares": 1, "views": 90}],
            id="tiktok: item_list",
        ),
        pytest.param(
            "tiktok",
            {"statusCode": 0, "items": [TIKTOK], "hasMore": False},
            [{"likes": 5, "comments": 2, "shares": 1, "views": 90}],
            id="tiktok: items at the end of the list are no empty list",
        ),
        pytest.param(
            "facebook",
            _video_story(),
            [{"likes": 54, "comments": 3, "shares": 2, "views": 987}],
            id="facebook: views in a renderer",
        ),
        pytest.param(
            "instagram",
            {"mentioned_media": MEDIA, "id": "17"},
            [{"likes": 4, "comments": 1}],
            id="instagram: mentioned_media",
        ),
        pytest.param(
            "youtube",
            _about(
                subscriberCountText="541K subscribers",
                videoCountText="1,234 videos",
                viewCountText="9,876,543 views",
            ),
            [{"followers": 541_000, "posts": 1234, "views": 9_876_543}],
            id="youtube: about panel",
        ),
    ],
)
def test_read(name: PlatformName, body: Any, expected: list[dict[str, int]]) -> None:
    assert counts(read(name, body)) == expected


def test_the_about_panel_names_its_channel() -> None:
    (account,) = read("youtube", _about(subscriberCountText="12 subscribers")).accounts
    assert (account.id, account.handle) == ("UC" + "q" * 22, "quay")
    assert account.counts["posts"].value is None


def _unavailable(kind: str, **more: Any) -> dict[str, Any]:
    return {"data": {"tweetResult": {"result": {"__typename": kind, **more}}}}


@pytest.mark.parametrize(
    ("name", "body", "outcome"),
    [
        (
            "x",
            {
                "data": {"user": {}},
                "errors": [{"kind": "ServiceLevel", "message": "DeadlineExceeded: Unspecified"}],
            },
            Outcome.SERVER_ERROR,
        ),
        (
            "x",
            {"data": {"user": {}}, "errors": [{"extensions": {"kind": "ServiceLevel"}}]},
            Outcome.SERVER_ERROR,
        ),
        ("x", {"data": {"user": {}}}, Outcome.GONE),
        ("x", {"data": {"tweetResult": {}}}, Outcome.GONE),
        ("x", _unavailable("TweetUnavailable", reason="Suspended"), Outcome.GONE),
        ("x", _unavailable("TweetUnavailable", reason="Protected"), Outcome.FORBIDDEN),
        (
            "x",
            _unavailable("TweetTombstone", tombstone={"text": {"text": "This Post was deleted"}}),
            Outcome.GONE,
        ),
        (
            "youtube",
            {
                "playabilityStatus": {
                    "status": "LOGIN_REQUIRED",
                    "messages": ["This is a private video. Please sign in to verify."],
                }
            },
            Outcome.GONE,
        ),
        (
            "instagram",
            '<script>window._sharedData = {"entry_data": {"LoginAndSignupPage": [{}]}};</script>',
            Outcome.LOGIN_WALL,
        ),
        ("instagram", "<title>Page not found • Instagram</title>", Outcome.GONE),
        (
            "facebook",
            "<title>Facebook</title><body>This content isn’t available right now</body>",
            Outcome.FORBIDDEN,
        ),
        (
            "facebook",
            "<body>This page isn&#039;t available right now</body>",
            Outcome.FORBIDDEN,
        ),
        ("facebook", "<title>Facebook</title><body>Nothing</body>", Outcome.CHANGED_SHAPE),
    ],
)
def test_refused(name: PlatformName, body: Any, outcome: Outcome) -> None:
    with pytest.raises(CrawlError) as caught:
        read(name, body)
    assert caught.value.outcome is outcome
