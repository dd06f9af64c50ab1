"""Answers of GDELT's DOC API are taken by what they are, not by status or type."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from media.checking import CheckAnswer, CheckOutcome, check_month, check_question, read_answer
from media.places import load_place_rules

_RULES = load_place_rules().cities
_DAY = {"date": "20260901T000000Z", "value": 12, "norm": 290_000}


def _timeline(*days: object) -> bytes:
    return json.dumps({"timeline": [{"series": "Article Count", "data": list(days)}]}).encode()


def test_every_city_is_searched_with_its_province() -> None:
    questions = {city: check_question(rule) for city, rule in _RULES.items()}
    assert len(questions) == len(set(questions.values())) == 106
    assert questions["beijing"] == '"Beijing"'
    assert questions["suzhou-jiangsu"] == '"Suzhou" Jiangsu'
    alone = {city for city, words in questions.items() if words.endswith('"')}
    assert {"beijing", "shanghai", "tianjin", "chongqing"} <= alone
    inner = {city for city, rule in _RULES.items() if rule.adm1 == "CH20"}
    assert alone == {"beijing", "shanghai", "tianjin", "chongqing"} | inner


@pytest.mark.parametrize(
    ("body", "outcome", "articles", "of"),
    [
        (_timeline(_DAY, {**_DAY, "value": 3}), "answered", 15, 580_000),
        (_timeline({"date": "x", "value": 3}), "answered", 3, None),
        (_timeline({**_DAY, "value": 0}), "answered", 0, 290_000),
        (_timeline(_DAY).replace(b"Article", b"Ar\x01\\t\\icle"), "answered", 12, 290_000),
        (b"{}", "empty", None, None),
        (b"", "not_data", None, None),
        (b"Please limit requests to one every 5 seconds or ...", "limited", None, None),
        (b"Your keywords were too short, too long or too common.", "question_refused", None, None),
        (b"<html><body>Service</body></html>", "not_data", None, None),
        (_timeline(), "not_data", None, None),
        (_timeline({**_DAY, "value": "12"}), "not_data", None, None),
        (_timeline({**_DAY, "value": -1}), "not_data", None, None),
        (_timeline({**_DAY, "value": True}), "not_data", None, None),
        (b'{"timeline": 5}', "not_data", None, None),
        (b"[" * 100_000, "not_data", None, None),
        (_timeline(_DAY)[:40], "not_data", None, None),
    ],
)
def test_answers(body: bytes, outcome: str, articles: int | None, of: int | None) -> None:
    found = read_answer("https://a.example", body)
    assert (found.outcome.value, found.articles, found.of) == (outcome, articles, of)
    assert found.body == body
    assert bool(found.detail) is (outcome != "answered")


def _asked(handler: httpx.MockTransport) -> CheckAnswer:
    with httpx.Client(transport=handler) as client:
        return check_month(
            client,
            "https://doc.example/api",
            _RULES["suzhou-jiangsu"],
            datetime(2026, 9, 30, 16, tzinfo=UTC),
            datetime(2026, 10, 31, 16, tzinfo=UTC),
        )


def test_one_question_and_no_second_whatever_comes() -> None:
    seen: list[httpx.URL] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return httpx.Response(429, text="Please limit requests to one every 5 seconds.")

    found = _asked(httpx.MockTransport(refuse))
    assert found.outcome is CheckOutcome.LIMITED
    assert found.detail == "status 429: Please limit requests to one every 5 seconds."
    (url,) = seen
    assert dict(url.params) == {
        "query": '"Suzhou" Jiangsu',
        "mode": "timelinevolraw",
        "format": "json",
        "startdatetime": "20260930160000",
        "enddatetime": "20261031160000",
    }


def test_no_connection_and_other_statuses_are_told() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert _asked(httpx.MockTransport(fail)).detail == "ConnectError: refused"
    found = _asked(httpx.MockTransport(lambda _: httpx.Response(502)))
    assert (found.outcome, found.detail) == (CheckOutcome.UNREACHABLE, "status 502")
