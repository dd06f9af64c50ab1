"""Whatever comes instead of Facebook's answers ends in a named error, and no count is made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import CrawlError
from crawler.platforms.facebook import PLATFORM
from crawler.reading.meta_pages import documents
from crawler.reading.numbers import parse
from model.items import Mapped
from model.messages import VisitKind
from tests.crawler.platforms.driver import NOW, answered, drive
from tests.crawler.platforms.facebook.pages import CONFIG, TIMELINE, visit
from tests.crawler.platforms.mutation import faulty, inputs, invented, outcome

FIXTURES = Path(__file__).parent / "fixtures"
OTHERS = inputs(FIXTURES.parents[1] / "tiktok" / "fixtures")
ROUTES = st.sampled_from((None, "api", "web"))
GRAPH = [decoded for decoded in inputs(FIXTURES) if isinstance(decoded, dict)]
PUBLIC = [
    {"require": documents(path.read_bytes())} for path in sorted(FIXTURES.glob("web_*/input.*"))
]


def made_up(mapped: Mapped, body: bytes) -> list[str]:
    """Counts that are not in the answer, but for shares that were asked for and left out."""
    return [
        line
        for line in invented(mapped, body)
        if not (line.endswith("shares 0") and b"shares" in body)
    ]


def localised(value: Any) -> set[int]:
    """Every number that people would read in the texts of a document."""
    if isinstance(value, dict):
        return localised(list(value.values()))
    if isinstance(value, list):
        return {number for below in value for number in localised(below)}
    number = parse(value) if isinstance(value, str) else None
    return {number.value} if number else set()


@given(faulty(inputs(FIXTURES)), ROUTES)
def test_faults_lose_rows_but_never_make_counts(body: bytes, route: str | None) -> None:
    mapped = outcome(PLATFORM, body, route)
    assert mapped is None or made_up(mapped, body) == []


@given(faulty(PUBLIC))
def test_faults_in_embedded_documents_never_make_counts(body: bytes) -> None:
    mapped = outcome(PLATFORM, body, "web")
    if mapped is not None:
        read = localised(msgspec.json.decode(body))
        wrong = [line for line in invented(mapped, body) if int(line.split()[-1]) not in read]
        assert wrong == []


@given(faulty(GRAPH), st.sampled_from((200, 400, 500)))
def test_every_visit_ends_whatever_comes(body: bytes, status: int) -> None:
    refresh = visit(VisitKind.REFRESH, posts=("1_2", "1_3"))
    visits = [TIMELINE, refresh, visit(VisitKind.PROFILE)]
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, body, status))
    assert sorted(close.visit.id for close in done.closes) == sorted(v.id for v in visits)
    assert len(done.calls) < 40


@given(faulty(OTHERS), ROUTES)
def test_answers_of_another_platform_give_no_rows(body: bytes, route: str | None) -> None:
    mapped = outcome(PLATFORM, body, route)
    assert mapped is None or not (mapped.posts or mapped.accounts)


@given(st.binary() | st.text().map(str.encode) | st.binary().map(b"<html>".__add__))
def test_noise_is_refused(body: bytes) -> None:
    assert outcome(PLATFORM, body) is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":' * 50_000,
        b'{"data":[' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]}",
        b"[]",
        b"{}",
        b"7",
        b'{"data":[null]}',
        b'{"data":[{"text":"x"}]}',
        b'{"data":{"user":{"result":[]}}}',
        b'{"1":{"name":"a page without an id"}}',
        b'{"id":"1_2","created_time":"2026-05-01T00:00:00+0000","shares":{"count":-1}}',
        b'{"id":"1_2","created_time":"2026-05-01T00:00:00+0000","shares":{"count":NaN}}',
        b'{"id":"1","fan_count":9223372036854775808}',
        b"mf_story_key.1:top_level_post_id.1",
        b"<html>mf_story_key.1:top_level_post_id.1</html>",
        b"for (;;);",
        b'for (;;);{"payload"',
        '{"data": [{"id": "1_2", "created_time": "ä"}]}'.encode("utf-16"),
    ],
)
def test_shapes_that_are_not_ours(body: bytes) -> None:
    with pytest.raises(CrawlError):
        PLATFORM.map(body, NOW)
