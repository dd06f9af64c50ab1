"""Error answers: which outcome, and what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from crawler.contract import Answer, Call
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, Wait
from crawler.platforms.youtube.platform import PLATFORM
from model.messages import Outcome
from model.route import Route
from tests.crawler.platforms.youtube.directory import error

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)


def answer(
    status: int,
    body: Any,
    *,
    headers: dict[str, str] | None = None,
    route: Route = Route.API,
    now: datetime = NOW,
) -> Answer:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    call = Call(endpoint="videos", url="https://example.org/", route=route)
    return Answer(call=call, status=status, headers=headers or {}, body=raw, observed_at=now)


def failure(got: Answer) -> CrawlError:
    with pytest.raises(CrawlError) as caught:
        PLATFORM.check(got)
    return caught.value


@pytest.mark.parametrize(
    ("status", "reason", "kind", "outcome"),
    [
        (400, "keyInvalid", Rotate, Outcome.TOKEN_INVALID),
        (400, "keyExpired", Rotate, Outcome.TOKEN_INVALID),
        (401, "authError", Rotate, Outcome.TOKEN_INVALID),
        (403, "accessNotConfigured", Rotate, Outcome.FORBIDDEN),
        (403, "quotaExceeded", Wait, Outcome.QUOTA_SPENT),
        (403, "dailyLimitExceeded", Wait, Outcome.QUOTA_SPENT),
        (403, "rateLimitExceeded", Wait, Outcome.RATE_LIMITED),
        (429, "userRateLimitExceeded", Wait, Outcome.RATE_LIMITED),
        (403, "forbidden", GiveUp, Outcome.FORBIDDEN),
        (403, "channelSuspended", GiveUp, Outcome.GONE),
        (404, "videoNotFound", GiveUp, Outcome.GONE),
        (400, "invalidPageToken", GiveUp, Outcome.GAVE_UP),
        (400, "missingRequiredParameter", GiveUp, Outcome.CHANGED_SHAPE),
        (500, "backendError", Retry, Outcome.SERVER_ERROR),
        (503, "serviceUnavailable", Retry, Outcome.SERVER_ERROR),
        (408, "requestTimeout", Retry, Outcome.TIMEOUT),
    ],
)
def test_reasons(status: int, reason: str, kind: type[CrawlError], outcome: Outcome) -> None:
    got = failure(answer(status, error(status, reason)))
    assert type(got) is kind
    assert got.outcome is outcome
    assert reason in got.detail


@pytest.mark.parametrize("reason", ["keyInvalid", "quotaExceeded", "playlistNotFound"])
def test_map_gives_the_same_from_the_body_alone(reason: str) -> None:
    body = error(404 if reason.endswith("NotFound") else 403, reason)
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map(msgspec.json.encode(body), NOW)
    expected = {
        "keyInvalid": Outcome.TOKEN_INVALID,
        "quotaExceeded": Outcome.QUOTA_SPENT,
        "playlistNotFound": Outcome.GONE,
    }
    assert caught.value.outcome is expected[reason]


def test_an_unknown_list_is_left_to_the_walk() -> None:
    PLATFORM.check(answer(404, error(404, "playlistNotFound")))


def test_usable_answers_pass_and_empty_ones_do_not() -> None:
    PLATFORM.check(answer(200, {"kind": "youtube#videoListResponse"}))
    got = failure(answer(200, b" \n"))
    assert isinstance(got, Retry)
    assert got.outcome is Outcome.EMPTY_UNEXPECTED


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        ("2025-07-01T12:00:00Z", "2025-07-02T07:00:00Z"),
        ("2025-07-01T06:59:59Z", "2025-07-01T07:00:00Z"),
        ("2025-07-01T07:00:00Z", "2025-07-02T07:00:00Z"),
        ("2025-01-15T00:00:00Z", "2025-01-15T08:00:00Z"),
        ("2025-03-09T07:59:00Z", "2025-03-09T08:00:00Z"),
        ("2025-03-09T20:00:00Z", "2025-03-10T07:00:00Z"),
        ("2025-11-02T08:00:00Z", "2025-11-03T08:00:00Z"),
    ],
)
def test_a_spent_quota_comes_back_at_midnight_pacific(now: str, reset: str) -> None:
    at = datetime.fromisoformat(now)
    got = failure(answer(403, error(403, "quotaExceeded", "youtube.quota"), now=at))
    assert isinstance(got, Wait)
    assert got.until == datetime.fromisoformat(reset)


def test_a_rate_limit_by_the_day_is_a_spent_quota() -> None:
    body = error(429, "rateLimitExceeded")
    body["error"]["status"] = "RESOURCE_EXHAUSTED"
    body["error"]["details"] = [{"metadata": {"quota_unit": "1/d/{project}"}}]
    assert failure(answer(429, body)).outcome is Outcome.QUOTA_SPENT
    body["error"]["details"] = [{"metadata": {"quota_unit": "1/min/{project}"}}]
    assert failure(answer(429, body)).outcome is Outcome.RATE_LIMITED


@pytest.mark.parametrize(
    ("header", "seconds"), [("17", 17), ("soon", 60), ("", 60), ("-4", 60), ("9" * 400, 60)]
)
def test_a_rate_limit_is_waited_out(header: str, seconds: int) -> None:
    got = failure(answer(429, b"", headers={"retry-after": header}))
    assert isinstance(got, Wait)
    assert got.until == NOW + timedelta(seconds=seconds)


def test_a_new_style_refusal_of_the_key() -> None:
    body = error(400, "badRequest", message="API key not valid. Please pass a valid API key.")
    body["error"]["status"] = "INVALID_ARGUMENT"
    body["error"]["details"] = [{"reason": "API_KEY_INVALID", "domain": "googleapis.com"}]
    assert failure(answer(400, body)).outcome is Outcome.TOKEN_INVALID


def test_messages_never_show_a_key() -> None:
    said = "Consumer 'api_key:AIzaMadeUpMadeUp' has been suspended (AIzaMadeUpMadeUp)."
    got = failure(answer(403, error(403, "CONSUMER_SUSPENDED", message=said)))
    assert got.outcome is Outcome.TOKEN_INVALID
    assert "MadeUp" not in str(got)


def test_pages_that_are_not_there_are_gone_but_a_wrong_api_address_is_no_proof() -> None:
    page = b"<!DOCTYPE html><title>Error 404 (Not Found)</title>"
    assert failure(answer(404, page, route=Route.WEB)).outcome is Outcome.GONE
    assert failure(answer(404, page)).outcome is Outcome.CHANGED_SHAPE


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[1]", b'{"error": 7}', b'{"error": {}}'])
def test_any_body_of_a_server_error_can_be_tried_again(body: bytes) -> None:
    assert isinstance(failure(answer(502, body)), Retry)


def test_a_channel_with_an_age_limit_asks_to_sign_in() -> None:
    gate = {"channelAgeGateRenderer": {"header": {"runs": [{"text": "Sign in to see it"}]}}}
    tab = {"tabRenderer": {"content": {"sectionListRenderer": {"contents": [gate]}}}}
    body = {"contents": {"twoColumnBrowseResultsRenderer": {"tabs": [tab]}}}
    with pytest.raises(GiveUp, match="Sign in to see it") as caught:
        PLATFORM.map(msgspec.json.encode(body), NOW)
    assert caught.value.outcome is Outcome.LOGIN_WALL
