"""Error answers of Instagram: the Graph API's, and refusals of the public pages."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from crawler.contract import Call
from crawler.errors import CrawlError
from crawler.platforms.instagram.platform import PLATFORM
from model.messages import Outcome
from model.route import Route
from tests.crawler.platforms.driver import NOW, answered

URL = "http://graph.test"


@pytest.mark.parametrize(
    ("endpoint", "left"), [("timeline", True), ("profile", False), ("refresh", False)]
)
def test_too_heavy_a_page_is_left_to_a_timelines_steps(endpoint: str, left: bool) -> None:
    body = {"error": {"code": 1, "message": "Please reduce the amount of data"}}
    answer = answered(Call(endpoint=endpoint, url=URL), body, 500)
    if left:
        PLATFORM.check(answer)
        return
    with pytest.raises(CrawlError) as caught:
        PLATFORM.check(answer)
    assert caught.value.outcome is Outcome.SERVER_ERROR


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (404, b"<html></html>", Outcome.GONE),
        (429, b"", Outcome.RATE_LIMITED),
        (503, b"", Outcome.SERVER_ERROR),
        (200, b"", Outcome.EMPTY_UNEXPECTED),
    ],
)
def test_public_pages_are_judged_by_their_status(
    status: int, body: bytes, outcome: Outcome
) -> None:
    with pytest.raises(CrawlError) as caught:
        PLATFORM.check(answered(Call(endpoint="page", url=URL, route=Route.WEB), body, status))
    assert caught.value.outcome is outcome


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"data": {"viewer": {}, "user": None}, "status": "ok"}, Outcome.GONE),
        ({"graphql": {"user": None}}, Outcome.GONE),
        ({"data": {"xdt_shortcode_media": None}}, Outcome.GONE),
        ({"data": {"xig_polaris_media": None}, "extensions": {}}, Outcome.GONE),
        ({"message": "Media not found or unavailable", "status": "fail"}, Outcome.GONE),
        (
            {"message": "Please wait a few minutes", "require_login": True, "status": "fail"},
            Outcome.RATE_LIMITED,
        ),
        ({"message": "checkpoint_required", "status": "fail"}, Outcome.CHALLENGE),
        ({"message": "", "require_login": True, "status": "fail"}, Outcome.LOGIN_WALL),
        ({"message": "useragent mismatch", "status": "fail"}, Outcome.FORBIDDEN),
        ({"status": "ok"}, Outcome.CHANGED_SHAPE),
        ({"error": {"code": 190, "message": "expired"}}, Outcome.TOKEN_INVALID),
        ({"error": {"code": 110, "error_subcode": 2207013, "message": "x"}}, Outcome.GONE),
    ],
)
def test_answers_without_rows(body: Any, outcome: Outcome) -> None:
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map(msgspec.json.encode(body), NOW)
    assert caught.value.outcome is outcome


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (b"<title>Login &bull; Instagram</title>", Outcome.LOGIN_WALL),
        (b"<title>Log in</title><input type=password>", Outcome.LOGIN_WALL),
        (b"<title>Security check</title><div id=captcha>", Outcome.CHALLENGE),
        (b"<title>Instagram</title>", Outcome.CHANGED_SHAPE),
    ],
)
def test_pages_without_rows(page: bytes, outcome: Outcome) -> None:
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map(page, NOW)
    assert caught.value.outcome is outcome


def test_a_route_forbids_the_shapes_of_the_other() -> None:
    official = b'{"business_discovery":{"id":"1","followers_count":5}}'
    assert len(PLATFORM.map(official, NOW, route=Route.API).accounts) == 1
    with pytest.raises(CrawlError):
        PLATFORM.map(official, NOW, route=Route.WEB)
    public = b'{"data":{"user":{"id":"1","username":"x","edge_followed_by":{"count":5}}}}'
    assert len(PLATFORM.map(public, NOW, route=Route.WEB).accounts) == 1
    with pytest.raises(CrawlError):
        PLATFORM.map(public, NOW, route=Route.API)
