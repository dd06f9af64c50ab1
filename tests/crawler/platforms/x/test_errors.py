"""X's error answers: each in its own branch of the tree, with the pause the platform asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.contract import Call
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, ShapeError, Wait
from crawler.platforms.x.platform import PLATFORM
from model.messages import Outcome
from tests.crawler.platforms.driver import NOW, answered

CALL = Call(endpoint="timeline", url="https://api.x.com/2/users/11/tweets")
MIDNIGHT = datetime(2026, 6, 5, tzinfo=UTC)


def problem(slug: str, **more: Any) -> dict[str, Any]:
    return {
        "title": "T",
        "detail": "D",
        "type": f"https://api.twitter.com/2/problems/{slug}",
        **more,
    }


def checked(
    status: int, body: Any = b"", headers: dict[str, str] | None = None
) -> CrawlError | None:
    try:
        PLATFORM.check(answered(CALL, body, status, headers))
    except CrawlError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("status", "body", "kind", "outcome"),
    [
        (401, {"title": "Unauthorized", "type": "about:blank"}, Rotate, Outcome.TOKEN_INVALID),
        (401, problem("resource-not-found"), Rotate, Outcome.TOKEN_INVALID),
        (401, b"", Rotate, Outcome.TOKEN_INVALID),
        (402, {"title": "CreditsDepleted"}, Wait, Outcome.QUOTA_SPENT),
        (402, problem("credits-depleted"), Wait, Outcome.QUOTA_SPENT),
        (403, problem("client-forbidden", reason="not-enrolled"), Rotate, Outcome.FORBIDDEN),
        (403, problem("usage-capped", period="Monthly"), Wait, Outcome.QUOTA_SPENT),
        (403, problem("not-authorized-for-resource"), GiveUp, Outcome.FORBIDDEN),
        (403, b"<html>denied</html>", Rotate, Outcome.FORBIDDEN),
        (404, problem("resource-not-found"), GiveUp, Outcome.GONE),
        (404, b"", ShapeError, Outcome.CHANGED_SHAPE),
        (400, problem("invalid-request"), ShapeError, Outcome.CHANGED_SHAPE),
        (429, {"title": "Too Many Requests"}, Wait, Outcome.RATE_LIMITED),
        (429, problem("rate-limit-exceeded"), Wait, Outcome.RATE_LIMITED),
        (429, problem("usage-capped", period="Daily"), Wait, Outcome.QUOTA_SPENT),
        (429, problem("resource-not-found"), Wait, Outcome.RATE_LIMITED),
        (500, b"\xff\xfe", Retry, Outcome.SERVER_ERROR),
        (503, problem("resource-not-found"), Retry, Outcome.SERVER_ERROR),
        (503, problem("internal-error"), Retry, Outcome.SERVER_ERROR),
        (504, b"", Retry, Outcome.TIMEOUT),
        (408, b"", Retry, Outcome.TIMEOUT),
        (302, b"", ShapeError, Outcome.CHANGED_SHAPE),
        (204, b"", ShapeError, Outcome.CHANGED_SHAPE),
        (200, b" \n", Retry, Outcome.EMPTY_UNEXPECTED),
        (403, problem("user-suspended"), Rotate, Outcome.TOKEN_INVALID),
        (403, problem("user-suspended", resource_id="11"), GiveUp, Outcome.GONE),
        (403, {"errors": [{"code": 64, "message": "yours"}]}, Rotate, Outcome.TOKEN_INVALID),
        (403, {"errors": [{"code": 326, "message": "locked"}]}, Rotate, Outcome.TOKEN_INVALID),
        (400, {"errors": [{"code": 214, "message": "bad"}]}, ShapeError, Outcome.CHANGED_SHAPE),
        (403, {"errors": [{"code": 63, "message": "suspended"}]}, GiveUp, Outcome.GONE),
        (401, {"errors": [{"code": 89, "message": "expired"}]}, Rotate, Outcome.TOKEN_INVALID),
        (429, {"errors": [{"code": 88, "message": "slow"}]}, Wait, Outcome.RATE_LIMITED),
        (503, {"errors": [{"code": 130, "message": "busy"}]}, Retry, Outcome.SERVER_ERROR),
        (503, b"[" * 100_000, Retry, Outcome.SERVER_ERROR),
    ],
)
def test_every_error_has_its_branch(
    status: int, body: Any, kind: type[CrawlError], outcome: Outcome
) -> None:
    error = checked(status, body)
    assert type(error) is kind
    assert error.outcome is outcome


def test_a_good_answer_passes() -> None:
    assert checked(200, {"data": []}) is None


def _until(status: int, body: Any, headers: dict[str, str]) -> datetime | None:
    error = checked(status, body, headers)
    assert isinstance(error, Wait)
    return error.until


@pytest.mark.parametrize("body", [{"title": "Too Many Requests"}, problem("rate-limit-exceeded")])
def test_a_limit_lasts_as_long_as_the_headers_say(body: Any) -> None:
    at = NOW + timedelta(minutes=4)
    reset = {"x-rate-limit-reset": str(int(at.timestamp())), "retry-after": "900"}
    assert _until(429, body, reset) == at
    assert _until(429, body, {"retry-after": "90"}) == NOW + timedelta(seconds=90)
    assert _until(429, body, {}) == NOW + timedelta(minutes=15)
    assert _until(429, body, {"x-rate-limit-reset": "never"}) == NOW + timedelta(minutes=15)


def test_a_spent_budget_lasts_to_the_next_utc_day() -> None:
    assert _until(429, problem("usage-capped"), {}) == MIDNIGHT
    assert _until(402, b"", {}) == MIDNIGHT


def test_a_busy_server_says_when() -> None:
    for body in (b"", problem("internal-error")):
        error = checked(503, body, {"retry-after": "7"})
        assert isinstance(error, Retry)
        assert error.after == 7.0


def test_a_refused_request_says_what_was_wrong_with_it() -> None:
    error = checked(400, problem("invalid-request", errors=[{"message": "bad tweet.fields"}]))
    assert "bad tweet.fields" in str(error)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (problem("usage-capped"), Outcome.QUOTA_SPENT),
        (problem("resource-not-found"), Outcome.GONE),
        ({"errors": [{"code": 32, "message": "no"}]}, Outcome.TOKEN_INVALID),
    ],
)
def test_an_error_body_alone_is_recognised(body: Any, outcome: Outcome) -> None:
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map(answered(CALL, body).body, NOW)
    assert caught.value.outcome is outcome


def test_unknown_users_alone_are_gone() -> None:
    missing = problem("resource-not-found", resource_type="user", value="9")
    with pytest.raises(GiveUp) as caught:
        PLATFORM.map(answered(CALL, {"errors": [missing]}).body, NOW)
    assert caught.value.outcome is Outcome.GONE
