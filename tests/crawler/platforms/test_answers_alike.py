"""Answers of the kinds of the fixtures in further forms: wrapped otherwise, named otherwise."""

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

NOW = datetime(2026, 6, 4, 12, tzinfo=UTC)


def mapped(name: PlatformName, document: Any) -> Mapped:
    return platform(name).map(msgspec.json.encode(document), NOW)


def outcome(name: PlatformName, document: Any) -> Outcome:
    with pytest.raises(CrawlError) as caught:
        mapped(name, document)
    return caught.value.outcome


USER = {"id": "7", "uniqueId": "city.c", "nickname": "City"}
STATS = {"followerCount": 4_800_000, "videoCount": 38, "heartCount": 76_300_000}
APP_USER = {
    "uid": "7",
    "unique_id": "city.c",
    "follower_count": 4_800_000,
    "aweme_count": 38,
    "total_favorited": 76_300_000,
}
APP_POST = {
    "aweme_id": "71",
    "create_time": 1_666_634_400,
    "author": {"uid": "7"},
    "statistics": {"digg_count": 1, "comment_count": 2, "share_count": 3, "play_count": 4},
}


@pytest.mark.parametrize(
    "document",
    [
        {"user": USER, "statsV2": {key: str(n) for key, n in STATS.items()}, "itemList": []},
        {"data": {"user": USER, "stats": STATS}},
        {"userList": [{"user": USER, "stats": STATS}], "hasMore": False},
        {"user": {**USER, "stats": STATS}},
        [{**USER, "stats": STATS}],
        {"user_list": [{"user_info": APP_USER}], "status_code": 0},
        {"user": APP_USER, "status_code": 0},
    ],
)
def test_a_tiktok_user_is_known_by_its_shape(document: Any) -> None:
    (found,) = mapped("tiktok", document).accounts
    counts = [found.counts[name].value for name in ("followers", "posts", "likes")]
    assert (found.id, found.handle, counts) == ("7", "city.c", [4_800_000, 38, 76_300_000])


@pytest.mark.parametrize(
    "document",
    [
        {"aweme_details": [APP_POST], "status_code": 0},
        {"data": [{"type": 1, "aweme_info": APP_POST}], "status_code": 0},
        {"data": {"aweme_list": [APP_POST]}},
    ],
)
def test_posts_of_the_app_are_read_wherever_they_stand(document: Any) -> None:
    found = mapped("tiktok", document)
    assert [post.id for post in found.posts] == ["71"]
    assert found.accounts == ()


@pytest.mark.parametrize(
    "document",
    [
        {"videoList": [{"id": "1", "createTime": 1, "stats": {"playCount": 4}}], "itemList": []},
        {"user": USER, "itemList": []},
        {"user": {**USER, "followerCount": 5}},
    ],
)
def test_what_tiktok_shows_in_an_unknown_place_is_no_silence(document: Any) -> None:
    assert outcome("tiktok", document) is Outcome.CHANGED_SHAPE


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"unavailable_reason": "Suspended"}, Outcome.GONE),
        ({"reason": None, "unavailable_reason": "Deactivated"}, Outcome.GONE),
        ({"reason": "NotFound"}, Outcome.GONE),
        ({"message": "User is suspended"}, Outcome.GONE),
        ({"reason": {"text": "Account suspended"}}, Outcome.GONE),
        ({"unavailable_reason": "Protected"}, Outcome.FORBIDDEN),
        ({}, Outcome.FORBIDDEN),
    ],
)
@pytest.mark.parametrize("key", ["user", "user_results", "user_result_by_screen_name"])
def test_why_x_shows_no_user(key: str, said: dict[str, Any], expected: Outcome) -> None:
    result = {"__typename": "UserUnavailable", **said}
    assert outcome("x", {"data": {key: {"rest_id": "1", "result": result}}}) is expected


@pytest.mark.parametrize(
    "document",
    [
        {"data": {}, "errors": [{"message": "BadRequest", "code": 214, "kind": "Validation"}]},
        {"data": {"user": None}, "errors": [{"message": "bad", "extensions": {"code": 214}}]},
        {"data": {"user": {}}, "errors": [{"message": "bad", "code": 214}]},
        {"errors": [{"message": "bad", "code": 214}]},
    ],
)
def test_what_x_refuses_for_its_form_is_a_changed_shape(document: Any) -> None:
    assert outcome("x", document) is Outcome.CHANGED_SHAPE


A, B = "UC" + "a" * 22, "UC" + "b" * 22


def entry(channel: str, name: str, said: str, **more: Any) -> dict[str, Any]:
    """One channel of the dialog of a video of several channels."""
    base = {"browseId": channel, "canonicalBaseUrl": f"/@{name}"}
    tap = {"onTap": {"innertubeCommand": {"browseEndpoint": base}}}
    title = {"content": name, "commandRuns": [tap]}
    item = {"title": title, "subtitle": {"content": said}, **more}
    if more:
        item["rendererContext"] = {"commandContext": tap}
    return {"listItemViewModel": item}


def dialog(*entries: dict[str, Any]) -> dict[str, Any]:
    listed = {"listViewModel": {"listItems": list(entries)}}
    held = {"inlineContent": {"dialogViewModel": {"customContent": listed}}}
    return {"panelLoadingStrategy": held}


BOTH = (
    entry(A, "CityA", "\u200e\u2068@CityA\u2069 • \u20682.86m subscribers\u2069"),
    entry(B, "CityB", "@CityB • 73.9m subscribers"),
)


def watch(owner: dict[str, Any]) -> dict[str, Any]:
    parts = [
        {"videoPrimaryInfoRenderer": {"title": {"runs": [{"text": "t"}]}}},
        {"videoSecondaryInfoRenderer": {"owner": {"videoOwnerRenderer": owner}}},
    ]
    results = {"results": {"results": {"contents": parts}}}
    return {
        "contents": {"twoColumnWatchNextResults": results},
        "currentVideoEndpoint": {"watchEndpoint": {"videoId": "v" * 11}},
    }


@pytest.mark.parametrize(
    "owner",
    [
        {"navigationEndpoint": {"showDialogCommand": dialog(*BOTH)}},
        {"navigationEndpoint": {"showSheetCommand": dialog(*BOTH)}},
        {
            "attributedTitle": {
                "content": "CityB and CityA",
                "commandRuns": [
                    {"onTap": {"innertubeCommand": {"showDialogCommand": dialog(*BOTH)}}}
                ],
            }
        },
        {
            "navigationEndpoint": {
                "showDialogCommand": dialog(
                    entry(A, "CityA", "2.86M subscribers • @CityA", title={"content": "CityA"}),
                    BOTH[1],
                )
            }
        },
    ],
)
def test_the_first_of_several_channels_owns_a_video(owner: dict[str, Any]) -> None:
    found = mapped("youtube", watch(owner))
    (account,) = found.accounts
    assert (account.id, account.handle, account.counts["followers"].value) == (
        A,
        "CityA",
        2_860_000,
    )
    assert found.posts[0].account == A


def playlist(info: dict[str, Any]) -> dict[str, Any]:
    row = {"videoId": "b" * 11, "title": {"runs": [{"text": "t"}]}, "videoInfo": info}
    listed = {"playlistVideoListRenderer": {"contents": [{"playlistVideoRenderer": row}]}}
    tabs = [{"tabRenderer": {"selected": True, "content": listed}}]
    return {"contents": {"twoColumnBrowseResultsRenderer": {"tabs": tabs}}}


@pytest.mark.parametrize(
    ("texts", "views"),
    [
        (["106K views", " • ", "4 months ago"], 106_000),
        (["106,543 views", " • ", "Streamed 4 months ago"], 106_543),
        (["4 months ago", " • ", "1.2M views"], 1_200_000),
        (["12万次观看", " • ", "4个月前"], 120_000),
        (["1 view"], 1),
        (["106K views • 4 months ago"], 106_000),
        (["4 months ago"], None),
        (["3 watching", " • ", "now"], None),
    ],
)
def test_views_in_a_playlist_row(texts: list[str], views: int | None) -> None:
    info = {"runs": [{"text": text} for text in texts]}
    assert mapped("youtube", playlist(info)).posts[0].counts["views"].value == views
    if len(texts) == 1:
        simple = {"simpleText": texts[0]}
        assert mapped("youtube", playlist(simple)).posts[0].counts["views"].value == views


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("This channel does not exist.", Outcome.GONE),
        ("Sign in to view this age-restricted channel.", Outcome.LOGIN_WALL),
        ("This channel is not available in your country.", Outcome.FORBIDDEN),
    ],
)
def test_what_youtube_says_instead_of_a_channel(said: str, expected: Outcome) -> None:
    alert = {"alertRenderer": {"type": "ERROR", "text": {"simpleText": said}}}
    assert outcome("youtube", {"alerts": [alert]}) is expected
