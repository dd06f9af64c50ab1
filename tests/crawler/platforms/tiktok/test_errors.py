"""TikTok's error answers and its client token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from crawler.contract import Answer, Call
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, ShapeError, Wait
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.platforms.tiktok.platform import PLATFORM
from model.messages import Outcome
from tests.crawler.platforms.driver import NOW, answered

CALL = Call(endpoint="videos", url="https://open.tiktokapis.com/v2/research/video/query/")
UNSETTLED = "Search Id 7 is invalid or expired"
MIDNIGHT = datetime(2026, 6, 5, tzinfo=UTC)
CLIENT = TikTokConfig(client_key="key", client_secret=SecretStr("s3cret"))


def said(code: str, message: str = "") -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": message, "log_id": "1"}}


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
        (401, said("access_token_invalid"), Rotate, Outcome.TOKEN_INVALID),
        (401, said("scope_not_authorized"), Rotate, Outcome.FORBIDDEN),
        (401, b"", Rotate, Outcome.TOKEN_INVALID),
        (401, {"error": "invalid_client"}, Rotate, Outcome.TOKEN_INVALID),
        (403, said("scope_permission_missed"), Rotate, Outcome.FORBIDDEN),
        (403, b"<html>", Rotate, Outcome.FORBIDDEN),
        (429, said("rate_limit_exceeded", "try again later"), Wait, Outcome.RATE_LIMITED),
        (429, said("rate_limit_exceeded", "Daily quota reached"), Wait, Outcome.QUOTA_SPENT),
        (429, said("daily_quota_limit_exceeded"), Wait, Outcome.QUOTA_SPENT),
        (429, b"slow down", Wait, Outcome.RATE_LIMITED),
        (429, said("invalid_params"), Wait, Outcome.RATE_LIMITED),
        (400, said("invalid_params", UNSETTLED), Retry, Outcome.SERVER_ERROR),
        (400, said("invalid_params", "Invalid count or cursor"), Retry, Outcome.SERVER_ERROR),
        (400, said("invalid_params", "x is invalid: cannot find the user"), GiveUp, Outcome.GONE),
        (400, said("invalid_params", "end_date"), ShapeError, Outcome.CHANGED_SHAPE),
        (404, b"", ShapeError, Outcome.CHANGED_SHAPE),
        (500, said("internal_error"), Retry, Outcome.SERVER_ERROR),
        (500, said("timeout"), Retry, Outcome.TIMEOUT),
        (502, said("invalid_params"), Retry, Outcome.SERVER_ERROR),
        (504, b"<html>gateway", Retry, Outcome.TIMEOUT),
        (200, b"", Retry, Outcome.EMPTY_UNEXPECTED),
    ],
)
def test_every_error_has_its_branch(
    status: int, body: Any, kind: type[CrawlError], outcome: Outcome
) -> None:
    error = checked(status, body)
    assert type(error) is kind
    assert error.outcome is outcome


def test_a_good_answer_passes() -> None:
    assert checked(200, said("ok")) is None


def test_an_error_with_status_200_is_recognised_in_the_body() -> None:
    with pytest.raises(Rotate) as caught:
        PLATFORM.map(answered(CALL, said("access_token_invalid")).body, NOW)
    assert caught.value.outcome is Outcome.TOKEN_INVALID


def test_pauses() -> None:
    spent = checked(429, said("rate_limit_exceeded", "quota"))
    assert isinstance(spent, Wait)
    assert spent.until == MIDNIGHT
    limited = checked(429, said("rate_limit_exceeded"), {"retry-after": "20"})
    assert isinstance(limited, Wait)
    assert limited.until == NOW + timedelta(seconds=20)
    unsaid = checked(429, said("rate_limit_exceeded"))
    assert isinstance(unsaid, Wait)
    assert unsaid.until == NOW + timedelta(minutes=1)
    unsettled = checked(400, said("invalid_params", UNSETTLED))
    assert isinstance(unsettled, Retry)
    assert unsettled.after is not None
    assert unsettled.after > 0


def test_the_client_gets_its_token_by_its_key_and_secret() -> None:
    token = PLATFORM.token_call(CLIENT)
    assert token is not None
    assert token.call.url == "https://open.tiktokapis.com/v2/oauth/token/"
    assert parse_qs((token.call.body or b"").decode()) == {
        "client_key": ["key"],
        "client_secret": ["s3cret"],
        "grant_type": ["client_credentials"],
    }
    body = {"access_token": "clt.abc", "expires_in": 7200, "token_type": "Bearer"}
    assert token.read(answered(token.call, body)) == ("clt.abc", 7200.0)
    assert PLATFORM.authorise("clt.abc") == {"authorization": "Bearer clt.abc"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": "invalid_client", "error_description": "", "log_id": "1"}, Rotate),
        ({"token_type": "Bearer"}, ShapeError),
        ({"access_token": "clt.abc", "expires_in": "soon"}, ShapeError),
        (b"<html>", ShapeError),
    ],
)
def test_a_refused_client_is_told(body: Any, kind: type[CrawlError]) -> None:
    token = PLATFORM.token_call(CLIENT)
    assert token is not None
    with pytest.raises(kind):
        token.read(answered(token.call, body))


def test_which_credentials_will_do() -> None:
    assert CLIENT.has_credentials
    assert TikTokConfig(tokens=(SecretStr("t"),)).has_credentials
    assert not TikTokConfig().has_credentials
    assert not TikTokConfig(client_key="key").has_credentials
    assert not TikTokConfig(client_secret=SecretStr("s")).has_credentials
    assert PLATFORM.token_call(TikTokConfig()) is None
    both = TikTokConfig(tokens=(SecretStr("t"),), client_key="k", client_secret=SecretStr("s"))
    assert PLATFORM.token_call(both) is None
    assert "s3cret" not in repr(CLIENT)


def test_an_answer_without_headers_is_fine() -> None:
    bare = Answer(call=CALL, status=500, headers={}, body=b"", observed_at=NOW)
    with pytest.raises(Retry):
        PLATFORM.check(bare)
