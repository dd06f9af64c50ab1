"""X's own pages: answers that show nothing say why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from crawler.contract import Call
from crawler.errors import CrawlError, GiveUp, Retry, Rotate
from crawler.platforms.x.platform import PLATFORM
from model.count import Count
from model.messages import Outcome
from model.route import Route
from tests.crawler.platforms.driver import NOW, answered

USER = {"__typename": "User", "rest_id": "7", "core": {"screen_name": "city"}}

NOT_SHOWN = {"__typename": "UserUnavailable", "unavailable_reason": "Suspended"}
INVALID = {"message": "features are missing", "code": 214, "kind": "Validation"}


def refused(body: Any) -> CrawlError:
    written = body if isinstance(body, bytes) else msgspec.json.encode(body)
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map(written, NOW)
    return caught.value


def unavailable(reason: str) -> dict[str, Any]:
    return {"data": {"user": {"result": {"__typename": "UserUnavailable", "reason": reason}}}}


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (unavailable("Suspended"), Outcome.GONE),
        (unavailable("Protected"), Outcome.FORBIDDEN),
        ({"data": {"user": {"result": NOT_SHOWN}}}, Outcome.GONE),
        ({"data": {"user": {}}}, Outcome.GONE),
        ({"data": {"user": {}}, "errors": [INVALID]}, Outcome.CHANGED_SHAPE),
        ({"data": {}, "errors": [INVALID]}, Outcome.CHANGED_SHAPE),
        ({"errors": [{"message": "bad", "extensions": INVALID}]}, Outcome.CHANGED_SHAPE),
        ({"data": {}}, Outcome.EMPTY_UNEXPECTED),
        (b"", Outcome.EMPTY_UNEXPECTED),
        (b" \n", Outcome.EMPTY_UNEXPECTED),
        ({"data": {}, "errors": [{"code": 88, "message": "slow"}]}, Outcome.RATE_LIMITED),
        ({"data": {}, "errors": [{"code": 131, "message": "busy"}]}, Outcome.SERVER_ERROR),
        ({"data": {"user": {"result": USER}}}, Outcome.CHANGED_SHAPE),
        ({"data": {"other": {"result": {"x": 1}}}}, Outcome.CHANGED_SHAPE),
        (b"<html><title>Log in to X / X</title><body></body></html>", Outcome.LOGIN_WALL),
        (b'<html><body><a href="/i/flow/login">in</a></body></html>', Outcome.LOGIN_WALL),
        (b"<html><title>Just a moment...</title></html>", Outcome.CHALLENGE),
        (b"<html></html>", Outcome.EMPTY_UNEXPECTED),
        (b"<html><title>Explore / X</title><body></body></html>", Outcome.CHANGED_SHAPE),
    ],
)
def test_nothing_has_its_reason(body: Any, outcome: Outcome) -> None:
    assert refused(body).outcome is outcome


def test_a_user_without_followers_names_the_path() -> None:
    assert "data.user.result.legacy.followers_count" in str(
        refused({"data": {"user": {"result": USER}}})
    )


def test_a_page_without_counters_is_not_a_page_with_none() -> None:
    profile = {
        "@type": "ProfilePage",
        "mainEntity": {"identifier": "7", "additionalName": "city", "interactionStatistic": []},
    }
    written = msgspec.json.encode(profile)
    page = b'<script type="application/ld+json">' + written + b"</script>"
    assert refused(page).outcome is Outcome.CHANGED_SHAPE


def test_an_invalid_request_is_not_made_again() -> None:
    assert not isinstance(refused({"data": {}, "errors": [INVALID]}), Retry)


def embedded(created: str, **more: Any) -> dict[str, Any]:
    legacy = {"created_at": created, "favorite_count": 3, "reply_count": 0, "full_text": "hello"}
    return {"__typename": "Tweet", "rest_id": "5", "legacy": legacy, **more}


@pytest.mark.parametrize(
    ("created", "views", "expected"),
    [
        ("Wed Nov 30 23:59:59 +0000 2022", {"state": "Enabled"}, Count.not_offered()),
        ("Wed Nov 30 23:59:59 +0000 2022", {"count": "0"}, Count.not_offered()),
        ("Wed Nov 30 23:59:59 +0000 2022", {"count": "12"}, Count(12)),
        ("Thu Dec 01 00:00:00 +0000 2022", {"count": "0"}, Count(0)),
        ("Thu Dec 01 00:00:00 +0000 2022", {"state": "Enabled"}, Count.hidden()),
    ],
)
def test_views_of_posts_older_than_their_count_are_not_offered(
    created: str, views: dict[str, str], expected: Count
) -> None:
    shown = {"data": {"tweetResult": {"result": embedded(created, views=views)}}}
    (post,) = PLATFORM.map(msgspec.json.encode(shown), NOW).posts
    assert post.counts["views"] == expected


def test_authors_without_counters_are_no_rows() -> None:
    legacy = {
        "id_str": "5",
        "created_at": "2026-05-01T10:00:00.000Z",
        "favorite_count": 3,
        "text": "hello",
        "user": {"id_str": "7", "screen_name": "city"},
    }
    mapped = PLATFORM.map(msgspec.json.encode(legacy), NOW)
    assert not mapped.accounts
    assert not mapped.unmapped
    assert mapped.posts[0].account == "7"
    assert mapped.posts[0].counts["likes"].value == 3
    assert mapped.posts[0].counts["shares"].value is None


def test_a_timeline_of_nobody_is_an_empty_one() -> None:
    cursor = {"entryId": "cursor-bottom-1", "content": {"cursorType": "Bottom", "value": "c"}}
    timeline = {"timeline": {"instructions": [{"entries": [cursor]}]}}
    user = {"result": {"__typename": "User", "timeline": timeline}}
    mapped = PLATFORM.map(msgspec.json.encode({"data": {"user": user}}), NOW)
    assert not mapped.posts
    assert mapped.next == "c"


def test_pages_and_api_refuse_differently() -> None:
    with pytest.raises(GiveUp):
        PLATFORM.check(
            answered(Call(endpoint="p", url="https://x.com/c", route=Route.WEB), b"", 403)
        )
    with pytest.raises(Rotate):
        PLATFORM.check(answered(Call(endpoint="p", url="https://api.x.com/2/users"), b"", 403))
