"""One question about a city's month to GDELT's DOC API, as a check beside the count of bulk files.

The API searches texts, not places: the city's name together with its province is a lower bound, of
all media, those at home too. It refuses most requests of late, with status 429 or with a sentence
and status 200; so it is asked once, and what it says is told. An empty answer (`{}`) may mean that
nothing was found, or that something failed: it is never a zero.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import httpx

from media.places import CityRule

SPACING = 10.0
"""Seconds between two questions; the API asks for 5, and observers were refused at 8."""
_LARGEST = 2_000_000
_MOST = 10**9
_STAMP = "%Y%m%d%H%M%S"
_REFUSALS = (401, 403, 429, 503)
_SPOILT = re.compile(rb"[\x00-\x1f\x7f]|\\(?![\"\\/bfnrtu])")
"""Control characters and lone backslashes, which the API's JSON has at times."""
_LIMIT = re.compile(r"limit requests|too many requests", re.IGNORECASE)
_PROVINCES = {
    **{"CH01": "Anhui", "CH02": "Zhejiang", "CH03": "Jiangxi", "CH04": "Jiangsu", "CH05": "Jilin"},
    **{"CH06": "Qinghai", "CH07": "Fujian", "CH08": "Heilongjiang", "CH09": "Henan"},
    **{"CH10": "Hebei", "CH11": "Hunan", "CH12": "Hubei", "CH13": "Xinjiang", "CH14": "Tibet"},
    **{"CH15": "Gansu", "CH16": "Guangxi", "CH18": "Guizhou", "CH19": "Liaoning"},
    **{
        "CH20": '"Inner Mongolia"',
        "CH21": "Ningxia",
        "CH24": "Shanxi",
        "CH25": "Shandong",
        "CH26": "Shaanxi",
    },
    **{"CH29": "Yunnan", "CH30": "Guangdong", "CH31": "Hainan", "CH32": "Sichuan"},
}
"""GDELT's codes; the four municipalities need none."""


class CheckOutcome(StrEnum):
    """What came of a question."""

    ANSWERED = "answered"
    EMPTY = "empty"
    """`{}`: nothing was found, or a silent failure."""
    LIMITED = "limited"
    """Status 429, or its sentence with status 200."""
    QUESTION_REFUSED = "question_refused"
    """A sentence about the words of the question."""
    NOT_DATA = "not_data"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What the API said."""

    outcome: CheckOutcome
    url: str
    articles: int | None = None
    """That match, in the whole month."""
    of: int | None = None
    """All that the API knows of the same days."""
    detail: str = ""
    body: bytes = b""


def check_question(rule: CityRule) -> str:
    """The words that are searched."""
    province = _PROVINCES.get(rule.adm1, "")
    return f'"{rule.spelling}" {province}'.rstrip()


def check_month(
    client: httpx.Client, address: str, rule: CityRule, start: datetime, end: datetime
) -> CheckAnswer:
    """Asks once. Nothing is raised: what goes wrong is the outcome. `start`, `end`: UTC."""
    asked = {
        "query": check_question(rule),
        "mode": "timelinevolraw",
        "format": "json",
        "startdatetime": f"{start:{_STAMP}}",
        "enddatetime": f"{end:{_STAMP}}",
    }
    url = str(httpx.URL(address, params=asked))
    try:
        answer = client.get(url)
    except httpx.HTTPError as error:
        detail = f"{type(error).__name__}: {error}".rstrip(": ")
        return CheckAnswer(CheckOutcome.UNREACHABLE, url, detail=detail)
    body = answer.content[:_LARGEST]
    if answer.status_code in _REFUSALS:
        detail = f"status {answer.status_code}: {_sentence(body)}".rstrip(": ")
        return CheckAnswer(CheckOutcome.LIMITED, url, detail=detail, body=body)
    if answer.status_code != httpx.codes.OK:
        detail = f"status {answer.status_code}"
        return CheckAnswer(CheckOutcome.UNREACHABLE, url, detail=detail, body=body)
    return read_answer(url, body)


def read_answer(url: str, body: bytes) -> CheckAnswer:
    """By what it is, not by its type: the API sends sentences with status 200."""
    try:
        value = json.loads(_SPOILT.sub(b" ", body))
    except (ValueError, RecursionError):
        return _worded(url, body)
    if value == {}:
        detail = "nothing was found, or the API failed without saying so"
        return CheckAnswer(CheckOutcome.EMPTY, url, detail=detail, body=body)
    numbers = _numbers(value)
    if numbers is None:
        detail = "no timeline of numbers in the answer"
        return CheckAnswer(CheckOutcome.NOT_DATA, url, detail=detail, body=body)
    return CheckAnswer(CheckOutcome.ANSWERED, url, *numbers, body=body)


def _worded(url: str, body: bytes) -> CheckAnswer:
    sentence = _sentence(body)
    outcome = CheckOutcome.NOT_DATA
    if _LIMIT.search(sentence):
        outcome = CheckOutcome.LIMITED
    elif sentence and not sentence.startswith(("<", "{", "[")):
        outcome = CheckOutcome.QUESTION_REFUSED
    return CheckAnswer(outcome, url, detail=sentence or "an empty answer", body=body)


def _sentence(body: bytes) -> str:
    return " ".join(body[:300].decode("utf-8", "replace").split())[:200]


def _numbers(value: Any) -> tuple[int, int | None] | None:
    """Sums over the days: matching articles, and all; the latter None where it is not told."""
    try:
        days: list[Mapping[str, Any]] = [
            day for series in value["timeline"] for day in series["data"]
        ]
        articles = sum(_count(day["value"]) for day in days)
        of = sum(_count(day["norm"]) for day in days) if all("norm" in d for d in days) else None
    except (KeyError, TypeError, ValueError):
        return None
    return (articles, of) if days else None


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MOST:
        raise ValueError("expected a number of articles")
    return int(value)
