"""Documents, descriptions, walls and refusals of Meta's public answers."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.errors import ShapeError, Wait
from crawler.reading import meta_pages
from model.messages import Outcome


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"a": 1}', [{"a": 1}]),
        (b'\xef\xbb\xbf {"a": 1}\n', [{"a": 1}]),
        (b'for (;;);{"a": 1}', [{"a": 1}]),
        (b'{"a": 1}\r\n{"b": 2}\r\n', [{"a": 1}, {"b": 2}]),
        (b'for (;;);{"a": 1}\nfor (;;);{"b": 2}', [{"a": 1}, {"b": 2}]),
        (b'<script type="application/json" data-sjs>{"a": 1}</script>', [{"a": 1}]),
        (b"<SCRIPT data-sjs type=application/json>[1]</SCRIPT>", [[1]]),
        (b'<script>window._sharedData = {"a": "};"};</script>', [{"a": "};"}]),
        (b"<script>window.__additionalDataLoaded('/p/x/',{\"a\": 1});</script>", [{"a": 1}]),
        (b"<script>var a = {};</script><script type=application/json>{bad</script>", []),
        (b'<script type="application/json">{"a": 1}', []),
        (b"<html></html>", []),
    ],
)
def test_documents(body: bytes, found: list[Any]) -> None:
    assert meta_pages.documents(body) == found


@pytest.mark.parametrize("body", [b"", b"for (;;);", b"nonsense", b'{"a": 1}\nnonsense', b"\xff"])
def test_what_is_neither_json_nor_a_page(body: bytes) -> None:
    with pytest.raises(ShapeError):
        meta_pages.documents(body)


def test_descriptions() -> None:
    page = (
        "<meta property='og:title' content='A &amp; B'><meta name=description content=\"d\"/>"
        '<meta content="1,234 likes" property="og:description"><meta property="og:title" '
        'content="second"><meta charset="utf-8">'
    )
    assert meta_pages.metas(page) == {
        "og:title": "A & B",
        "description": "d",
        "og:description": "1,234 likes",
    }


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (b"<title>Log in to Facebook</title><form></form>", Outcome.LOGIN_WALL),
        (b"<title>City</title><input name='pass' type='password'>", Outcome.LOGIN_WALL),
        (b"<title>Security check</title><div id=captcha></div>", Outcome.CHALLENGE),
        (b"<title>Confirm: checkpoint</title><input type=password>", Outcome.CHALLENGE),
    ],
)
def test_walls(page: bytes, outcome: Outcome) -> None:
    wall = meta_pages.wall(page)
    assert wall is not None
    assert wall.outcome is outcome


@pytest.mark.parametrize(
    "body", [b"<title>A city of blogs in spring</title>", b'{"title": "Log in"}']
)
def test_what_is_no_wall(body: bytes) -> None:
    assert meta_pages.wall(body) is None


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("Please wait a few minutes before you try again.", Outcome.RATE_LIMITED),
        ("Rate limit exceeded", Outcome.RATE_LIMITED),
        ("checkpoint_required", Outcome.CHALLENGE),
        ("login_required", Outcome.LOGIN_WALL),
        ("You must be logged in", Outcome.LOGIN_WALL),
        ("Media not found or unavailable", Outcome.GONE),
    ],
)
def test_refusals(message: str, outcome: Outcome) -> None:
    said = meta_pages.refusal_of(message)
    assert said is not None
    assert said.outcome is outcome
    assert isinstance(said, Wait) == (outcome is Outcome.RATE_LIMITED)


def test_an_unknown_sentence_means_nothing() -> None:
    assert meta_pages.refusal_of("useragent mismatch") is None
