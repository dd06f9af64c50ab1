"""YouTube's answers against the discovery document that google-api-python-client ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import googleapiclient
import pytest
import requests

from tests.clients.documents import Discovery, problems
from tests.clients.served import Sandbox
from tests.clients.worlds import Account

DOCUMENT = Path(googleapiclient.__file__).parent / "discovery_cache/documents/youtube.v3.json"
CHANNEL = "id,snippet,statistics,contentDetails,status,brandingSettings,localizations,topicDetails"
VIDEO = "id,snippet,statistics,contentDetails,status,liveStreamingDetails,player,topicDetails"
ITEM = "id,snippet,contentDetails,status"


@pytest.fixture(scope="module")
def discovery() -> Discovery:
    return Discovery(json.loads(DOCUMENT.read_text(encoding="utf-8")))


def ask(sandbox: Sandbox, resource: str, **params: Any) -> dict[str, Any]:
    url = f"{sandbox.base}/youtube/v3/{resource}"
    answer = requests.get(url, params={"key": "key-of-the-document", **params}, timeout=20)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_every_channel_is_as_described(each: Sandbox, discovery: Discovery) -> None:
    ids = ",".join(account.id for account in each.world.accounts("youtube"))
    answer = ask(each, "channels", part=CHANNEL, id=ids)
    assert len(answer["items"]) == len(each.world.accounts("youtube"))
    assert problems(discovery.validator("channels"), answer) == []


def pages(sandbox: Sandbox, account: Account) -> list[dict[str, Any]]:
    params = {"part": ITEM, "playlistId": f"UU{account.id[2:]}", "maxResults": 50}
    found = [ask(sandbox, "playlistItems", **params)]
    while token := found[-1].get("nextPageToken"):
        found.append(ask(sandbox, "playlistItems", **params, pageToken=token))
    return found


def test_every_upload_and_every_video_is_as_described(each: Sandbox, discovery: Discovery) -> None:
    lists, videos = discovery.validator("playlistItems"), discovery.validator("videos")
    for account in each.world.accounts("youtube"):
        for page in pages(each, account):
            assert problems(lists, page) == []
            ids = ",".join(item["contentDetails"]["videoId"] for item in page["items"])
            answer = ask(each, "videos", part=VIDEO, id=ids)
            assert len(answer["items"]) == len(page["items"])
            assert problems(videos, answer) == []


def test_the_entry_of_a_deleted_video_is_as_described(
    sandbox: Sandbox, discovery: Discovery
) -> None:
    account, gone = sandbox.world.deleted("youtube")
    assert gone.deleted is not None
    sandbox.at(gone.deleted)
    (page, *_) = pages(sandbox, account)
    assert any(item["snippet"]["title"] == "Deleted video" for item in page["items"])
    assert problems(discovery.validator("playlistItems"), page) == []


def test_answers_without_items_are_as_described(sandbox: Sandbox, discovery: Discovery) -> None:
    channels = ask(sandbox, "channels", part="id", id="UC" + "x" * 22)
    assert problems(discovery.validator("channels"), channels) == []
    videos = ask(sandbox, "videos", part="id", id="xxxxxxxxxxx")
    assert problems(discovery.validator("videos"), videos) == []


def test_a_search_is_as_described(sandbox: Sandbox, discovery: Discovery) -> None:
    account = sandbox.world.busiest("youtube")
    answer = ask(
        sandbox, "search", part="snippet", channelId=account.id, order="date", type="video"
    )
    assert answer["items"]
    assert problems(discovery.validator("search"), answer) == []


WRONG = [
    ("a number instead of a string", ("statistics", "viewCount"), 12),
    ("a sign where there can be none", ("statistics", "viewCount"), "-12"),
    ("a time that is none", ("snippet", "publishedAt"), "yesterday"),
    ("an unknown key", ("snippet", "sales"), "12"),
    ("a value outside the list", ("status", "privacyStatus"), "hidden"),
    ("another kind", ("kind",), "youtube#channel"),
]


@pytest.mark.parametrize(("case", "path", "value"), WRONG, ids=[case for case, *_ in WRONG])
def test_a_wrong_answer_would_be_noticed(
    sandbox: Sandbox, discovery: Discovery, case: str, path: tuple[str, ...], value: Any
) -> None:
    post = sandbox.world.busiest("youtube").visible()[0]
    answer = ask(sandbox, "videos", part=VIDEO, id=post.id)
    place = answer["items"][0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    (problem,) = problems(discovery.validator("videos"), answer)
    assert ".".join(path[:-1]) in problem
