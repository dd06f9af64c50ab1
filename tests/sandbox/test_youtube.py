"""YouTube Data API v3 of a running sandbox."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import httpx
import pytest

from sandbox.service.limits import DAY
from sandbox.world.model import WorldAccount, to_moment
from sandbox.youtube.shapes import three_figures
from tests.sandbox.running import Sandbox

API = "/youtube/v3"


def get(sandbox: Sandbox, name: str, **params: Any) -> httpx.Response:
    return sandbox.http.get(f"{API}/{name}", params={"key": "key-of-the-tests", **params})


def uploads(sandbox: Sandbox, account: WorldAccount, size: int = 50) -> list[dict[str, Any]]:
    """All entries of the uploads playlist."""
    params: dict[str, Any] = {"part": "contentDetails,snippet", "maxResults": size}
    params["playlistId"] = f"UU{account.id[2:]}"
    items: list[dict[str, Any]] = []
    while True:
        page = get(sandbox, "playlistItems", **params).json()
        items.extend(page["items"])
        if "nextPageToken" not in page:
            assert page["pageInfo"]["totalResults"] == len(items)
            return items
        params["pageToken"] = page["nextPageToken"]


@pytest.mark.parametrize("size", [50, 7])
def test_all_pages_together_are_the_uploads(sandbox: Sandbox, size: int) -> None:
    account = sandbox.busiest("youtube")
    items = [item["contentDetails"] for item in uploads(sandbox, account, size)]
    shown = {i["videoId"]: i["videoPublishedAt"] for i in items if "videoPublishedAt" in i}
    assert shown == {
        post.id: f"{to_moment(post.published):%Y-%m-%dT%H:%M:%SZ}"
        for post in sandbox.visible(account)
    }


def test_uploads_are_newest_first_but_not_strictly(sandbox: Sandbox) -> None:
    times = [
        item["contentDetails"]["videoPublishedAt"]
        for account in sandbox.world.accounts["youtube"].values()
        for item in uploads(sandbox, account)
        if "videoPublishedAt" in item["contentDetails"]
    ]
    pairs = list(pairwise(times))
    rising = [pair for pair in pairs if pair[0] < pair[1]]
    assert rising, "everything is in order"
    assert len(rising) < len(pairs) / 3


def test_a_deleted_video_lingers_in_the_playlist_for_a_day(sandbox: Sandbox) -> None:
    gone = sandbox.deleted("youtube")
    sandbox.at(f"{to_moment(gone.gone):%Y-%m-%dT%H:%M:%SZ}")
    entries = {i["contentDetails"]["videoId"]: i for i in uploads(sandbox, gone.account)}
    assert entries[gone.id]["contentDetails"] == {"videoId": gone.id}
    assert entries[gone.id]["snippet"]["title"] == "Deleted video"
    sandbox.at(f"{to_moment(gone.gone + DAY):%Y-%m-%dT%H:%M:%SZ}")
    later = {item["contentDetails"]["videoId"] for item in uploads(sandbox, gone.account)}
    assert gone.id not in later


def test_videos_carry_the_worlds_counts_as_strings(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    posts = sandbox.visible(account)[:50]
    ids = ",".join(post.id for post in posts)
    answer = get(sandbox, "videos", part="statistics,snippet", id=ids).json()
    assert [item["id"] for item in answer["items"]] == [post.id for post in posts]
    names = {"views": "viewCount", "likes": "likeCount", "comments": "commentCount"}
    for item, post in zip(answer["items"], posts, strict=True):
        shown = {names[name]: str(value) for name, value in sandbox.shown(post).items()}
        assert item["statistics"] == {**shown, "favoriteCount": "0"}
        assert item["snippet"]["channelId"] == account.id


def test_hidden_likes_and_closed_comments_leave_their_keys_out(sandbox: Sandbox) -> None:
    posts = sandbox.world.posts["youtube"].values()
    visible = [post for post in posts if post.visible(sandbox.instant)]
    for name, key in (("likes", "likeCount"), ("comments", "commentCount")):
        post = next(post for post in visible if name not in sandbox.shown(post))
        (item,) = get(sandbox, "videos", part="statistics", id=post.id).json()["items"]
        assert key not in item["statistics"]


def test_deleted_and_unknown_videos_are_left_out_silently(sandbox: Sandbox) -> None:
    gone = sandbox.deleted("youtube")
    answer = get(sandbox, "videos", part="id", id=f"{gone.id},aaaaaaaaaaa")
    assert answer.status_code == 200
    assert (answer.json()["items"], answer.json()["pageInfo"]["totalResults"]) == ([], 0)


def test_channels_are_found_by_id_and_handle(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    for by in ({"id": f"UC{'x' * 22},{account.id}"}, {"forHandle": f"@{account.handle.upper()}"}):
        answer = get(sandbox, "channels", part="snippet,statistics,contentDetails", **by).json()
        (item,) = answer["items"]
        assert item["id"] == account.id
        assert item["contentDetails"]["relatedPlaylists"]["uploads"] == f"UU{account.id[2:]}"
        shown = account.counters.at(sandbox.instant)
        assert item["statistics"] == {
            "viewCount": str(shown["views"]),
            "subscriberCount": str(three_figures(shown["followers"])),
            "hiddenSubscriberCount": False,
            "videoCount": str(shown["posts"]),
        }


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(0, 0), (7, 7), (999, 999), (1000, 1000), (1009, 1000), (12345, 12300), (9_999_999, 9990000)],
)
def test_subscribers_are_rounded_down_to_three_figures(number: int, rounded: int) -> None:
    assert three_figures(number) == rounded


def test_an_unknown_channel_is_an_answer_without_items(sandbox: Sandbox) -> None:
    answer = get(sandbox, "channels", part="id", id=f"UC{'x' * 22}").json()
    assert "items" not in answer
    assert answer["pageInfo"]["totalResults"] == 0


def test_only_the_parts_asked_for_appear(sandbox: Sandbox) -> None:
    post = sandbox.visible(sandbox.busiest("youtube"))[0]
    (item,) = get(sandbox, "videos", part="contentDetails", id=post.id).json()["items"]
    assert item.keys() == {"kind", "etag", "id", "contentDetails"}


TYPES = {
    "pageInfo": dict,
    "items": list,
    "kind": str,
    "etag": str,
    "id": str,
    "snippet": dict,
    "statistics": dict,
    "contentDetails": dict,
    "status": dict,
    "thumbnails": dict,
    "totalResults": int,
    "resultsPerPage": int,
    "position": int,
    "viewCount": str,
    "likeCount": str,
    "commentCount": str,
    "favoriteCount": str,
    "subscriberCount": str,
    "videoCount": str,
    "hiddenSubscriberCount": bool,
    "publishedAt": str,
    "duration": str,
    "caption": str,
    "licensedContent": bool,
    "width": int,
    "embeddable": bool,
}
"""Types of the v3 discovery document for the names that answers hold."""


@pytest.mark.parametrize("name", ["channels", "videos", "playlistItems"])
def test_values_have_the_types_of_the_discovery_document(sandbox: Sandbox, name: str) -> None:
    account = sandbox.busiest("youtube")
    post = sandbox.visible(account)[0]
    by = {
        "channels": {"id": account.id},
        "videos": {"id": post.id},
        "playlistItems": {"playlistId": f"UU{account.id[2:]}"},
    }[name]
    parts = "snippet,contentDetails,status"
    parts += "" if name == "playlistItems" else ",statistics"
    answer = get(sandbox, name, part=parts, **by).json()
    assert answer["kind"] == f"youtube#{name.removesuffix('s')}ListResponse"
    checked = 0
    waiting: list[Any] = [answer]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                checked += key in TYPES
                assert type(inner) is TYPES.get(key, type(inner)), key
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    assert checked > 15


def test_an_unchanged_answer_has_no_body(sandbox: Sandbox) -> None:
    post = sandbox.visible(sandbox.busiest("youtube"))[0]
    path, params = f"{API}/videos", {"part": "statistics", "id": post.id}
    etag = sandbox.json(path, **params)["etag"]
    same = sandbox.http.get(path, params=params, headers={"if-none-match": etag})
    assert (same.status_code, same.content) == (304, b"")
    sandbox.at(f"{to_moment(post.published):%Y-%m-%dT%H:%M:%SZ}")
    changed = sandbox.http.get(path, params=params, headers={"if-none-match": etag})
    assert changed.status_code == 200


BAD = [
    ("channels", {"id": "x"}, "required"),
    ("channels", {"part": "snippet"}, "missingRequiredParameter"),
    ("channels", {"part": "sales", "id": "x"}, "unknownPart"),
    ("videos", {"part": "id"}, "missingRequiredParameter"),
    ("videos", {"part": "id", "id": ",".join(map(str, range(51)))}, "invalidFilters"),
    ("playlistItems", {"part": "id"}, "missingRequiredParameter"),
    (
        "playlistItems",
        {"part": "id", "maxResults": "51", "playlistId": "{uploads}"},
        "invalidParameter",
    ),
    (
        "playlistItems",
        {"part": "id", "pageToken": "???", "playlistId": "{uploads}"},
        "invalidPageToken",
    ),
    (
        "playlistItems",
        {"part": "id", "pageToken": "CAUQAQ", "playlistId": "{uploads}"},
        "invalidPageToken",
    ),
    ("playlistItems", {"part": "id", "playlistId": "UUnone"}, "playlistNotFound"),
    ("playlistItems", {"part": "id", "playlistId": "PLnone"}, "playlistNotFound"),
]


@pytest.mark.parametrize(("name", "params", "reason"), BAD)
def test_bad_parameters_have_their_reason(
    sandbox: Sandbox, name: str, params: dict[str, str], reason: str
) -> None:
    playlist = f"UU{sandbox.busiest('youtube').id[2:]}"
    filled = {key: value.format(uploads=playlist) for key, value in params.items()}
    answer = get(sandbox, name, **filled)
    error = answer.json()["error"]
    assert answer.status_code == error["code"] == (404 if reason == "playlistNotFound" else 400)
    assert error["errors"][0]["reason"] == reason


@pytest.mark.parametrize(
    ("key", "status", "reason"),
    [
        ("invalid-key", 400, "keyInvalid"),
        ("expired-key", 400, "keyInvalid"),
        ("forbidden", 403, "accessNotConfigured"),
    ],
)
def test_refused_keys(sandbox: Sandbox, key: str, status: int, reason: str) -> None:
    answer = get(sandbox, "channels", key=key, part="id", id="x")
    assert answer.status_code == status
    assert answer.json()["error"]["errors"][0]["reason"] == reason


def test_the_key_may_stand_in_the_header_and_must_stand_somewhere(sandbox: Sandbox) -> None:
    path, params = f"{API}/channels", {"part": "id", "id": "x"}
    bare = {"authorization": ""}
    with_key = {**bare, "x-goog-api-key": "key"}
    assert sandbox.http.get(path, params=params, headers=with_key).status_code == 200
    assert sandbox.http.get(path, params=params, headers=bare).status_code == 403


def test_the_days_units_are_spent_until_midnight_pacific(sandbox: Sandbox) -> None:
    sandbox.limits(youtube_units_a_day=3)
    sandbox.at("2025-06-04T06:59:59Z")

    def status(part: str = "id") -> int:
        return get(sandbox, "channels", key="daily", part=part, id="x").status_code

    assert [status(), status("wrong"), status(), status()] == [200, 400, 200, 403]
    error = get(sandbox, "videos", key="daily", part="id", id="x").json()["error"]
    assert error["errors"][0] == {
        "message": error["message"],
        "domain": "youtube.quota",
        "reason": "quotaExceeded",
    }
    sandbox.at("2025-06-04T07:00:00Z")
    assert status() == 200


def test_search_is_metered_as_dear(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    answer = get(sandbox, "search", part="snippet", channelId=account.id, maxResults=3).json()
    newest = [post.id for post in sandbox.visible(account)[:3]]
    assert [item["id"]["videoId"] for item in answer["items"]] == newest
    assert sandbox.usage()["youtube", "search"] == (1, 100, 3)
    sandbox.limits(youtube_searches_a_day=1)
    again = get(sandbox, "search", part="snippet", channelId=account.id)
    assert again.status_code == 403
