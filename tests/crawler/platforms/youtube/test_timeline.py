"""Timelines: every video of the window, from the fewest calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from model.messages import Visit, VisitKind
from tests.crawler.platforms.youtube.directory import (
    MAY,
    Channel,
    Directory,
    channel_id,
    days,
    error,
    video_id,
    visit,
)
from tests.crawler.platforms.youtube.driving import drive

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LAST = MAY.end - HOUR


def timeline(number: int, **more: Any) -> Visit:
    return visit(number, VisitKind.TIMELINE, **more)


def test_all_videos_of_the_window_and_no_others() -> None:
    channel = Channel(1, days(MAY.end + 2 * DAY, 40, DAY))
    one = timeline(1)
    run = drive([one], Directory(channel))
    inside = {
        video_id(1, n) for n, at in enumerate(channel.uploads) if at is not None and at in MAY
    }
    assert set(run.closes[one.id].seen) == inside
    assert {post.id for post in run.posts} == inside
    assert run.outcome(one) == "ok"
    assert {post.account for post in run.posts} == {channel_id(1)}


def test_the_window_is_half_open() -> None:
    edges = [MAY.end, MAY.end - timedelta(seconds=1), MAY.start, MAY.start - timedelta(seconds=1)]
    one = timeline(1)
    run = drive([one], Directory(Channel(1, edges)))
    assert set(run.closes[one.id].seen) == {video_id(1, 1), video_id(1, 2)}


@pytest.mark.parametrize("newest_first", [False, True])
def test_ids_of_all_channels_share_batches(newest_first: bool) -> None:
    channels = [Channel(n, days(LAST, 30, DAY)) for n in range(10)]
    directory, visits = Directory(*channels), [timeline(n) for n in range(10)]
    run = drive(visits, directory, newest_first=newest_first)
    assert directory.endpoints() == {"playlistItems": 10, "videos": 6}
    assert {run.outcome(visit) for visit in visits} == {"ok"}
    assert all(len(close.seen) == 30 for close in run.closes.values())


def test_pages_are_read_on_while_they_lie_in_the_window() -> None:
    channel = Channel(1, days(LAST, 400, timedelta(hours=8)))
    directory, one = Directory(channel), timeline(1)
    run = drive([one], directory)
    assert len(run.closes[one.id].seen) == 93
    assert directory.endpoints() == {"playlistItems": 3, "videos": 2}


@pytest.mark.parametrize("position", [0, 20, 49])
def test_an_old_video_out_of_order_does_not_end_the_walk(position: int) -> None:
    uploads = days(LAST, 120, timedelta(hours=6))
    uploads.insert(position, MAY.start - 900 * DAY)
    one = timeline(1)
    run = drive([one], Directory(Channel(1, uploads)))
    assert len(run.closes[one.id].seen) == 120


def test_a_video_published_in_the_window_but_listed_a_little_late_is_found() -> None:
    """Uploaded two days before the window, published in it: it stands where it was uploaded."""
    uploads = days(LAST, 50, timedelta(hours=15))
    assert uploads[-1] > MAY.start
    older = days(MAY.start - HOUR, 10, DAY)
    older.insert(3, MAY.start + DAY)
    one = timeline(1)
    run = drive([one], Directory(Channel(1, [*uploads, *older])))
    assert len(run.closes[one.id].seen) == 51


def test_a_page_well_before_the_window_is_the_last() -> None:
    uploads = [*days(LAST, 30, DAY), *days(MAY.start - DAY, 500, DAY)]
    directory, one = Directory(Channel(1, uploads)), timeline(1)
    drive([one], directory)
    assert directory.endpoints() == {"playlistItems": 1, "videos": 1}


def test_newer_videos_are_passed_by() -> None:
    uploads = [*days(MAY.end + 30 * DAY, 60, timedelta(hours=6)), *days(LAST, 5, DAY)]
    one = timeline(1)
    run = drive([one], Directory(Channel(1, uploads)))
    assert len(run.closes[one.id].seen) == 5


def test_private_and_deleted_entries_are_no_posts() -> None:
    one = timeline(1)
    run = drive([one], Directory(Channel(1, [None, LAST, None])))
    assert run.closes[one.id].seen == (video_id(1, 1),)
    assert run.gone == {video_id(1, 0), video_id(1, 2)}


def test_an_entry_whose_date_is_missing_is_no_loss() -> None:
    directory, one = Directory(Channel(1, [LAST, LAST - DAY])), timeline(1)

    def dateless(call: Any, status: int, body: Any) -> tuple[int, Any]:
        if call.endpoint == "playlistItems":
            del body["items"][0]["contentDetails"]["videoPublishedAt"]
        return status, body

    directory.tamper = dateless
    run = drive([one], directory)
    assert set(run.closes[one.id].seen) == {video_id(1, 0), video_id(1, 1)}


def test_listed_but_silently_omitted_videos_are_gone() -> None:
    one = timeline(1)
    run = drive([one], Directory(Channel(1, days(LAST, 4, DAY), omitted={2})))
    assert run.gone == {video_id(1, 2)}
    assert video_id(1, 2) not in run.closes[one.id].seen
    assert run.outcome(one) == "ok"


def test_that_all_listed_videos_are_gone_is_not_believed() -> None:
    one = timeline(1)
    run = drive([one], Directory(Channel(1, days(LAST, 5, DAY), omitted=set(range(5)))))
    assert run.outcome(one) == "empty_unexpected"
    assert run.gone == set()


def test_nothing_in_the_window_is_nothing_new() -> None:
    silent, empty = timeline(1), timeline(2)
    run = drive([silent, empty], Directory(Channel(1, days(MAY.start - DAY, 9, DAY)), Channel(2)))
    assert [run.outcome(silent), run.outcome(empty)] == ["ok_nothing_new"] * 2
    assert run.posts == []


def test_an_empty_page_of_a_list_that_has_entries_is_not_believed() -> None:
    directory, one = Directory(Channel(1, [LAST])), timeline(1)
    directory.tamper = lambda _, status, body: (status, body | {"items": []})
    assert drive([one], directory).outcome(one) == "empty_unexpected"


def test_an_empty_page_with_a_sequel_is_read_on() -> None:
    directory, one = Directory(Channel(1, days(LAST, 70, timedelta(hours=6)))), timeline(1)

    def hollow(call: Any, status: int, body: Any) -> tuple[int, Any]:
        if call.endpoint == "playlistItems" and "pageToken" not in call.url:
            return status, body | {"items": []}
        return status, body

    directory.tamper = hollow
    assert len(drive([one], directory).closes[one.id].seen) == 20


def test_a_page_that_comes_twice_is_not_taken_for_the_next() -> None:
    directory, one = Directory(Channel(1, days(LAST, 130, timedelta(hours=5)))), timeline(1)
    first: list[Any] = []

    def repeated(call: Any, status: int, body: Any) -> tuple[int, Any]:
        if call.endpoint == "playlistItems":
            first.append(body)
            if len(first) == 2:
                return status, first[0]
        return status, body

    directory.tamper = repeated
    run = drive([one], directory)
    assert run.outcome(one) == "ok"
    assert len(run.closes[one.id].seen) == 130


@pytest.mark.parametrize(("times", "outcome"), [(1, "ok"), (2, "empty_unexpected")])
def test_an_empty_page_is_asked_for_again(times: int, outcome: str) -> None:
    directory, one = Directory(Channel(1, days(LAST, 130, timedelta(hours=5)))), timeline(1)
    left = [times]

    def emptied(call: Any, status: int, body: Any) -> tuple[int, Any]:
        if call.endpoint == "playlistItems" and "pageToken" in call.url and left[0]:
            left[0] -= 1
            return status, body | {"items": []}
        return status, body

    directory.tamper = emptied
    run = drive([one], directory)
    assert run.outcome(one) == outcome
    assert len(run.closes[one.id].seen) == (130 if times == 1 else 80)


def test_a_full_page_whose_next_one_is_lost_proves_nothing() -> None:
    directory, one = Directory(Channel(1, days(LAST, 130, timedelta(hours=5)))), timeline(1)

    def losing(call: Any, status: int, body: Any) -> tuple[int, Any]:
        return status, {key: value for key, value in body.items() if key != "nextPageToken"}

    directory.tamper = losing
    close = drive([one], directory).closes[one.id]
    assert close.outcome == "empty_unexpected"
    assert len(close.seen) == 50
    assert "50 of 130" in close.detail


def test_pages_without_an_end_are_left() -> None:
    directory, one = Directory(Channel(1, days(LAST, 30, timedelta(hours=5)))), timeline(1)
    asked: list[Any] = []

    def endlessly(call: Any, status: int, body: Any) -> tuple[int, Any]:
        if call.endpoint != "playlistItems":
            return status, body
        asked.append(call)
        return status, body | {"nextPageToken": "P0", "pageInfo": {"totalResults": 900}}

    directory.tamper = endlessly
    close = drive([one], directory).closes[one.id]
    assert close.outcome == "empty_unexpected"
    assert len(close.seen) == 30
    assert len(asked) <= 7


@pytest.mark.parametrize(
    ("channel", "outcome"),
    [
        (None, "gone"),
        (Channel(1, [], listed=False), "ok_nothing_new"),
        (Channel(1, [LAST], listed=False), "empty_unexpected"),
    ],
)
def test_an_unknown_list_is_told_apart_by_its_channel(
    channel: Channel | None, outcome: str
) -> None:
    directory = Directory(*([] if channel is None else [channel]))
    one = timeline(1)
    run = drive([one], directory)
    assert run.outcome(one) == outcome
    assert directory.endpoints() == {"playlistItems": 1, "channels": 1}


def test_a_failed_list_does_not_hold_up_the_others() -> None:
    directory = Directory(*(Channel(n, days(LAST, 20, DAY)) for n in range(3)))
    visits = [timeline(n) for n in range(3)]
    lists = {channel_id(1).replace("UC", "UU")}

    def refused(call: Any, status: int, body: Any) -> tuple[int, Any]:
        if any(name in call.url for name in lists):
            return 403, error(403, "playlistItemsNotAccessible")
        return status, body

    directory.tamper = refused
    run = drive(visits, directory)
    assert [run.outcome(visit) for visit in visits] == ["ok", "forbidden", "ok"]
    assert directory.endpoints() == {"playlistItems": 3, "videos": 1}


def test_a_failed_batch_closes_only_its_visits() -> None:
    sizes = {1: 40, 2: 20, 3: 30}
    directory = Directory(*(Channel(n, days(LAST, size, HOUR)) for n, size in sizes.items()))
    visits = [timeline(n) for n in sizes]
    batches: list[str] = []

    def broken(call: Any, status: int, body: Any) -> tuple[int, Any]:
        if call.endpoint == "videos":
            batches.append(call.url)
            if len(batches) == 1:
                return status, b"{"
        return status, body

    directory.tamper = broken
    run = drive(visits, directory)
    assert [run.outcome(visit) for visit in visits] == ["changed_shape", "changed_shape", "ok"]
    assert len(run.closes[visits[2].id].seen) == 30


def test_a_video_that_cannot_be_read_makes_the_visit_incomplete() -> None:
    directory = Directory(Channel(1, [LAST, LAST - DAY]), Channel(2, [LAST]))
    visits = [timeline(1), timeline(2)]

    def broken(call: Any, status: int, body: Any) -> tuple[int, Any]:
        if call.endpoint == "videos":
            del body["items"][0]["statistics"]
        return status, body

    directory.tamper = broken
    run = drive(visits, directory)
    assert [run.outcome(visit) for visit in visits] == ["changed_shape", "ok"]
    assert run.gone == set()
    assert {post.id for post in run.posts} == {video_id(1, 1), video_id(2, 0)}
    assert run.closes[visits[0].id].seen == (video_id(1, 1),)


def test_an_id_that_is_none_of_a_channel_is_said_and_costs_nothing() -> None:
    directory = Directory(Channel(2, [LAST]))
    wrong, right = timeline(1, account="cityone"), timeline(2)
    run = drive([wrong, right], directory)
    assert [run.outcome(wrong), run.outcome(right)] == ["gave_up", "ok"]
    assert directory.endpoints() == {"playlistItems": 1, "videos": 1}
