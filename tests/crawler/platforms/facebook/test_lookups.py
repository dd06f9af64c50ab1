"""Profiles and known posts by id: batches, and batches of which parts fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from crawler.contract import Answer, Call, Fetch
from crawler.errors import Retry, Rotate, Wait
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.platform import PLATFORM
from model.count import Count
from model.messages import Outcome, Visit, VisitKind
from tests.crawler.platforms.driver import NOW, Run, answered, drive
from tests.crawler.platforms.facebook.pages import (
    CONFIG,
    HOST,
    TOO_MUCH,
    Graph,
    absent,
    addresses,
    error,
    may,
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
    """How many objects each call asked for."""
    return [len(addresses(call)) for call in done.calls]


def refusing(said: dict[str, Any], *keys: str) -> Refusal:
    """Refuses the parts that ask for these."""
    return lambda path, query: said if path in keys else None


THROTTLED = error("(#4) Application request limit reached", 4)
PASSING = error("Service temporarily unavailable", 2)
EXPIRED = error("Session has expired", 190, 463)
FEATURE = error("(#10) requires the 'Page Public Content Access' feature", 10)


def batch(call: Call, *bodies: Any) -> Answer:
    """An answer to a batch with these bodies, None for a part that ran out of time."""
    parts = [
        None if body is None else {"code": 200, "body": msgspec.json.encode(body).decode()}
        for body in bodies
    ]
    return answered(call, parts)


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


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (absent("1013"), Outcome.GONE),
        (THROTTLED, Outcome.RATE_LIMITED),
        (EXPIRED, Outcome.TOKEN_INVALID),
        (FEATURE, Outcome.FORBIDDEN),
        (PASSING, Outcome.SERVER_ERROR),
        (TOO_MUCH, Outcome.SERVER_ERROR),
    ],
)
def test_a_part_that_fails_closes_only_its_own_visit(
    said: dict[str, Any], outcome: Outcome
) -> None:
    visits = profiles(50)
    graph = pages_of(visits)
    graph.refuse = refusing(said, "1013", "1040")
    done = drive(PLATFORM, CONFIG, visits, graph)
    outcomes = {v.account: done.close(v).outcome for v in visits}
    assert {key for key, ended in outcomes.items() if ended is outcome} == {"1013", "1040"}
    assert sum(ended is Outcome.OK for ended in outcomes.values()) == 48
    passing = outcome is Outcome.SERVER_ERROR
    assert asked(done) == ([50, 2] if passing else [50])


def test_a_part_that_failed_for_a_moment_is_asked_for_once_more() -> None:
    visits = profiles(5)
    graph = pages_of(visits)
    times: Counter[str] = Counter()

    def refuse(path: str, query: dict[str, str]) -> dict[str, Any] | None:
        times[path] += 1
        return PASSING if path == "1003" and times[path] == 1 else None

    graph.refuse = refuse
    done = drive(PLATFORM, CONFIG, visits, graph)
    assert {done.close(v).outcome for v in visits} == {Outcome.OK}
    assert len(done.closes) == 5


def test_a_throttled_part_lets_its_credential_rest_and_says_until_when() -> None:
    visits = profiles(2)
    usage = {"call_count": 100, "estimated_time_to_regain_access": 7}
    headers = [{"name": "X-App-Usage", "value": msgspec.json.encode(usage).decode()}]
    body = msgspec.json.encode(THROTTLED).decode()
    parts = [
        {"code": 200, "headers": [], "body": msgspec.json.encode(page("1000")).decode()},
        {"code": 403, "headers": headers, "body": body},
    ]
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, parts))
    until = NOW + timedelta(minutes=7)
    assert done.close(visits[0]).outcome is Outcome.OK
    assert done.close(visits[1]).retry_at == until
    assert PLATFORM.pause(done.pages[0].answer) == until


@pytest.mark.parametrize(("said", "kind"), [(THROTTLED, Wait), (EXPIRED, Rotate), (PASSING, Retry)])
def test_a_batch_of_which_every_part_failed_alike_fails_as_a_whole(
    said: dict[str, Any], kind: type[Exception]
) -> None:
    visits = profiles(3)
    (action,) = PLATFORM.start(visits, CONFIG)
    assert isinstance(action, Fetch)
    answer = Graph(refuse=lambda path, query: said)(action.call)
    with pytest.raises(kind):
        PLATFORM.check(answer)


def test_parts_in_another_order_count_by_their_own_names() -> None:
    visits = profiles(4)
    bodies = [page("1001"), page("1000"), absent("1002"), page("1003")]
    done = drive(PLATFORM, CONFIG, visits, lambda call: batch(call, *bodies))
    assert [done.close(v).outcome for v in visits] == [
        Outcome.OK,
        Outcome.OK,
        Outcome.CHANGED_SHAPE,
        Outcome.OK,
    ]
    assert "another order than asked" in done.close(visits[2]).detail
    assert {a.id: a.name for a in done.pages[0].mapped.accounts}["1000"] == "City 1000"


def test_fewer_parts_than_asked_count_by_their_own_names() -> None:
    visits = profiles(4)
    bodies = [page("1000"), page("1002"), absent("1003")]
    done = drive(PLATFORM, CONFIG, visits, lambda call: batch(call, *bodies))
    ended = [done.close(v) for v in visits]
    assert [close.outcome for close in ended] == [
        Outcome.OK,
        Outcome.CHANGED_SHAPE,
        Outcome.OK,
        Outcome.CHANGED_SHAPE,
    ]
    assert ended[1].detail == "batch has 3 parts, 4 were asked for"


@pytest.mark.parametrize(
    "body",
    [b"[", b"{}", b"null", b'"parts"', b'{"data": []}', b"<html></html>"],
)
def test_what_is_no_batch_ends_its_visits_by_name(body: bytes) -> None:
    visits = profiles(3)
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, body))
    outcomes = {done.close(v).outcome for v in visits}
    assert outcomes <= {Outcome.CHANGED_SHAPE, Outcome.EMPTY_UNEXPECTED}


@pytest.mark.parametrize("part", [1, "x", {}, {"code": 200}, {"code": "200", "body": "{}"}])
def test_a_part_that_is_none_ends_its_own_visit(part: Any) -> None:
    visits = profiles(2)
    whole = {"code": 200, "body": msgspec.json.encode(page("1000")).decode()}
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, [whole, part]))
    assert [done.close(v).outcome for v in visits] == [Outcome.OK, Outcome.CHANGED_SHAPE]


def test_a_part_that_is_not_json_ends_its_own_visit_and_the_answer_is_kept() -> None:
    visits = profiles(2)
    parts = [
        {"code": 200, "body": msgspec.json.encode(page("1000")).decode()},
        {"code": 200, "body": '{"id": "1001", "fol'},
    ]
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, parts))
    assert [done.close(v).outcome for v in visits] == [Outcome.OK, Outcome.CHANGED_SHAPE]
    (kept,) = done.pages
    assert kept.visits == tuple(visits)
    assert kept.mapped.unmapped == ("answer",)


def test_a_part_that_ran_out_of_time_ends_as_a_timeout() -> None:
    visits = profiles(2)
    done = drive(
        PLATFORM,
        CONFIG,
        visits,
        lambda call: (
            batch(call, page("1000"), None)
            if call.method == "POST"
            else answered(call, PASSING, 500)
        ),
    )
    assert done.close(visits[0]).outcome is Outcome.OK
    assert done.close(visits[1]).outcome in (Outcome.TIMEOUT, Outcome.SERVER_ERROR)


def test_an_object_a_call_where_the_settings_say_so() -> None:
    visits = profiles(3)
    config = FacebookConfig(api_url=HOST, objects_a_call=1)
    done = drive(PLATFORM, config, visits, pages_of(visits))
    assert {call.method for call in done.calls} == {"GET"}
    assert asked(done) == [call.units for call in done.calls] == [1, 1, 1]
    assert {done.close(v).outcome for v in visits} == {Outcome.OK}


def test_a_page_that_answers_under_another_id_is_another_one() -> None:
    (one,) = profiles(1)
    done = drive(PLATFORM, CONFIG, [one], lambda call: answered(call, page("2000")))
    assert done.close(one).outcome is Outcome.RENAMED


def test_the_same_batch_maps_alike_outside_the_visits() -> None:
    visits = profiles(3)
    graph = pages_of(visits)
    graph.refuse = refusing(absent("1001"), "1001")
    (read,) = drive(PLATFORM, CONFIG, visits, graph).pages
    again = PLATFORM.map(read.answer.body, read.answer.observed_at)
    assert again.accounts == read.mapped.accounts
    assert again.unmapped == ()


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
    bodies = [page("1000", followers_count=-5), page("1001")]
    done = drive(PLATFORM, CONFIG, visits, lambda call: batch(call, *bodies))
    broken = done.close(visits[0])
    assert broken.outcome is Outcome.CHANGED_SHAPE
    assert broken.detail.startswith("1000.followers_count")
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
