"""TikTok's pages: answers that show nothing say why; rounding is told from exactness."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.contract import Call
from crawler.errors import CrawlError, GiveUp, Rotate
from crawler.platforms.tiktok.platform import PLATFORM
from model.messages import Outcome
from model.route import Route
from tests.crawler.platforms.driver import NOW, answered


def refused(body: Any) -> CrawlError:
    written = body if isinstance(body, bytes) else msgspec.json.encode(body)
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map(written, NOW)
    return caught.value


def page(state: Any, title: str = "City | TikTok") -> bytes:
    return (
        f'<html><head><title>{title}</title></head><body><script type="application/json" '
        f'id="__UNIVERSAL_DATA_FOR_REHYDRATION__">{msgspec.json.encode(state).decode()}</script>'
    ).encode()


def scope(**detail: Any) -> dict[str, Any]:
    return {"__DEFAULT_SCOPE__": {"webapp.user-detail": detail}}


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"statusCode": 10202, "userInfo": {}}, Outcome.GONE),
        ({"statusCode": 10221, "userInfo": {"user": {}}}, Outcome.GONE),
        ({"statusCode": 10204, "itemInfo": {}}, Outcome.GONE),
        ({"statusCode": 10222}, Outcome.FORBIDDEN),
        ({"statusCode": 10216}, Outcome.FORBIDDEN),
        ({"status_code": 10101}, Outcome.SERVER_ERROR),
        ({"statusCode": 4711, "itemList": []}, Outcome.CHANGED_SHAPE),
        ({"code": "10000", "type": "verify", "region": "sg"}, Outcome.CHALLENGE),
        ({"statusCode": 0}, Outcome.CHANGED_SHAPE),
        (b"", Outcome.EMPTY_UNEXPECTED),
        (page(scope(statusCode=10221, statusMsg="user banned")), Outcome.GONE),
        (page(scope(statusCode=0, userInfo={})), Outcome.CHANGED_SHAPE),
        (b"<html><title>Log in | TikTok</title><body></body></html>", Outcome.LOGIN_WALL),
        (b'<html><body><div id="tiktok-verify-page"></div></body></html>', Outcome.CHALLENGE),
        (b"<html></html>", Outcome.EMPTY_UNEXPECTED),
        (b"<html><title>TikTok - Make Your Day</title><body>", Outcome.CHANGED_SHAPE),
    ],
)
def test_nothing_has_its_reason(body: Any, outcome: Outcome) -> None:
    assert refused(body).outcome is outcome


def item(**stats: Any) -> bytes:
    video = {"id": "7", "createTime": 1777593600, "stats": stats}
    return msgspec.json.encode({"statusCode": 0, "itemList": [video]})


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_number_is_read_as_it_is_and_its_step_divides_it(likes: int) -> None:
    count = PLATFORM.map(item(diggCount=likes), NOW).posts[0].counts["likes"]
    assert count.value == likes
    assert likes % count.step == 0
    assert count.step in (1, 100, 100_000)
    assert count.step == 1 or likes >= 100 * count.step or count.step == 100_000


def test_one_unrounded_number_shows_that_none_was_rounded() -> None:
    both = PLATFORM.map(item(diggCount=68_300, playCount=1_900_000), NOW).posts[0].counts
    assert (both["likes"].step, both["views"].step) == (100, 100_000)
    exact = PLATFORM.map(item(diggCount=68_301, playCount=1_900_000), NOW).posts[0].counts
    assert (exact["likes"].step, exact["views"].step) == (1, 1)


def test_saves_are_exact_whatever_the_others_are() -> None:
    counts = PLATFORM.map(item(playCount=1_900_000, collectCount="71235"), NOW).posts[0].counts
    assert (counts["views"].step, counts["saves"].step) == (100_000, 1)


def test_the_strings_win_over_the_numbers() -> None:
    video = {
        "id": "7",
        "createTime": "1777593600",
        "stats": {"diggCount": 427_700, "shareCount": 3},
        "statsV2": {"diggCount": "427682"},
    }
    post = PLATFORM.map(msgspec.json.encode({"itemList": [video]}), NOW).posts[0]
    assert post.counts["likes"].value == 427_682
    assert post.counts["shares"].value == 3
    assert post.counts["comments"].value is None
    assert "saves" not in post.counts


def test_a_state_that_lists_mere_ids_gives_the_posts_it_holds() -> None:
    video = {"id": "7", "createTime": 1777593600, "stats": {"playCount": 1}}
    state = {"itemList": ["7", "8"], "ItemModule": {"7": video}}
    assert [post.id for post in PLATFORM.map(page(state), NOW).posts] == ["7"]


def test_pages_and_api_refuse_differently() -> None:
    web = Call(endpoint="page", url="https://www.tiktok.com/@city", route=Route.WEB)
    with pytest.raises(GiveUp):
        PLATFORM.check(answered(web, b"", 403))
    with pytest.raises(Rotate):
        PLATFORM.check(answered(Call(endpoint="user", url="https://open.tiktokapis.com"), b"", 403))


def test_an_account_without_counters_beside_an_empty_list_is_no_end_of_it() -> None:
    error = refused({"user": {"id": "7", "uniqueId": "city"}, "itemList": []})
    assert error.outcome is Outcome.CHANGED_SHAPE
    assert "stats" in error.detail


def test_an_app_post_without_statistics_names_them() -> None:
    assert "stats" in refused({"aweme_list": [{"aweme_id": "7", "create_time": 1777593600}]}).detail


@pytest.mark.parametrize("body", [{"aweme_list": [], "has_more": 0}, {"itemList": []}])
def test_an_empty_list_is_empty(body: Any) -> None:
    assert not PLATFORM.map(msgspec.json.encode(body), NOW).posts
