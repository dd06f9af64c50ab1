"""Groups, refreshes, the minimum of calls, and what calls look like."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.contract import Fetch
from crawler.platforms.youtube.config import YouTubeConfig
from crawler.platforms.youtube.platform import PLATFORM
from model.messages import Visit, VisitKind
from tests.crawler.platforms.youtube.directory import (
    MAY,
    NOW,
    Channel,
    Directory,
    days,
    video_id,
    visit,
)
from tests.crawler.platforms.youtube.driving import drive

DAY = timedelta(days=1)
CONFIG = YouTubeConfig()


def refresh(number: int, posts: int) -> Visit:
    ids = tuple(video_id(number, position) for position in range(posts))
    return visit(number, VisitKind.REFRESH, posts=ids)


def test_groups_hold_one_kind_slot_and_window_and_at_most_fifty() -> None:
    visits = [visit(number, VisitKind.PROFILE) for number in range(120)]
    visits += [visit(number, VisitKind.TIMELINE) for number in range(3)]
    visits += [refresh(number, 2) for number in range(2)]
    groups = list(PLATFORM.groups(visits, CONFIG))
    assert sorted(len(group) for group in groups) == [2, 3, 20, 50, 50]
    assert all(len({(v.kind, v.slot, v.window) for v in group}) == 1 for group in groups)
    assert sorted(v.id for group in groups for v in group) == sorted(v.id for v in visits)


def test_a_refresh_reads_by_id_and_across_channels() -> None:
    directory = Directory(*(Channel(n, days(NOW - DAY, 30, DAY)) for n in range(4)))
    visits = [refresh(number, 30) for number in range(4)]
    run = drive(visits, directory)
    assert directory.endpoints() == {"videos": 3}
    assert len(run.posts) == 120
    assert {run.outcome(visit) for visit in visits} == {"ok"}
    assert {close.seen for close in run.closes.values()} == {()}


def test_a_refresh_tells_what_is_gone() -> None:
    one = refresh(1, 4)
    run = drive([one], Directory(Channel(1, [NOW, None, NOW, NOW], omitted={3})))
    assert run.gone == {video_id(1, 1), video_id(1, 3)}
    assert run.outcome(one) == "ok"


def test_even_all_posts_of_a_refresh_may_be_gone() -> None:
    one = refresh(1, 9)
    run = drive([one], Directory())
    assert len(run.gone) == 9
    assert run.outcome(one) == "ok"


def test_a_refresh_of_nothing_takes_no_call() -> None:
    directory, one = Directory(), refresh(1, 0)
    assert drive([one], directory).outcome(one) == "ok_nothing_new"
    assert directory.asked == []


def test_a_failed_batch_of_a_refresh_leaves_the_other_batches() -> None:
    directory = Directory(*(Channel(n, days(NOW - DAY, 50, DAY)) for n in range(2)))
    visits = [refresh(0, 50), refresh(1, 50)]
    directory.tamper = lambda call, status, body: (
        (500, {}) if video_id(0, 0) in call.url else (status, body)
    )
    run = drive(visits, directory)
    assert [run.outcome(visit) for visit in visits] == ["server_error", "ok"]


@pytest.mark.parametrize(
    ("kind", "accounts", "posts", "calls"),
    [
        ("profile", 1, [], 1),
        ("profile", 138, [], 3),
        ("timeline", 1, [30], 2),
        ("timeline", 1, [0], 1),
        ("timeline", 2, [], 2),
        ("timeline", 138, [30] * 138, 138 + 83),
        ("timeline", 1, [101], 3 + 3),
        ("refresh", 138, [30] * 138, 83),
        ("refresh", 1, [], 0),
    ],
)
def test_minimum(kind: str, accounts: int, posts: list[int], calls: int) -> None:
    assert PLATFORM.minimum(kind, accounts, posts) == calls


@pytest.mark.slow
def test_a_month_of_many_channels_stays_near_the_minimum() -> None:
    sizes = [3 * n % 80 for n in range(110)]
    channels = [
        Channel(n, days(MAY.end + 3 * DAY, size + size // 10, timedelta(days=31) / max(size, 1)))
        for n, size in enumerate(sizes)
    ]
    directory = Directory(*channels)
    visits = [visit(n, VisitKind.TIMELINE) for n in range(110)]
    seen = 0
    posts = []
    for group in PLATFORM.groups(visits, CONFIG):
        run = drive(group, directory)
        posts += [len(close.seen) for close in run.closes.values()]
        seen += len(run.posts)
    assert seen == sum(at is not None and at in MAY for c in channels for at in c.uploads)
    assert len(directory.asked) <= 1.1 * PLATFORM.minimum("timeline", 110, posts)


def test_calls_go_to_the_configured_host_and_hold_no_key() -> None:
    config = YouTubeConfig(api_url="http://127.0.0.1:8765/", tokens=("secret-key",))
    one = visit(1, VisitKind.TIMELINE)
    (fetch,) = list(PLATFORM.start([one], config))
    assert isinstance(fetch, Fetch)
    parts = urlsplit(fetch.call.url)
    assert parts.netloc == "127.0.0.1:8765"
    assert parts.path == "/youtube/v3/playlistItems"
    query = parse_qs(parts.query)
    assert query["playlistId"] == ["UU" + one.account[2:]]
    assert query["maxResults"] == ["50"]
    assert "secret-key" not in repr(fetch.call)
    assert PLATFORM.authorise("secret-key") == {"X-Goog-Api-Key": "secret-key"}
    assert PLATFORM.token_call(config) is None
