"""Which error answers end a Facebook call, which the visit deals with, and web refusals."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from crawler.contract import Call
from crawler.errors import CrawlError
from crawler.platforms.facebook.platform import PLATFORM
from model.messages import Outcome
from model.route import Route
from tests.crawler.platforms.driver import NOW, answered
from tests.crawler.platforms.facebook.pages import HOST, TOO_MUCH, error

GONE = error("Object with ID '1' does not exist", 100, 33)
CLOSED = error("(#10) requires the 'Page Public Content Access' feature", 10)
EXPIRED = error("Session has expired", 190, 463)


@pytest.mark.parametrize(
    ("endpoint", "body", "left"),
    [
        ("timeline", TOO_MUCH, True),
        ("profile", TOO_MUCH, False),
        ("profile", GONE, True),
        ("refresh", GONE, True),
        ("timeline", GONE, False),
        ("videos", GONE, True),
        ("videos", CLOSED, True),
        ("timeline", CLOSED, False),
        ("profile", CLOSED, False),
        ("videos", EXPIRED, False),
        ("refresh", EXPIRED, False),
        ("timeline", {"data": []}, True),
    ],
)
def test_what_is_left_to_the_visits_steps(endpoint: str, body: Any, left: bool) -> None:
    answer = answered(Call(endpoint=endpoint, url=HOST), body, 200 if "data" in body else 400)
    if left:
        PLATFORM.check(answer)
        return
    with pytest.raises(CrawlError):
        PLATFORM.check(answer)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome.GONE),
        (429, Outcome.RATE_LIMITED),
        (500, Outcome.SERVER_ERROR),
        (302, Outcome.LOGIN_WALL),
    ],
)
def test_public_pages_are_judged_by_their_status(status: int, outcome: Outcome) -> None:
    call = Call(endpoint="page", url=HOST, route=Route.WEB)
    answer = answered(call, b"<html></html>", status, {"location": "/login/?next=x"})
    with pytest.raises(CrawlError) as caught:
        PLATFORM.check(answer)
    assert caught.value.outcome is outcome


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"<title>Log into Facebook</title><input name=pass>", Outcome.LOGIN_WALL),
        (b"<title>Security check</title>", Outcome.CHALLENGE),
        (b"<title>A page</title><p>nothing in it</p>", Outcome.CHANGED_SHAPE),
        (b'{"errors":[{"message":"Rate limit exceeded","code":1}]}', Outcome.RATE_LIMITED),
        (b'for (;;);{"error":1,"errorSummary":"You must log in first"}', Outcome.LOGIN_WALL),
        (b'{"errors":[{"message":"Something odd"}]}', Outcome.FORBIDDEN),
        (msgspec.json.encode(EXPIRED), Outcome.TOKEN_INVALID),
        (msgspec.json.encode(GONE), Outcome.GONE),
    ],
)
def test_answers_without_rows(body: bytes, outcome: Outcome) -> None:
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map(body, NOW)
    assert caught.value.outcome is outcome


def test_a_route_forbids_the_shapes_of_the_other() -> None:
    post = b'{"data":[{"id":"1_2","created_time":"2026-05-01T00:00:00+0000"}]}'
    assert len(PLATFORM.map(post, NOW, route=Route.API).posts) == 1
    with pytest.raises(CrawlError):
        PLATFORM.map(post, NOW, route=Route.WEB)
    scraped = b'[{"page_id":"1","likes":2}]'
    assert len(PLATFORM.map(scraped, NOW, route=Route.WEB).accounts) == 1
    with pytest.raises(CrawlError):
        PLATFORM.map(scraped, NOW, route=Route.API)


@pytest.mark.parametrize(
    ("described", "likes"),
    [
        ("Visit X. 61,828,042 likes · 1,649,246 talking about this", 61828042),
        ("U2 likes · 12 likes · 3 talking about this", 12),
        ("7 likes", 7),
        ("1.2M likes · 5 were here", 1200000),
    ],
)
def test_likes_in_a_description(described: str, likes: int) -> None:
    page = f'<meta property="og:description" content="{described}">'.encode()
    (account,) = PLATFORM.map(page, NOW).accounts
    assert account.counts["likes"].value == likes


@pytest.mark.parametrize("described", ["Everybody likes · X", "It likes 2 likes it", "no numbers"])
def test_a_name_is_no_number_of_likes(described: str) -> None:
    page = f'<meta property="og:description" content="{described}">'.encode()
    with pytest.raises(CrawlError):
        PLATFORM.map(page, NOW)
