"""python-youtube: YouTube Data API v3 as typed models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from pyyoutube import Client, PyYouTubeException
from pyyoutube.models import PlaylistItem, Video

from tests.clients.served import Sandbox
from tests.clients.worlds import END, START, Account, Counts, by_id, totals

Connect = Callable[..., Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients, closed at the end."""
    with ExitStack() as opened:

        def make(sandbox: Sandbox, key: str = "key-of-python-youtube") -> Client:
            client = Client(api_key=key)
            client.BASE_URL = f"{sandbox.base}/youtube/v3/"
            opened.callback(client.session.close)
            return client

        yield make


def uploads(client: Client, account: Account, size: int) -> Iterator[PlaylistItem]:
    """All entries of the playlist of uploads, page by page."""
    token = None
    while True:
        answer = client.playlistItems.list(
            parts="contentDetails",
            playlist_id=f"UU{account.id[2:]}",
            max_results=size,
            page_token=token,
        )
        yield from answer.items
        token = answer.nextPageToken
        if token is None:
            return


def published_in_month(item: PlaylistItem) -> bool:
    text = item.contentDetails.videoPublishedAt
    return text is not None and START <= datetime.fromisoformat(text) < END


def videos(client: Client, ids: list[str]) -> Iterator[Video]:
    for start in range(0, len(ids), 50):
        answer = client.videos.list(parts="statistics", video_id=ids[start : start + 50])
        yield from answer.items


def counts(video: Video) -> Counts:
    statistics = video.statistics
    shown = {
        "views": statistics.viewCount,
        "likes": statistics.likeCount,
        "comments": statistics.commentCount,
    }
    return {name: int(value) for name, value in shown.items() if value is not None}


def test_a_month_of_every_account_is_the_worlds(each: Sandbox, connect: Connect) -> None:
    client, pages = connect(each), 0
    for account in each.world.accounts("youtube"):
        items = list(uploads(client, account, 10))
        ids = [item.contentDetails.videoId for item in items if published_in_month(item)]
        found = by_id((video.id, counts(video)) for video in videos(client, ids))
        expected = account.month()
        assert totals(found) == totals(expected)
        assert found == expected
        pages += max(-(-len(items) // 10), 1)
    asked = each.calls("youtube", "playlistItems")
    assert asked == pages > len(each.world.accounts("youtube"))


def test_an_account_is_found_by_its_handle_and_leads_to_its_uploads(
    sandbox: Sandbox, connect: Connect
) -> None:
    account = sandbox.world.busiest("youtube")
    answer = connect(sandbox).channels.list(
        parts="snippet,statistics,contentDetails", for_handle=f"@{account.handle}"
    )
    (channel,) = answer.items
    assert (channel.id, channel.snippet.title) == (account.id, account.name)
    assert channel.contentDetails.relatedPlaylists.uploads == f"UU{account.id[2:]}"
    shown = account.counts()
    subscribers = int(channel.statistics.subscriberCount)
    assert 0 <= shown["followers"] - subscribers < shown["followers"] / 100
    assert int(channel.statistics.videoCount) == shown["posts"]


def test_an_account_that_has_not_uploaded_yet_has_an_empty_page(
    sandbox: Sandbox, connect: Connect
) -> None:
    account = sandbox.world.busiest("youtube")
    sandbox.at(account.posts[0].published - timedelta(seconds=1))
    assert list(uploads(connect(sandbox), account, 50)) == []


def test_deleted_videos_are_left_out_without_a_word(sandbox: Sandbox, connect: Connect) -> None:
    account, gone = sandbox.world.deleted("youtube")
    there = account.visible()[0]
    found = videos(connect(sandbox), [gone.id, there.id])
    assert [video.id for video in found] == [there.id]


@pytest.mark.parametrize(("key", "status"), [("invalid-key", 400), ("forbidden-key", 403)])
def test_refused_keys_are_the_clients_own_error(
    sandbox: Sandbox, key: str, status: int, connect: Connect
) -> None:
    with pytest.raises(PyYouTubeException) as refused:
        connect(sandbox, key).videos.list(parts="id", video_id="x")
    assert (refused.value.status_code, refused.value.error_type) == (status, "YouTubeException")


def test_a_spent_quota_is_the_clients_own_error(sandbox: Sandbox, connect: Connect) -> None:
    sandbox.fault(kind="quota_spent", platform="youtube")
    with pytest.raises(PyYouTubeException) as refused:
        connect(sandbox).channels.list(parts="id", channel_id="x")
    assert refused.value.status_code == 403
    assert "quota" in refused.value.message
