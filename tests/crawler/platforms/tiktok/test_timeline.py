"""Timelines of TikTok: many accounts a query, 100 rows a page, 30 days a stretch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.contract import Answer, Call
from crawler.errors import GiveUp
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.platforms.tiktok.platform import PLATFORM
from crawler.platforms.tiktok.timeline import split
from model.messages import Outcome, VisitKind, Window
from model.proof import Proof
from tests.crawler.platforms.driver import NOW, answered, drive
from tests.crawler.platforms.tiktok.service import (
    MAY,
    OK,
    Service,
    failed,
    through_may,
    video,
    visit,
)

CONFIG = TikTokConfig()
TIMELINE = VisitKind.TIMELINE


def ids(rows: list[dict[str, Any]]) -> set[str]:
    return {str(row["id"]) for row in rows}


def page(rows: list[Any], **changes: Any) -> dict[str, Any]:
    data = {"videos": rows, "cursor": len(rows), "search_id": "s", "has_more": False, **changes}
    return {"data": data, "error": OK}


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=400), st.integers(min_value=1, max_value=120))
def test_stretches_cover_every_date_once_and_never_exceed_30_days(hours: int, days: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    window = Window(start, start + timedelta(days=days))
    parts = split(window, date(2027, 1, 1))
    assert parts[0][0] == start.date()
    assert parts[-1][1] == (window.end - timedelta(seconds=1)).date()
    assert all(1 <= (last - first).days + 1 <= 30 for first, last in parts)
    edges = [(a[1], b[0]) for a, b in pairwise(parts)]
    assert all(after - before == timedelta(days=1) for before, after in edges)
    dates = (parts[-1][1] - parts[0][0]).days + 1
    assert len(parts) == -(-dates // 30)


def test_a_month_of_31_days_in_shanghai_takes_two_stretches_and_february_one() -> None:
    assert len(split(MAY, NOW.date())) == 2
    february = Window(datetime(2026, 1, 31, 16, tzinfo=UTC), datetime(2026, 2, 28, 16, tzinfo=UTC))
    assert split(february, NOW.date()) == ((date(2026, 1, 31), date(2026, 2, 28)),)


def test_nothing_is_asked_about_the_future() -> None:
    window = Window(NOW - timedelta(days=2), NOW + timedelta(days=20))
    assert split(window, NOW.date()) == ((date(2026, 6, 2), date(2026, 6, 4)),)
    late = visit(TIMELINE, window=Window(NOW + timedelta(days=2), NOW + timedelta(days=3)))
    run = drive(PLATFORM, CONFIG, [late], Service())
    assert run.closes[0].outcome is Outcome.OK_NOTHING_NEW
    assert not run.calls


def test_accounts_share_their_calls() -> None:
    accounts = [str(number) for number in range(11, 71)]
    videos = {account: through_may(int(account) % 7, account) for account in accounts}
    visits = [visit(TIMELINE, account) for account in accounts]
    users = {f"city{account}": {"follower_count": 5, "video_count": 0} for account in accounts}
    service = Service(users, [row for rows in videos.values() for row in rows])
    run = drive(PLATFORM, CONFIG, visits, service)
    for v in visits:
        assert set(run.close(v).seen) == ids(videos[v.account])
        something = Outcome.OK if videos[v.account] else Outcome.OK_NOTHING_NEW
        assert run.close(v).outcome is something
    assert {post.account for post in run.posts} == {v.account for v in visits if videos[v.account]}
    fewest = PLATFORM.minimum("timeline", 60, [len(rows) for rows in videos.values()], 2)
    assert len(run.calls) <= fewest + 1


@pytest.mark.parametrize(("number", "size"), [(250, 100), (30, 7)])
def test_pages_follow_one_another_by_cursor_and_search_id(number: int, size: int) -> None:
    rows = through_may(number)
    run = drive(PLATFORM, CONFIG, [visit(TIMELINE)], Service(videos=rows, page=size))
    assert set(run.closes[0].seen) == ids(rows)
    bodies = [msgspec.json.decode(call.body or b"") for call in run.calls]
    assert "search_id" not in bodies[0]
    assert bodies[1]["cursor"] == size
    assert bodies[1]["search_id"] == "search-20260430"


def test_only_the_window_counts_as_seen() -> None:
    second = timedelta(seconds=1)
    times = [MAY.start - second, MAY.start, MAY.end - second, MAY.end]
    rows = [video(number, at) for number, at in enumerate(times)]
    run = drive(PLATFORM, CONFIG, [visit(TIMELINE)], Service(videos=rows))
    assert set(run.closes[0].seen) == ids(rows[1:3])
    assert len(run.posts) == 4


def test_handles_are_matched_whatever_their_case() -> None:
    rows = [video(1, MAY.start, username="City11")]
    run = drive(
        PLATFORM,
        CONFIG,
        [visit(TIMELINE, handle="@cItY11")],
        lambda call: answered(call, page(rows)),
    )
    assert run.posts[0].account == "11"
    assert msgspec.json.decode(run.calls[0].body or b"")["query"]["and"][0]["field_values"] == [
        "cItY11"
    ]


def test_windows_and_slots_share_no_call() -> None:
    week = Window(MAY.start, MAY.start + timedelta(days=7))
    visits = [visit(TIMELINE), visit(TIMELINE, "12", window=week)]
    assert list(PLATFORM.groups(visits, CONFIG)) == [[visits[0]], [visits[1]]]
    many = [visit(TIMELINE, str(number)) for number in range(1, 231)]
    assert [len(group) for group in PLATFORM.groups(many, CONFIG)] == [100, 100, 30]


def test_a_malformed_video_concerns_its_owner_alone() -> None:
    good, bad = through_may(3, "11"), through_may(3, "12")
    bad[1]["like_count"] = -5
    visits = [visit(TIMELINE, "11"), visit(TIMELINE, "12")]
    run = drive(PLATFORM, CONFIG, visits, Service(videos=good + bad))
    assert run.close(visits[0]).outcome is Outcome.OK
    assert run.close(visits[1]).outcome is Outcome.CHANGED_SHAPE
    assert set(run.close(visits[1]).seen) == ids([bad[0], bad[2]])


def test_a_video_of_nobody_asked_for_concerns_all() -> None:
    rows = [*through_may(1), video(9, MAY.start, username="stranger")]
    visits = [visit(TIMELINE, "11"), visit(TIMELINE, "12")]
    run = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, page(rows)))
    assert {close.outcome for close in run.closes} == {Outcome.CHANGED_SHAPE}
    assert ids(rows[:1]) == {post.id for post in run.posts}


def test_a_page_served_twice_counts_once() -> None:
    rows = through_may(250)
    service, served = Service(videos=rows), []

    def twice(call: Call) -> Answer:
        served.append(call)
        return service(served[0] if len(served) == 2 else call)

    run = drive(PLATFORM, CONFIG, [visit(TIMELINE)], twice)
    assert sorted(run.closes[0].seen) == sorted(ids(rows))


def test_paging_in_a_ring_ends() -> None:
    ring = page(through_may(3), has_more=True)
    run = drive(PLATFORM, CONFIG, [visit(TIMELINE)], lambda call: answered(call, ring))
    assert run.closes[0].outcome is Outcome.EMPTY_UNEXPECTED
    assert len(run.closes[0].seen) == 3
    assert len(run.calls) == 4


@pytest.mark.parametrize(
    ("user", "outcome", "proof"),
    [
        (None, Outcome.GONE, None),
        ({"follower_count": 5, "video_count": 0}, Outcome.OK_NOTHING_NEW, Proof.COUNTERS),
        ({"follower_count": 5, "video_count": 9}, Outcome.OK_NOTHING_NEW, Proof.END_MARK),
    ],
)
def test_a_handle_without_videos_is_asked_whose_it_is(
    user: dict[str, int] | None, outcome: Outcome, proof: Proof | None
) -> None:
    service = Service({} if user is None else {"city11": user})
    run = drive(PLATFORM, CONFIG, [visit(TIMELINE)], service)
    assert (run.closes[0].outcome, run.closes[0].proof) == (outcome, proof)


@pytest.mark.parametrize("more", [True, False])
def test_an_empty_page_that_counts_rows_is_asked_for_again(more: bool) -> None:
    rows, served = through_may(3), []

    def respond(call: Call) -> Answer:
        served.append(call)
        if len(served) == 1:
            return answered(call, page([], has_more=more, cursor=3))
        if len(served) == 2:
            return answered(call, page(rows, has_more=more, cursor=3))
        return answered(call, page([]))

    week = Window(MAY.start, MAY.start + timedelta(days=20))
    run = drive(PLATFORM, CONFIG, [visit(TIMELINE, window=week)], respond)
    assert run.calls[0] == run.calls[1]
    assert ids(rows) >= set(run.closes[0].seen) > set()


def test_a_page_that_stays_empty_proves_nothing() -> None:
    empty, service = page([], cursor=100), Service({"city11": {"follower_count": 5}})

    def respond(call: Call) -> Answer:
        return service(call) if call.endpoint == "user" else answered(call, empty)

    run = drive(PLATFORM, CONFIG, [visit(TIMELINE)], respond)
    assert run.closes[0].outcome is Outcome.EMPTY_UNEXPECTED
    assert len(run.calls) == 4


def test_a_page_with_nothing_but_a_next_one_goes_on() -> None:
    def respond(call: Call) -> Answer:
        first = "cursor" not in msgspec.json.decode(call.body or b"")
        body = page([], has_more=True, cursor=20) if first else page(through_may(2))
        return answered(call, body)

    week = Window(MAY.start, MAY.start + timedelta(days=20))
    run = drive(PLATFORM, CONFIG, [visit(TIMELINE, window=week)], respond)
    assert len(run.closes[0].seen) == 2


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"data": {}, "error": OK}, Outcome.EMPTY_UNEXPECTED),
        (page([], has_more=None), Outcome.CHANGED_SHAPE),
        ({"data": {"has_more": False}, "error": OK}, Outcome.CHANGED_SHAPE),
        (page(through_may(2), has_more=True, cursor=None), Outcome.CHANGED_SHAPE),
        (page(through_may(2), has_more=True, search_id=None), Outcome.CHANGED_SHAPE),
        (page(["x"]), Outcome.CHANGED_SHAPE),
        ({"error": {"code": "internal_error", "message": ""}}, Outcome.SERVER_ERROR),
        (b"\x00", Outcome.CHANGED_SHAPE),
    ],
)
def test_nothing_is_taken_for_no_videos(body: Any, outcome: Outcome) -> None:
    visits = [visit(TIMELINE, "11"), visit(TIMELINE, "12")]
    run = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, body))
    assert [close.outcome for close in run.closes] == [outcome, outcome]
    assert not run.pages


def test_a_failed_call_ends_all_visits_of_the_batch() -> None:
    visits = [visit(TIMELINE, "11"), visit(TIMELINE, "12")]
    run = drive(PLATFORM, CONFIG, visits, lambda call: failed(call, 500, "internal_error"))
    assert [close.outcome for close in run.closes] == [Outcome.SERVER_ERROR] * 2


def test_without_a_window_nothing_can_be_asked() -> None:
    endless = visit(TIMELINE, window=None)
    with pytest.raises(GiveUp, match="without a window"):
        drive(PLATFORM, CONFIG, [endless], Service())
