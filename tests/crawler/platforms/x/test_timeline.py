"""Timelines of X: the window of one account, to its last page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from crawler.contract import Answer, Call
from crawler.platforms.x.config import XConfig
from crawler.platforms.x.platform import PLATFORM
from model.items import PostType
from model.messages import Outcome, VisitKind, Window
from tests.crawler.platforms.driver import NOW, Run, answered, drive
from tests.crawler.platforms.x.service import MAY, Service, daily, post, problem, visit

CONFIG = XConfig()
VISIT = visit(VisitKind.TIMELINE)


def run(service: Any, config: XConfig = CONFIG) -> Run:
    return drive(PLATFORM, config, [VISIT], service)


def query(call: Call) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(call.url).query).items()}


@pytest.mark.parametrize("number", [1, 99, 100, 101, 250])
def test_every_post_of_the_window_with_the_fewest_calls(number: int) -> None:
    rows = daily(number)
    done = run(Service(posts=rows))
    assert [post.id for post in done.posts] == [row["id"] for row in rows]
    assert done.closes[0].outcome is Outcome.OK
    assert list(done.closes[0].seen) == [row["id"] for row in rows]
    assert len(done.calls) == PLATFORM.minimum("timeline", 1, [number])


def test_short_pages_are_not_the_last_ones() -> None:
    rows = daily(50)
    done = run(Service(posts=rows, page=7))
    assert set(done.closes[0].seen) == {row["id"] for row in rows}
    assert len(done.calls) == 8


def test_no_posts_by_the_answers_own_word() -> None:
    done = run(Service())
    assert done.closes[0].outcome is Outcome.OK_NOTHING_NEW
    assert done.closes[0].seen == ()
    assert len(done.calls) == PLATFORM.minimum("timeline", 1, [0]) == 1


def test_the_window_is_asked_for_and_reposts_are_not() -> None:
    call = run(Service()).calls[0]
    assert urlsplit(call.url).path == "/2/users/11/tweets"
    asked = query(call)
    assert asked["start_time"] == "2026-05-01T00:00:00Z"
    assert asked["end_time"] == "2026-06-01T00:00:00Z"
    assert asked["max_results"] == "100"
    assert asked["exclude"] == "retweets"
    assert "public_metrics" in asked["tweet.fields"]
    assert asked["expansions"] == "attachments.media_keys"


def test_the_new_names_and_no_expansion_can_be_asked_for() -> None:
    asked = query(run(Service(), XConfig(dialect="new", expand_media=False)).calls[0])
    assert "public_metrics" in asked["post.fields"]
    assert asked["expansions"] == "author_id,referenced_posts"
    assert "tweet.fields" not in asked
    assert "media.fields" not in asked
    classic = query(run(Service(), XConfig(expand_media=False)).calls[0])
    assert "expansions" not in classic


def test_an_end_that_is_not_yet_past_is_cut_off_by_ourselves() -> None:
    window = Window(NOW - timedelta(days=2), NOW)
    late = visit(VisitKind.TIMELINE, window=window)
    rows = [post(3, NOW + timedelta(seconds=5)), post(2, NOW - timedelta(hours=1))]
    done = drive(PLATFORM, CONFIG, [late], Service(posts=rows))
    assert "end_time" not in query(done.calls[0])
    assert done.closes[0].seen == ("2",)
    assert [item.id for item in done.posts] == ["3", "2"]


def test_edges_of_the_window_are_half_open() -> None:
    second = timedelta(seconds=1)
    times = [MAY.end, MAY.end - second, MAY.start, MAY.start - second]
    rows = [post(9 - n, at) for n, at in enumerate(times)]
    done = run(lambda call: answered(call, {"data": rows, "meta": {"result_count": 4}}))
    assert done.closes[0].seen == ("8", "7")


def test_a_pinned_or_shuffled_post_stops_nothing() -> None:
    rows = daily(150)
    rows.insert(0, post(1, MAY.start - timedelta(days=400)))
    first = {"data": rows[:100], "meta": {"result_count": 100, "next_token": "t"}}
    second = {"data": rows[:99:-1], "meta": {"result_count": 51}}
    done = run(lambda call: answered(call, second if "pagination_token" in call.url else first))
    assert set(done.closes[0].seen) == {row["id"] for row in rows[1:]}


def test_the_owner_is_filled_in_and_strangers_are_refused() -> None:
    nameless = post(5, MAY.start)
    del nameless["author_id"]
    body = {"data": [nameless, post(6, MAY.start, "99")], "meta": {"result_count": 2}}
    done = run(lambda call: answered(call, body))
    assert [(item.id, item.account) for item in done.posts] == [("5", "11")]
    assert done.closes[0].outcome is Outcome.CHANGED_SHAPE
    assert "6 of 99" in done.closes[0].detail


def test_one_malformed_post_loses_neither_its_page_nor_the_next() -> None:
    rows = daily(120)
    rows[40]["public_metrics"]["like_count"] = "lots"
    done = run(Service(posts=rows))
    assert len(done.posts) == 119
    assert done.pages[0].mapped.unmapped == ("data[40].public_metrics.like_count",)
    assert done.closes[0].outcome is Outcome.CHANGED_SHAPE
    assert "data[40].public_metrics.like_count" in done.closes[0].detail


def test_a_page_served_twice_counts_once() -> None:
    rows = daily(150)
    service, served = Service(posts=rows), []

    def twice(call: Call) -> Answer:
        served.append(call)
        return service(call) if len(served) != 2 else service(served[0])

    done = run(twice)
    assert sorted(done.closes[0].seen) == sorted(row["id"] for row in rows)
    assert done.closes[0].outcome is Outcome.OK


def test_paging_in_a_ring_ends() -> None:
    ring = {"data": daily(3), "meta": {"result_count": 3, "next_token": "again"}}
    done = run(lambda call: answered(call, ring))
    assert done.closes[0].outcome is Outcome.EMPTY_UNEXPECTED
    assert len(done.calls) == 4


@pytest.mark.parametrize("kept", [{"result_count"}, set()])
def test_what_is_older_than_a_full_page_without_a_next_one_is_asked_for(kept: set[str]) -> None:
    rows, service = daily(250), Service()
    service.posts = rows

    def losing(call: Call) -> Answer:
        document = msgspec.json.decode(service(call).body)
        document["meta"] = {key: document["meta"][key] for key in kept}
        return answered(call, document)

    done = run(losing)
    assert list(done.closes[0].seen) == [row["id"] for row in rows]
    assert [post.id for post in done.posts] == [row["id"] for row in rows]
    assert len(done.calls) == 3
    proven = done.closes[0].outcome is Outcome.OK
    assert proven is bool(kept)
    assert (done.closes[0].proof is not None) is proven


def test_a_full_page_of_one_second_proves_nothing() -> None:
    rows = [post(number, MAY.start + timedelta(days=3)) for number in range(100)]
    done = run(lambda call: answered(call, {"data": rows, "meta": {"result_count": 100}}))
    assert done.closes[0].outcome is Outcome.EMPTY_UNEXPECTED
    assert len(done.closes[0].seen) == 100
    assert len(done.calls) == 2


@pytest.mark.slow
def test_the_ceiling_of_the_list_proves_what_is_newer() -> None:
    rows = daily(3_300)
    done = run(Service(posts=rows[:3_200]))
    close = done.closes[0]
    assert close.outcome is Outcome.EMPTY_UNEXPECTED
    assert "ceiling of 3200" in close.detail
    oldest = datetime.fromisoformat(rows[3_199]["created_at"])
    assert close.proven_from == oldest.replace(microsecond=0) + timedelta(seconds=1)


def test_media_that_no_post_refers_to_leave_the_kinds_unknown() -> None:
    media = [{"media_key": "7_1", "type": "video"}]
    body = {"data": daily(3), "includes": {"media": media}, "meta": {"result_count": 3}}
    assert {item.type for item in run(lambda call: answered(call, body)).posts} == {None}
    shown = {**daily(1)[0], "attachments": {"media_keys": ["7_1"]}}
    body["data"] = [*daily(3)[1:], shown]
    kinds = {item.type for item in run(lambda call: answered(call, body)).posts}
    assert kinds == {PostType.TEXT, PostType.VIDEO}


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({}, Outcome.EMPTY_UNEXPECTED),
        ({"meta": {"result_count": 4}}, Outcome.EMPTY_UNEXPECTED),
        ({"data": [], "meta": {}}, Outcome.EMPTY_UNEXPECTED),
        ({"data": []}, Outcome.EMPTY_UNEXPECTED),
        (b"<!DOCTYPE html><title>Log in</title>", Outcome.CHANGED_SHAPE),
        ({"data": {"id": "1"}, "meta": {"result_count": 1}}, Outcome.CHANGED_SHAPE),
        ({"data": "none", "meta": {"result_count": 1}}, Outcome.CHANGED_SHAPE),
        ({"errors": [problem("resource-not-found", "user", "11")]}, Outcome.GONE),
        ({"errors": [problem("not-authorized-for-resource", "user", "11")]}, Outcome.FORBIDDEN),
        ({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, Outcome.RATE_LIMITED),
    ],
)
def test_nothing_is_taken_for_no_posts(body: Any, outcome: Outcome) -> None:
    done = run(lambda call: answered(call, body))
    assert [close.outcome for close in done.closes] == [outcome]
    assert not done.pages


def test_an_empty_page_with_a_next_one_goes_on() -> None:
    empty = {"meta": {"result_count": 0, "next_token": "t"}}
    full = {"data": daily(2), "meta": {"result_count": 2}}
    done = run(lambda call: answered(call, full if "pagination_token" in call.url else empty))
    assert len(done.closes[0].seen) == 2
