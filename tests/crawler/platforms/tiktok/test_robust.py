"""Whatever comes instead of TikTok's answers ends in a named error, and no count is made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import CrawlError
from crawler.platforms.tiktok import PLATFORM
from tests.crawler.platforms.driver import NOW
from tests.crawler.platforms.mutation import faulty, inputs, invented, outcome

FIXTURES = Path(__file__).parent / "fixtures"
OTHERS = inputs(FIXTURES.parents[1] / "x" / "fixtures")
ROUTES = st.sampled_from((None, "api", "web"))


@settings(deadline=None)
@given(faulty(inputs(FIXTURES)), ROUTES)
def test_faults_lose_rows_but_never_make_counts(body: bytes, route: str | None) -> None:
    mapped = outcome(PLATFORM, body, route)
    assert mapped is None or invented(mapped, body) == []


@settings(deadline=None)
@given(faulty(OTHERS), ROUTES)
def test_answers_of_another_platform_give_no_rows(body: bytes, route: str | None) -> None:
    mapped = outcome(PLATFORM, body, route)
    assert mapped is None or not (mapped.posts or mapped.accounts)


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode) | st.binary().map(b"<html>".__add__))
def test_noise_is_refused(body: bytes) -> None:
    assert outcome(PLATFORM, body) is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":' * 50_000,
        b"{}",
        b"[null]",
        b'{"itemList":[null]}',
        b'{"data":{"videos":null},"error":{"code":"ok"}}',
        b'{"userInfo":{"user":{"id":"1"}}}',
        b'{"userInfo":{"user":{"id":"1"},"stats":{"followerCount":9223372036854775808}}}',
        b'<script id="SIGI_STATE" type="application/json">{"UserModule":</script>',
    ],
)
def test_shapes_that_are_not_ours(body: bytes) -> None:
    with pytest.raises(CrawlError):
        PLATFORM.map(body, NOW)
