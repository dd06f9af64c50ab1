"""Whatever comes instead of Instagram's answers ends in a named error, and no count is made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import CrawlError
from crawler.platforms.instagram import PLATFORM
from crawler.reading.meta_pages import documents
from tests.crawler.platforms.driver import NOW, answered, drive
from tests.crawler.platforms.instagram.accounts import CONFIG, PROFILE, TIMELINE
from tests.crawler.platforms.mutation import faulty, inputs, invented, outcome

FIXTURES = Path(__file__).parent / "fixtures"
OTHERS = inputs(FIXTURES.parents[1] / "x" / "fixtures")
ROUTES = st.sampled_from((None, "api", "web"))
DISCOVERY = [one for one in inputs(FIXTURES) if "business_discovery" in one]
EMBEDDED = [
    {"require": documents(path.read_bytes())} for path in sorted(FIXTURES.glob("*/input.html"))
]


@given(faulty([*inputs(FIXTURES), *EMBEDDED]), ROUTES)
def test_faults_lose_rows_but_never_make_counts(body: bytes, route: str | None) -> None:
    mapped = outcome(PLATFORM, body, route)
    assert mapped is None or invented(mapped, body) == []


@given(faulty(DISCOVERY), st.sampled_from((200, 400, 500)))
def test_every_visit_ends_whatever_comes(body: bytes, status: int) -> None:
    visits = [TIMELINE, PROFILE]
    done = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, body, status))
    assert sorted(close.visit.id for close in done.closes) == sorted(v.id for v in visits)
    assert len(done.calls) < 20


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
        b'{"business_discovery":' * 50_000,
        b'{"business_discovery":null}',
        b'{"business_discovery":[]}',
        b'{"business_discovery":{"followers_count":1}}',
        b'{"business_discovery":{"id":"1","followers_count":-1}}',
        b'{"business_discovery":{"id":"1","followers_count":9223372036854775808}}',
        b'{"business_discovery":{"id":"1","followers_count":NaN}}',
        b'{"business_discovery":{"id":"1","media":{"data":7}}}',
        b"[]",
        b"{}",
        b"7",
        b'{"data":[null]}',
        b'{"items":[{"code":"x","taken_at":1,"like_count":1}]}',
        b'{"items":[{"pk":"1","code":"x","taken_at":"1e9","like_count":1}]}',
        b'{"data":{"user":{"username":"x","edge_followed_by":{"count":1}}}}',
        '{"business_discovery": {}}'.encode("utf-16"),
    ],
)
def test_shapes_that_are_not_ours(body: bytes) -> None:
    with pytest.raises(CrawlError):
        PLATFORM.map(body, NOW)
