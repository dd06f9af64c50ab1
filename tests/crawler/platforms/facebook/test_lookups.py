"""Profiles and known posts by `?ids=`: batches, and batches in which something is gone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from crawler.platforms.facebook import PLATFORM
from model.count import Count, Missing
from model.messages import Outcome, Visit, VisitKind
from tests.crawler.platforms.driver import Run, answered, drive
from tests.crawler.platforms.facebook.pages import (
    CONFIG,
    PAGE,
    TOO_MUCH,
    Graph,
    error,
    may,
    post,
    video,
    visit,
)

Refusal = Callable[[str, dict[str, str]], dict[str, Any] | None]


def page(key: str, followers: int = 1000, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "name": f"City {key}",
        "username": f"City{key}",
        "followers_count": followers,
        "fan_count": followers - 1,
        "verification_status": "blue_verified",
        "is_published": True,
        **more,
    }


def profiles(count: int) -> list[Visit]:
    return [visit(VisitKind.PROFILE, str(1000 + n)) for n in range(count)]


def pages_of(visits: list[Visit]) -> Graph:
    return Graph(objects={v.account: page(v.account, int(v.account)) for v in visits})


def asked(done: Run) -> list[int]:
    """How many ids each call asked for."""
    return [len(parse_qs(urlsplit(c.url).query)["ids"][0].split(",")) for c in done.calls]


def naming(*gone: str) -> Refusal:
    """Refuses batches that hold a missing id, and names the first of them."""

    def refuse(path: str, query: dict[str, str]) -> dict[str, Any] | None:
        held = [one for one in query.get("ids", "").split(",") if one in gone]
        text = f"Unsupported get request. Object with ID '{held[0]}' does not exist" if held else ""
        return error(text, 100, 33) if held else None

    return refuse


def silent(*gone: str) -> Refusal:
    """Refuses batches that hold a missing id without naming any."""

    def refuse(path: str, query: dict[str, str]) -> dict[str, Any] | None:
        held = set(query.get("ids", "").split(",")) & set(gone)
        return error("Some of the objects do not exist", 100, 33) if held else None

    return refuse


@pytest.mark.parametrize(("count", "calls"), [(1, [1]), (50, [50]), (120, [50, 50, 20])])
def test_profiles_are_read_fifty_a_call(count: int, calls: list[int]) -> None:
    visits = profiles(count)
    done = drive(PLATFORM, CONFIG, visits, pages_of(visits))
    assert asked(done) == calls
    assert [call.units for call in done.calls] == calls
    assert {done.close(v).outcome for v in visits} == {Outcome.OK}
    followers = {a.id: a.counts["followers"] for p in done.pages for a in p.mapped.accounts}
    assert followers == {v.account: Count(int(v.account)) for v in visits}


def test_an_account_row() -> None:
    (one,) = profiles(1)
    (done,) = drive(PLATFORM, CONFIG, [one], pages_of([one])).pages
    (account,) = done.mapped.accounts
    assert (account.handle, account.name, account.verified) == ("City1000", "City 1000", True)
    assert account.counts == {
        "followers": Count(1000),
        "likes": Count(999),
        "posts": Count.not_offered(),
    }


def test_profiles_of_another_slot_and_other_kinds_share_no_call() -> None:
    visits = [
        visit(VisitKind.PROFILE, "1"),
        msgspec.structs.replace(visit(VisitKind.PROFILE, "2"), slot=may(1)),
        visit(VisitKind.REFRESH, "3", posts=("3_1",)),
    ]
    assert sorted(len(group) for group in PLATFORM.groups(visits, CONFIG)) == [1, 1, 1]


@pytest.mark.parametrize("refusal", [naming, silent])
def test_a_missing_page_closes_only_its_own_visit(refusal: Callable[..., Refusal]) -> None:
    visits = profiles(50)
    graph = pages_of(visits)
    graph.refuse = refusal("1013", "1040")
    done = drive(PLATFORM, CONFIG, visits, graph)
    outcomes = {v.account: done.close(v).outcome for v in visits}
    assert {key for key, outcome in outcomes.items() if outcome is Outcome.GONE} == {"1013", "1040"}
    assert sum(outcome is Outcome.OK for outcome in outcomes.values()) == 48
    assert len(done.calls) <= (3 if refusal is naming else 25)


def test_aliases_are_named_in_a_list() -> None:
    visits = profiles(4)
    graph = pages_of(visits)
    said = "(#803) Some of the aliases you requested do not exist: 1001,1002"
    graph.refuse = lambda path, query: error(said, 803) if "1001" in query["ids"] else None
    done = drive(PLATFORM, CONFIG, visits, graph)
    assert [done.close(v).outcome for v in visits] == [
        Outcome.OK,
        Outcome.GONE,
        Outcome.GONE,
        Outcome.OK,
    ]
    assert asked(done) == [4, 2]


def test_a_page_that_is_not_in_the_answer_is_gone() -> None:
    visits = profiles(2)
    body = {"1000": page("1000")}
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, body))
    assert [done.close(v).outcome for v in visits] == [Outcome.OK, Outcome.GONE]


def test_a_missing_right_is_no_proof_that_a_page_is_gone() -> None:
    visits = profiles(3)
    said = (
        "(#100) Object does not exist, cannot be loaded due to missing permission or reviewable "
        "feature. This endpoint requires the 'Page Public Content Access' feature"
    )
    graph = Graph(refuse=lambda path, query: error(said, 100))
    done = drive(PLATFORM, CONFIG, visits, graph)
    assert {done.close(v).outcome for v in visits} == {Outcome.FORBIDDEN}
    assert len(done.calls) == 1


def test_a_broken_page_does_not_lose_the_batch() -> None:
    visits = profiles(2)
    body = {"1000": page("1000", followers_count=-5), "1001": page("1001")}
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, body))
    broken = done.close(visits[0])
    assert (broken.outcome, broken.detail) == (Outcome.CHANGED_SHAPE, "1000.followers_count")
    assert done.close(visits[1]).outcome is Outcome.OK
    assert done.pages[0].mapped.unmapped == ("1000.followers_count",)


def test_a_new_name_is_noticed() -> None:
    (one,) = profiles(1)
    graph = Graph(objects={"1000": page("1000", username="NewCityName")})
    close = drive(PLATFORM, CONFIG, [one], graph).close(one)
    assert (close.outcome, close.detail) == (Outcome.OK, "is called NewCityName now")


@pytest.mark.parametrize("handle", ["", "1000", "CITY1000"])
def test_a_name_that_was_not_known_or_written_otherwise_is_no_new_one(handle: str) -> None:
    one = msgspec.structs.replace(profiles(1)[0], handle=handle)
    assert drive(PLATFORM, CONFIG, [one], pages_of([one])).close(one).detail == ""


def test_a_batch_that_is_too_heavy_is_halved() -> None:
    visits = profiles(40)
    graph = pages_of(visits)
    graph.refuse = lambda path, query: TOO_MUCH if query["ids"].count(",") > 20 else None
    done = drive(PLATFORM, CONFIG, visits, graph)
    assert asked(done) == [40, 20, 20]
    assert {done.close(v).outcome for v in visits} == {Outcome.OK}


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


@pytest.mark.parametrize("refusal", [naming, silent])
def test_posts_that_are_gone_are_told(refusal: Callable[..., Refusal]) -> None:
    one = refresh(30)
    graph = posts_of(one)
    lost = {f"{PAGE}_4", f"{PAGE}_21"}
    graph.refuse = refusal(*lost)
    done = drive(PLATFORM, CONFIG, [one], graph)
    assert {key for p in done.pages for key in p.mapped.gone} == lost
    assert {p.id for p in done.posts} == set(one.posts) - lost
    assert done.close(one).outcome is Outcome.OK


def test_all_posts_gone_is_a_visit_that_went_well() -> None:
    one = refresh(2)
    graph = Graph(refuse=silent(*one.posts))
    done = drive(PLATFORM, CONFIG, [one], graph)
    assert {key for p in done.pages for key in p.mapped.gone} == set(one.posts)
    assert done.close(one).outcome is Outcome.OK


def test_posts_missing_from_the_answer_are_gone_and_broken_ones_are_not() -> None:
    one = refresh(3)
    body = {f"{PAGE}_0": post(0, may(2)), f"{PAGE}_1": {"id": f"{PAGE}_1"}}
    done = drive(PLATFORM, CONFIG, [one], lambda call: answered(call, body))
    (read,) = done.pages
    assert read.mapped.gone == (f"{PAGE}_2",)
    assert read.mapped.unmapped == (f"{PAGE}_1.created_time",)


def test_views_that_no_video_tells_stay_missing() -> None:
    one = refresh(1)
    done = drive(PLATFORM, CONFIG, [one], posts_of(one, "video"))
    assert done.posts[0].counts["views"].missing is Missing.NOT_READ


def test_no_address_holds_a_credential() -> None:
    one = refresh(60)
    done = drive(PLATFORM, CONFIG, [one], posts_of(one))
    assert not any(re.search("token|secret", call.url) for call in done.calls)
    assert PLATFORM.authorise("T") == {"authorization": "Bearer T"}
