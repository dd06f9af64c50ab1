"""What Facebook and Instagram share: error bodies, usage headers, paging addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.contract import Answer, Call
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, ShapeError, Wait
from crawler.reading import graph
from crawler.reading.graph_config import GraphConfig
from model.messages import Outcome
from tests.crawler.platforms.driver import NOW, answered
from tests.crawler.platforms.facebook.pages import CONFIG, HOST, error

TOO_MUCH = graph.TooMuchData(Outcome.SERVER_ERROR, "reduce the amount of data")
CALL = Call(endpoint="timeline", url=f"{HOST}/v25.0/1/published_posts?limit=100")


def fault(body: Any, status: int = 400, headers: dict[str, str] | None = None) -> CrawlError | None:
    return graph.fault(answered(CALL, body, status, headers))


FEATURE = "(#100) Pages Public Content Access requires either app secret proof or an app token"
MISSING = (
    "Unsupported get request. Object with ID '12' does not exist, cannot be loaded due to missing "
    "permissions, or does not support this operation"
)
NOT_PROFESSIONAL = (
    "Invalid user id: the username nobody does not exist or is not a business account"
)


@pytest.mark.parametrize(
    ("body", "kind", "outcome"),
    [
        (error("An unknown error occurred", 1), Retry, Outcome.SERVER_ERROR),
        (error("Please REDUCE the amount of data", 1), graph.TooMuchData, Outcome.SERVER_ERROR),
        (error("Service temporarily unavailable", 2), Retry, Outcome.SERVER_ERROR),
        (error("something new", 99999, is_transient=True), Retry, Outcome.SERVER_ERROR),
        *[(error("limit", code), Wait, Outcome.RATE_LIMITED) for code in (4, 17, 32, 341, 613)],
        (error("too many calls", 80001), Wait, Outcome.RATE_LIMITED),
        (error("too many calls", 80002), Wait, Outcome.RATE_LIMITED),
        *[(error("token", code), Rotate, Outcome.TOKEN_INVALID) for code in (102, 104, 190)],
        (error("expired", 190, 463), Rotate, Outcome.TOKEN_INVALID),
        (error("deemed abusive", 368), Rotate, Outcome.FORBIDDEN),
        *[(error("permission", code), GiveUp, Outcome.FORBIDDEN) for code in (3, 10, 200, 299)],
        (error(FEATURE, 100), GiveUp, Outcome.FORBIDDEN),
        (error(MISSING, 100, 33), GiveUp, Outcome.GONE),
        (error("(#803) Some of the aliases do not exist: a", 803), GiveUp, Outcome.GONE),
        (error("Invalid user id", 110), GiveUp, Outcome.GONE),
        (error(NOT_PROFESSIONAL, 110, 2207013), GiveUp, Outcome.GONE),
        (error(NOT_PROFESSIONAL, 100, 2207013), GiveUp, Outcome.GONE),
        (error("(#100) Tried accessing nonexisting field", 100), GiveUp, Outcome.CHANGED_SHAPE),
        (error("Unknown path components: /x", 2500), GiveUp, Outcome.CHANGED_SHAPE),
        (error("An active access token must be used", 2500), Rotate, Outcome.TOKEN_INVALID),
        (error("never heard of", 424242), GiveUp, Outcome.GAVE_UP),
    ],
)
def test_error_bodies(body: Any, kind: type[CrawlError], outcome: Outcome) -> None:
    found = fault(body)
    assert type(found) is kind
    assert found.outcome is outcome


@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_the_body_decides_whatever_the_status(status: int) -> None:
    found = fault(error("expired", 190), status)
    assert found is not None
    assert found.outcome is Outcome.TOKEN_INVALID


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        (302, GiveUp, Outcome.CHANGED_SHAPE),
        (401, Rotate, Outcome.TOKEN_INVALID),
        (403, GiveUp, Outcome.FORBIDDEN),
        (404, GiveUp, Outcome.CHANGED_SHAPE),
        (408, Retry, Outcome.SERVER_ERROR),
        (429, Wait, Outcome.RATE_LIMITED),
        (500, Retry, Outcome.SERVER_ERROR),
        (503, Retry, Outcome.SERVER_ERROR),
    ],
)
@pytest.mark.parametrize("body", [b"<html>oops</html>", b"", b"\xff\xfe\x00", b'{"error": "no"}'])
def test_statuses_without_an_error_object(
    status: int, kind: type[CrawlError], outcome: Outcome, body: bytes
) -> None:
    found = fault(body, status)
    assert type(found) is kind
    assert found.outcome is outcome


def test_an_unknown_code_of_a_failing_server_may_pass() -> None:
    found = fault(error("?", 31337), 500)
    assert isinstance(found, Retry)


def test_retry_after_is_kept() -> None:
    busy = fault(b"busy", 503, {"retry-after": "7"})
    assert isinstance(busy, Retry)
    assert busy.after == 7
    limited = fault(b"slow down", 429, {"retry-after": "90"})
    assert isinstance(limited, Wait)
    assert limited.until == NOW + timedelta(seconds=90)


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b"[]", b"null"])
def test_a_200_with_nothing_in_it_may_be_asked_for_again(body: bytes) -> None:
    found = fault(body, 200)
    assert isinstance(found, Retry)
    assert found.outcome is Outcome.EMPTY_UNEXPECTED


def test_rows_are_no_fault() -> None:
    assert fault({"data": [{"message": "an error: code 190"}]}, 200) is None


def test_messages_lose_what_looks_like_a_token() -> None:
    token = "EAAB" + "x1Y2" * 12
    found = fault(error(f"Malformed access token {token}", 190))
    assert found is not None
    assert token not in str(found)
    assert "Malformed access token" in found.detail


def usage(**values: float) -> dict[str, str]:
    return {"x-app-usage": msgspec.json.encode(values).decode()}


def business(minutes: int, call_count: int = 100) -> dict[str, str]:
    one = {"type": "pages", "call_count": call_count, "total_cputime": 1, "total_time": 1}
    body = {"1234": [one | {"estimated_time_to_regain_access": minutes}]}
    return {"x-business-use-case-usage": msgspec.json.encode(body).decode()}


def test_a_limit_tells_when_it_ends() -> None:
    found = fault(error("limit", 32), 400, business(17))
    assert isinstance(found, Wait)
    assert found.until == NOW + timedelta(minutes=17)
    unknown = fault(error("limit", 4), 400, usage(call_count=100))
    assert isinstance(unknown, Wait)
    assert unknown.until is None


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        (usage(call_count=28, total_time=25, total_cputime=99), None),
        (usage(call_count=28, total_time=100, total_cputime=5), timedelta(minutes=10)),
        (usage(call_count=180.5), timedelta(minutes=10)),
        (business(0, 40), None),
        (business(25), timedelta(minutes=25)),
        (business(25) | usage(call_count=100), timedelta(minutes=25)),
        ({"x-app-usage": "{nonsense"}, None),
        ({"x-app-usage": "[100]"}, None),
        ({"x-business-use-case-usage": '{"1": {"call_count": 100}}'}, None),
        ({"x-business-use-case-usage": '{"1": [7, {"call_count": "100"}]}'}, None),
    ],
)
def test_a_spent_credential_rests(headers: dict[str, str], pause: timedelta | None) -> None:
    answer = answered(CALL, {"data": []}, headers=headers)
    assert graph.pause(answer) == (None if pause is None else NOW + pause)


def test_paging_loses_the_credential_and_nothing_else() -> None:
    onward = (
        f"{HOST}/v25.0/1/posts?access_token=T&fields=id%2Cx&until=&appsecret_proof=P&after=A%3D"
    )
    document = {"paging": {"next": onward}}
    assert graph.next_url(document, HOST) == f"{HOST}/v25.0/1/posts?fields=id%2Cx&until=&after=A%3D"


@pytest.mark.parametrize(
    "document", [{}, {"paging": None}, {"paging": {"cursors": {"after": "a"}}}]
)
def test_no_next_is_the_last_page(document: dict[str, Any]) -> None:
    assert graph.next_url(document, HOST) is None


@pytest.mark.parametrize(
    "following",
    [
        "https://graph.test/v25.0/1",
        "http://graph.test:81/v25.0/1",
        "http://graph.test.evil/v25.0/1",
        "http://graph.test@evil/v25.0/1",
        "/v25.0/1/posts?after=A",
        "http://[graph.test/",
        "",
        7,
    ],
)
def test_a_foreign_or_broken_next_is_refused(following: Any) -> None:
    with pytest.raises(ShapeError) as caught:
        graph.next_url({"paging": {"next": following}}, HOST)
    assert caught.value.path == "paging.next"


def test_addresses() -> None:
    address = graph.url(CONFIG, "1/videos", fields="id,x{y}", limit=100)
    assert address == f"{HOST}/v25.0/1/videos?fields=id%2Cx%7By%7D&limit=100"


def limit_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["limit"][0]


@given(st.integers(2, 10**6), st.text("abcxyz=&%{}(), ", max_size=30))
def test_a_halved_address_differs_in_its_limit_alone(limit: int, fields: str) -> None:
    address = graph.url(CONFIG, "1/posts", fields=fields, limit=limit)
    changed = graph.halved(address, TOO_MUCH, 100)
    assert limit_of(changed) == str(limit // 2)
    assert changed == graph.url(CONFIG, "1/posts", fields=fields, limit=limit // 2)


def test_a_limit_that_is_none_counts_as_the_most_and_one_has_no_half() -> None:
    assert limit_of(graph.halved(f"{HOST}/x?limit=many", TOO_MUCH, 100)) == "50"
    with pytest.raises(graph.TooMuchData):
        graph.halved(f"{HOST}/x?limit=1", TOO_MUCH, 100)


def test_the_version_is_a_setting_that_must_be_one() -> None:
    assert GraphConfig().api_version == "v25.0"
    with pytest.raises(ValueError, match="api_version"):
        GraphConfig(api_version="25")


@pytest.mark.parametrize(
    ("path", "header", "told"),
    [
        ("v25.0/1", "v25.0", ""),
        ("v25.0/", "v26.0", "v26.0"),
        ("v24.0/1/posts?fields=v25.0", "v25.0", "v25.0"),
        ("v25.0/1", "", ""),
        ("1", "v25.0", ""),
        ("v25.0/1", "x" * 50, "x" * 20),
        ("v25.0/1", "\x1b[31m", "?"),
    ],
)
def test_another_version_than_was_asked_for(path: str, header: str, told: str) -> None:
    answer = Answer(
        call=replace(CALL, url=f"{HOST}/{path}"),
        status=200,
        headers={"facebook-api-version": header},
        body=b"{}",
        observed_at=NOW,
    )
    assert graph.other_version(answer) == told


@given(st.binary(max_size=200), st.sampled_from([200, 400, 404, 500]))
def test_any_bytes_are_judged_without_falling_over(body: bytes, status: int) -> None:
    answer = Answer(call=CALL, status=status, headers={}, body=body, observed_at=NOW)
    found = graph.fault(answer)
    assert found is not None or status == 200


def test_deep_nesting_is_no_error_object() -> None:
    assert graph.error_of(b'{"error":' + b"[" * 100_000) is None
