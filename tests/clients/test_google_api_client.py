"""google-api-python-client: YouTube Data API v3 by the discovery document that it ships."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.clients.served import Sandbox
from tests.clients.worlds import CUTOFF, END, START, Account, Counts, by_id, totals

NAMES = {"viewCount": "views", "likeCount": "likes", "commentCount": "comments"}


Connect = Callable[..., Any]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes services, closed at the end."""
    with ExitStack() as opened:

        def make(sandbox: Sandbox, key: str = "key-of-google") -> Any:
            options = {"api_endpoint": sandbox.base}
            service = build("youtube", "v3", developerKey=key, client_options=options)
            opened.callback(service.close)
            return service

        yield make


def uploads(service: Any, account: Account, size: int = 50) -> Iterator[dict[str, Any]]:
    """All entries of the playlist of uploads, page by page."""
    resource = service.playlistItems()
    playlist = f"UU{account.id[2:]}"
    call = resource.list(part="contentDetails,snippet", playlistId=playlist, maxResults=size)
    while call is not None:
        answer = call.execute()
        yield from answer["items"]
        call = resource.list_next(call, answer)


def published_in_month(item: dict[str, Any]) -> bool:
    """By the video's own time; entries of videos that are gone have none."""
    text = item["contentDetails"].get("videoPublishedAt")
    return text is not None and START <= datetime.fromisoformat(text) < END


def videos(service: Any, ids: list[str]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(ids), 50):
        batch = ",".join(ids[start : start + 50])
        yield from service.videos().list(part="statistics", id=batch).execute()["items"]


def counts(statistics: dict[str, Any]) -> Counts:
    assert all(type(statistics[key]) is str for key in NAMES if key in statistics)
    return {name: int(statistics[key]) for key, name in NAMES.items() if key in statistics}


def three_figures(number: int) -> int:
    return int(f"{number:d}"[:3].ljust(len(f"{number:d}"), "0"))


def test_a_month_of_every_account_is_the_worlds(each: Sandbox, connect: Connect) -> None:
    service, pages = connect(each), 0
    for account in each.world.accounts("youtube"):
        items = list(uploads(service, account, 10))
        ids = [item["contentDetails"]["videoId"] for item in items if published_in_month(item)]
        found = by_id((video["id"], counts(video["statistics"])) for video in videos(service, ids))
        expected = account.month()
        assert totals(found) == totals(expected)
        assert found == expected
        pages += max(-(-len(items) // 10), 1)
    asked = each.calls("youtube", "playlistItems")
    assert asked == pages > len(each.world.accounts("youtube"))


def test_accounts_come_in_batches_with_subscribers_of_three_figures(
    each: Sandbox, connect: Connect
) -> None:
    shown = {account.id: account.counts() for account in each.world.accounts("youtube")}
    call = connect(each).channels().list(part="statistics", id=",".join(list(shown)[:50]))
    found = {item["id"]: item["statistics"] for item in call.execute()["items"]}
    assert found.keys() == shown.keys()
    for account, statistics in found.items():
        assert statistics["subscriberCount"] == str(three_figures(shown[account]["followers"]))
        assert statistics["hiddenSubscriberCount"] is False
        assert int(statistics["videoCount"]) == shown[account]["posts"]
        assert int(statistics["viewCount"]) == shown[account]["views"]


def test_uploads_are_newest_first_but_not_strictly(sandbox: Sandbox, connect: Connect) -> None:
    service, displaced = connect(sandbox), 0
    for account in sandbox.world.accounts("youtube"):
        details = [item["contentDetails"] for item in uploads(service, account)]
        times = [item["videoPublishedAt"] for item in details if "videoPublishedAt" in item]
        displaced += times != sorted(times, reverse=True)
        assert times[:1] >= times[-1:]
    assert displaced > 0


def test_the_entry_of_a_deleted_video_stays_for_a_while_without_its_time(
    sandbox: Sandbox, connect: Connect
) -> None:
    service = connect(sandbox)
    account, gone = sandbox.world.deleted("youtube")
    assert gone.deleted is not None
    sandbox.at(gone.deleted)
    entries = {item["contentDetails"]["videoId"]: item for item in uploads(service, account)}
    assert entries[gone.id]["contentDetails"] == {"videoId": gone.id}
    assert entries[gone.id]["snippet"]["title"] == "Deleted video"
    there = account.visible(gone.deleted)[0]
    assert [video["id"] for video in videos(service, [gone.id, there.id])] == [there.id]
    sandbox.at(CUTOFF)
    left = {item["contentDetails"]["videoId"] for item in uploads(service, account)}
    assert left == {post.id for post in account.visible()}


def test_counters_that_are_not_shown_have_no_key(sandbox: Sandbox, connect: Connect) -> None:
    posts = [post for account in sandbox.world.accounts("youtube") for post in account.visible()]
    for hidden, key in (("likes", "likeCount"), ("comments", "commentCount")):
        post = next(post for post in posts if hidden not in post.counts(CUTOFF))
        (video,) = videos(connect(sandbox), [post.id])
        assert key not in video["statistics"]
        assert video["statistics"]["favoriteCount"] == "0"


def test_an_unknown_channel_is_an_answer_without_items(sandbox: Sandbox, connect: Connect) -> None:
    call = connect(sandbox).channels().list(part="id", id="UC" + "x" * 22)
    answer = call.execute()
    assert "items" not in answer
    assert answer["pageInfo"]["totalResults"] == 0


def reason(refused: pytest.ExceptionInfo[HttpError]) -> tuple[int, str]:
    error = json.loads(refused.value.content)["error"]
    assert error["code"] == refused.value.status_code
    return error["code"], error["errors"][0]["reason"]


def test_an_unknown_playlist_is_not_found(sandbox: Sandbox, connect: Connect) -> None:
    call = connect(sandbox).playlistItems().list(part="id", playlistId="UU" + "x" * 22)
    with pytest.raises(HttpError) as refused:
        call.execute()
    assert reason(refused) == (404, "playlistNotFound")


def test_a_wrong_key_is_a_bad_request(sandbox: Sandbox, connect: Connect) -> None:
    with pytest.raises(HttpError) as refused:
        connect(sandbox, "invalid-key").videos().list(part="id", id="x").execute()
    assert reason(refused) == (400, "keyInvalid")


def test_a_spent_quota_is_forbidden_and_refused_calls_cost_as_well(
    sandbox: Sandbox, connect: Connect
) -> None:
    sandbox.limits(youtube_units_a_day=2)
    service = connect(sandbox, "key-of-the-quota")
    with pytest.raises(HttpError) as refused:
        service.playlistItems().list(part="id", playlistId="UU" + "x" * 22).execute()
    assert reason(refused) == (404, "playlistNotFound")
    assert service.videos().list(part="id", id="x").execute()["items"] == []
    with pytest.raises(HttpError) as refused:
        service.videos().list(part="id", id="x").execute()
    assert reason(refused) == (403, "quotaExceeded")


def test_a_made_up_page_token_is_invalid(sandbox: Sandbox, connect: Connect) -> None:
    playlist = f"UU{sandbox.world.busiest('youtube').id[2:]}"
    resource = connect(sandbox).playlistItems()
    with pytest.raises(HttpError) as refused:
        resource.list(part="id", playlistId=playlist, pageToken="nonsense").execute()
    assert reason(refused) == (400, "invalidPageToken")
