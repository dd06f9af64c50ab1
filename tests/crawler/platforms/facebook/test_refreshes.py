"""Known posts by id: batches of which parts fail, and the kinds of their reactions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crawler.platforms.facebook.api_parts import REACTION_KINDS
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.platform import PLATFORM
from model.count import Count, Missing
from model.messages import Outcome, Visit, VisitKind
from operations.replay import remap
from tests.crawler.platforms.driver import drive
from tests.crawler.platforms.facebook.pages import (
    CONFIG,
    HOST,
    PAGE,
    SLOT,
    Graph,
    may,
    post,
    video,
    visit,
)
from tests.crawler.platforms.facebook.test_lookups import (
    FEATURE,
    PASSING,
    THROTTLED,
    asked,
    batch,
    refusing,
)


def refresh(count: int) -> Visit:
    return visit(VisitKind.REFRESH, posts=tuple(f"{PAGE}_{n}" for n in range(count)))


def posts_of(one: Visit, media: str = "photo") -> Graph:
    numbers = [int(key.rpartition("_")[2]) for key in one.posts]
    return Graph(objects={f"{PAGE}_{n}": post(n, may(2), media) for n in numbers})


@pytest.mark.parametrize(("count", "calls"), [(1, [1]), (50, [50]), (101, [50, 50, 1])])
def test_known_posts_are_read_fifty_a_call(count: int, calls: list[int]) -> None:
    one = refresh(count)
    done = drive(PLATFORM, CONFIG, [one], posts_of(one))
    assert asked(done) == [call.units for call in done.calls] == calls
    assert [p.id for p in done.posts] == list(one.posts)
    assert done.close(one).outcome is Outcome.OK


def test_known_videos_get_their_views() -> None:
    one = refresh(2)
    graph = posts_of(one, "video")
    graph.videos = [video(50 + n, n, may(2), 900 + n) for n in range(2)]
    done = drive(PLATFORM, CONFIG, [one], graph)
    assert [call.endpoint for call in done.calls] == ["refresh", "videos"]
    assert [p.counts["views"] for p in done.posts] == [Count(900), Count(901)]


def test_posts_that_are_gone_are_told() -> None:
    one = refresh(30)
    graph = posts_of(one)
    lost = {f"{PAGE}_4", f"{PAGE}_21"}
    for key in lost:
        del graph.objects[key]
    done = drive(PLATFORM, CONFIG, [one], graph)
    assert {key for p in done.pages for key in p.mapped.gone} == lost
    assert {p.id for p in done.posts} == set(one.posts) - lost
    assert done.close(one).outcome is Outcome.OK
    assert asked(done) == [30]


def test_all_posts_gone_is_a_visit_that_went_well() -> None:
    one = refresh(2)
    done = drive(PLATFORM, CONFIG, [one], Graph())
    assert {key for p in done.pages for key in p.mapped.gone} == set(one.posts)
    assert done.close(one).outcome is Outcome.OK


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (THROTTLED, Outcome.RATE_LIMITED),
        (PASSING, Outcome.SERVER_ERROR),
        (FEATURE, Outcome.FORBIDDEN),
    ],
)
def test_posts_that_could_not_be_read_are_neither_gone_nor_forgotten(
    said: dict[str, Any], outcome: Outcome
) -> None:
    one = refresh(50)
    graph = posts_of(one)
    graph.refuse = refusing(said, f"{PAGE}_7", f"{PAGE}_8")
    done = drive(PLATFORM, CONFIG, [one], graph)
    close = done.close(one)
    assert close.outcome is outcome
    if outcome is not Outcome.SERVER_ERROR:  # Then the second call fails as a whole.
        assert close.detail.startswith("2 of 50 posts were not read: ")
    assert len(done.posts) == 48
    assert {key for p in done.pages for key in p.mapped.gone} == set()


def test_broken_posts_are_told() -> None:
    one = refresh(2)
    bodies = [post(0, may(2)), {"id": f"{PAGE}_1"}]
    done = drive(PLATFORM, CONFIG, [one], lambda call: batch(call, *bodies))
    (read,) = done.pages
    assert read.mapped.unmapped == (f"{PAGE}_1.created_time",)
    assert done.close(one).outcome is Outcome.CHANGED_SHAPE


def test_kinds_of_reactions_are_read_where_the_settings_ask_for_them() -> None:
    one = refresh(8)
    config = FacebookConfig(api_url=HOST, reaction_kinds=True)
    done = drive(PLATFORM, config, [one], posts_of(one))
    assert [call.endpoint for call in done.calls] == ["refresh", "reactions", "reactions"]
    assert [call.units for call in done.calls] == [8, 50, 6]
    kinds = {kind: 10 * len(kind) for kind in REACTION_KINDS}
    assert [p.reactions for p in done.posts] == [kinds] * 8
    plain = drive(PLATFORM, CONFIG, [one], posts_of(one))
    assert [p.counts for p in plain.posts] == [p.counts for p in done.posts]


def test_kinds_that_are_refused_are_no_gap() -> None:
    one = refresh(2)
    graph = posts_of(one)
    graph.refuse = lambda path, query: FEATURE if "type" in query else None
    config = FacebookConfig(api_url=HOST, reaction_kinds=True)
    done = drive(PLATFORM, config, [one], graph)
    assert done.close(one).outcome is Outcome.OK
    assert {p.counts["likes"].value for p in done.posts} == {100, 101}


def test_views_that_no_video_tells_stay_missing() -> None:
    one = refresh(1)
    done = drive(PLATFORM, CONFIG, [one], posts_of(one, "video"))
    assert done.posts[0].counts["views"].missing is Missing.NOT_READ


def test_no_address_holds_a_credential() -> None:
    one = refresh(60)
    done = drive(PLATFORM, CONFIG, [one], posts_of(one))
    assert not any(re.search("token|secret", call.url) for call in done.calls)
    assert PLATFORM.authorise("T") == {"authorization": "Bearer T"}


def test_a_batch_mapped_again_tells_absent_shares_from_unread_ones() -> None:
    one = refresh(2)
    done = drive(PLATFORM, CONFIG, [one], posts_of(one))
    answer = done.pages[0].answer
    assert [p.counts["shares"] for p in done.posts] == [Count(0)] * 2
    assert [p.counts["shares"] for p in remap("facebook", answer.body, SLOT).posts] == [
        Count(0)
    ] * 2
    by_itself = PLATFORM.map(answer.body, SLOT)
    assert [p.counts["shares"] for p in by_itself.posts] == [Count.not_read()] * 2
