"""Whatever comes instead of an answer ends in a named error, and no count is made up.

YouTube, whose answers are also XML and pages without embedded documents, has more in its folder.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import CrawlError
from crawler.platforms import platform
from crawler.reading.meta_pages import documents
from crawler.reading.numbers import parse
from model.items import Mapped
from model.messages import VisitKind
from model.platform import PlatformName
from model.route import Route
from tests.crawler.platforms.driver import NOW, answered, drive
from tests.crawler.platforms.facebook import pages as facebook
from tests.crawler.platforms.fixture_cases import fixtures
from tests.crawler.platforms.instagram import accounts as instagram
from tests.crawler.platforms.mutation import faulty, inputs, invented, outcome


def embedded(name: PlatformName, pattern: str) -> list[Any]:
    """The documents within a platform's public pages, as answers of their own."""
    paths = sorted(fixtures(name).glob(pattern))
    return [{"require": documents(path.read_bytes())} for path in paths]


ROUTES = st.sampled_from((None, *Route))
STATUSES = st.sampled_from((200, 400, 500))
NOISE = st.binary() | st.text().map(str.encode) | st.binary().map(b"<html>".__add__)
DEEP = b'{"data":[' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]}"
ANSWERS: dict[PlatformName, list[Any]] = {
    "x": inputs(fixtures("x")),
    "tiktok": inputs(fixtures("tiktok")),
    "facebook": inputs(fixtures("facebook")),
    "instagram": [*inputs(fixtures("instagram")), *embedded("instagram", "*/input.html")],
}
FOREIGN: dict[PlatformName, PlatformName] = {
    "x": "tiktok",
    "tiktok": "x",
    "facebook": "tiktok",
    "instagram": "x",
    "youtube": "x",
}
GRAPH = [answer for answer in ANSWERS["facebook"] if isinstance(answer, dict)]
DISCOVERY = [answer for answer in ANSWERS["instagram"] if "business_discovery" in answer]
UNREADABLE: dict[PlatformName, list[bytes]] = {
    "x": [
        b'{"data":' * 50_000,
        DEEP,
        b"[]",
        b"{}",
        b'{"data":[null]}',
        b'{"data":[{"text":"x"}]}',
        b'{"data":{"user":{"result":[]}}}',
        b"<script type=application/json>" + b"[" * 100_000 + b"</script>",
    ],
    "tiktok": [
        b'{"data":' * 50_000,
        b"{}",
        b"[null]",
        b'{"itemList":[null]}',
        b'{"data":{"videos":null},"error":{"code":"ok"}}',
        b'{"userInfo":{"user":{"id":"1"}}}',
        b'{"userInfo":{"user":{"id":"1"},"stats":{"followerCount":9223372036854775808}}}',
        b'<script id="SIGI_STATE" type="application/json">{"UserModule":</script>',
    ],
    "facebook": [
        b'{"data":' * 50_000,
        DEEP,
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
    "instagram": [
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
}


def made_up(name: PlatformName, mapped: Mapped, body: bytes) -> list[str]:
    """Counts that are not in the answer, but for those that a platform works out from others."""
    if name == "x":  # reposts and quotes together are shares
        return invented(mapped, body, frozenset({"shares"}))
    lines = invented(mapped, body)
    if name == "facebook" and b"shares" in body:  # left out where there are none
        return [line for line in lines if not line.endswith("shares 0")]
    return lines


def localised(value: Any) -> set[int]:
    """Every number that people would read in the texts of a document."""
    if isinstance(value, dict):
        return localised(list(value.values()))
    if isinstance(value, list):
        return {number for below in value for number in localised(below)}
    number = parse(value) if isinstance(value, str) else None
    return {number.value} if number else set()


@pytest.mark.parametrize("name", ANSWERS)
@given(data=st.data(), route=ROUTES)
def test_faults_lose_rows_but_never_make_counts(
    name: PlatformName, data: st.DataObject, route: Route | None
) -> None:
    body = data.draw(faulty(ANSWERS[name]))
    mapped = outcome(platform(name), body, route)
    assert mapped is None or made_up(name, mapped, body) == []


@given(faulty(embedded("facebook", "web_*/input.*")))
def test_faults_in_embedded_documents_never_make_counts(body: bytes) -> None:
    mapped = outcome(platform("facebook"), body, Route.WEB)
    if mapped is not None:
        read = localised(msgspec.json.decode(body))
        wrong = [line for line in invented(mapped, body) if int(line.split()[-1]) not in read]
        assert wrong == []


@given(faulty(GRAPH), STATUSES)
def test_every_facebook_visit_ends_whatever_comes(body: bytes, status: int) -> None:
    refresh = facebook.visit(VisitKind.REFRESH, posts=("1_2", "1_3"))
    visits = [facebook.TIMELINE, refresh, facebook.visit(VisitKind.PROFILE)]
    done = drive(
        platform("facebook"), facebook.CONFIG, visits, lambda call: answered(call, body, status)
    )
    assert sorted(close.visit.id for close in done.closes) == sorted(v.id for v in visits)
    assert len(done.calls) < 40


@given(faulty(DISCOVERY), STATUSES)
def test_every_instagram_visit_ends_whatever_comes(body: bytes, status: int) -> None:
    visits = [instagram.TIMELINE, instagram.PROFILE]
    done = drive(
        platform("instagram"), instagram.CONFIG, visits, lambda call: answered(call, body, status)
    )
    assert sorted(close.visit.id for close in done.closes) == sorted(v.id for v in visits)
    assert len(done.calls) < 20


@pytest.mark.parametrize("name", FOREIGN)
@given(data=st.data(), route=ROUTES)
def test_answers_of_another_platform_give_no_rows(
    name: PlatformName, data: st.DataObject, route: Route | None
) -> None:
    body = data.draw(faulty(ANSWERS[FOREIGN[name]]))
    mapped = outcome(platform(name), body, route)
    assert mapped is None or not (mapped.posts or mapped.accounts)


@pytest.mark.parametrize("name", FOREIGN)
@given(body=NOISE)
def test_noise_is_refused(name: PlatformName, body: bytes) -> None:
    assert outcome(platform(name), body) is None


@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param(name, body, id=f"{name}-{number}")
        for name, bodies in UNREADABLE.items()
        for number, body in enumerate(bodies)
    ],
)
def test_unreadable_answers_are_refused(name: PlatformName, body: bytes) -> None:
    with pytest.raises(CrawlError):
        platform(name).map(body, NOW)
