"""What HTTP says on public pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.contract import Call
from crawler.errors import CrawlError, GiveUp, Retry, ShapeError, Wait
from crawler.reading.public import check_page
from model.messages import Outcome
from model.route import Route
from tests.crawler.platforms.driver import NOW, answered

CALL = Call(endpoint="page", url="https://x.com/city", route=Route.WEB)
HUMAN = b"<html><title>Just a moment...</title></html>"


def checked(
    status: int, body: bytes = b"<html>", headers: dict[str, str] | None = None
) -> CrawlError | None:
    try:
        check_page(answered(CALL, body, status, headers))
    except CrawlError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("status", "body", "kind", "outcome"),
    [
        (404, b"", GiveUp, Outcome.GONE),
        (410, b"", GiveUp, Outcome.GONE),
        (403, b"", GiveUp, Outcome.LOGIN_WALL),
        (401, b"", GiveUp, Outcome.LOGIN_WALL),
        (403, HUMAN, GiveUp, Outcome.CHALLENGE),
        (503, HUMAN, GiveUp, Outcome.CHALLENGE),
        (429, HUMAN, GiveUp, Outcome.CHALLENGE),
        (403, b'<script src="/cdn-cgi/challenge-platform/x"></script>', GiveUp, Outcome.CHALLENGE),
        (429, b"", Wait, Outcome.RATE_LIMITED),
        (503, b"", Retry, Outcome.SERVER_ERROR),
        (504, b"", Retry, Outcome.TIMEOUT),
        (451, b"", ShapeError, Outcome.CHANGED_SHAPE),
        (302, b"", ShapeError, Outcome.CHANGED_SHAPE),
        (200, b"", Retry, Outcome.EMPTY_UNEXPECTED),
    ],
)
def test_every_status_has_its_branch(
    status: int, body: bytes, kind: type[CrawlError], outcome: Outcome
) -> None:
    error = checked(status, body)
    assert type(error) is kind
    assert error.outcome is outcome


def test_a_page_passes() -> None:
    assert checked(200) is None


def test_a_redirect_to_the_login_is_a_wall() -> None:
    error = checked(302, b"", {"location": "https://x.com/i/flow/login?redirect=city"})
    assert isinstance(error, GiveUp)
    assert error.outcome is Outcome.LOGIN_WALL


def test_limits_last_as_long_as_said() -> None:
    said, unsaid = checked(429, b"", {"retry-after": "60"}), checked(429, b"")
    assert isinstance(said, Wait)
    assert isinstance(unsaid, Wait)
    assert said.until == NOW + timedelta(seconds=60)
    assert unsaid.until == NOW + timedelta(minutes=15)
