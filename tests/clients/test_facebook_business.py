"""facebook-business, Meta's own client: pages, posts and videos of the Graph API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.api import Cursor, FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from tests.clients.served import Sandbox
from tests.clients.worlds import CUTOFF, END, START, Account, Counts, Post, by_id, totals

SUMMARY = "limit(0).summary(total_count)"
FIELDS = ["id", "created_time", "shares", f"comments.{SUMMARY}", f"reactions.{SUMMARY}"]
Connect = Callable[..., FacebookAdsApi]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients with a secret, whose proof they send along; closed at the end."""
    with ExitStack() as opened:

        def make(sandbox: Sandbox, token: str = "token-of-facebook-business") -> FacebookAdsApi:
            kind = type("Session", (FacebookSession,), {"GRAPH": sandbox.base})
            session = kind(app_id="1", app_secret="2", access_token=token)
            opened.callback(session.requests.close)
            return FacebookAdsApi(session)

        yield make


def window(size: int) -> dict[str, int]:
    """The month; both ends of a window are within it."""
    last = END - timedelta(seconds=1)
    return {"since": int(START.timestamp()), "until": int(last.timestamp()), "limit": size}


def posts(api: FacebookAdsApi, account: Account, size: int) -> Cursor:
    return Page(account.id, api=api).get_published_posts(fields=FIELDS, params=window(size))


def views(api: FacebookAdsApi, account: Account, size: int) -> dict[str, int]:
    """The views of the month's videos, by the id of their post."""
    fields = ["post_id", "views"]
    cursor = Page(account.id, api=api).get_videos(fields=fields, params=window(size))
    return {video["post_id"]: video["views"] for video in cursor if "views" in video}


def counts(post: PagePost) -> Counts:
    """Shares are left out where there are none; other counters where they are not shown."""
    shown = {"shares": post["shares"]["count"] if "shares" in post else 0}
    for name, edge in (("likes", "reactions"), ("comments", "comments")):
        if edge in post:
            shown[name] = post[edge]["summary"]["total_count"]
    return shown


def with_shares(month: dict[str, Counts]) -> dict[str, Counts]:
    return {post_id: {"shares": 0, **shown} for post_id, shown in month.items()}


def test_a_month_of_every_account_is_the_worlds(each: Sandbox, connect: Connect) -> None:
    api = connect(each)
    for account in each.world.accounts("facebook"):
        found = by_id((post["id"], counts(post)) for post in posts(api, account, 10))
        for post_id, number in views(api, account, 10).items():
            found[post_id]["views"] = number
        expected = with_shares(account.month())
        assert totals(found) == totals(expected)
        assert found == expected
    accounts = len(each.world.accounts("facebook"))
    assert each.calls("facebook", "published_posts") > accounts
    assert each.calls("facebook", "videos") > accounts


def test_an_account_is_read_with_its_counts(each: Sandbox, connect: Connect) -> None:
    api = connect(each)
    for account in each.world.accounts("facebook"):
        page = Page(account.id, api=api).api_get(
            fields=["username", "followers_count", "fan_count"]
        )
        shown = account.counts()
        assert page["username"] == account.handle
        assert page["followers_count"] == shown["followers"]
        assert page.get("fan_count") == shown.get("likes")


def test_reactions_are_more_than_likes(sandbox: Sandbox, connect: Connect) -> None:
    """`likes` are one kind of reaction, `reactions` all of them; the kinds for old apps alone."""
    sandbox.limits(graph_legacy_app=True)
    account = sandbox.world.busiest("facebook")
    kinds = f"reactions.type(LOVE).{SUMMARY}.as(love)"
    fields = [f"likes.{SUMMARY}", f"reactions.{SUMMARY}", kinds]
    more = 0
    for post in account.visible():
        answer = PagePost(post.id, api=connect(sandbox)).api_get(fields=fields)
        sums = {name: answer[name]["summary"]["total_count"] for name in answer if name != "id"}
        (held,) = [reading["reactions"] for reading in post.readings if reading is last(post)]
        assert (sums["likes"], sums["love"]) == (held["like"], held["love"])
        assert sums["reactions"] == post.counts(CUTOFF)["likes"]
        more += sums["reactions"] > sums["likes"]
    assert more > 0


def last(post: Post) -> dict[str, Any]:
    """The reading that holds at the cut-off."""
    before = [reading for reading in post.readings if reading["at"] <= CUTOFF.isoformat()]
    return max(before, key=lambda reading: str(reading["at"]))


def raw(api: FacebookAdsApi, account: Account, **params: Any) -> dict[str, Any]:
    """One page as it came."""
    answer = api.call("GET", (account.id, "published_posts"), params={"fields": "id", **params})
    return dict(answer.json())


def test_the_last_page_has_a_cursor_and_no_next(sandbox: Sandbox, connect: Connect) -> None:
    """Who follows cursors alone asks for ever: the client looks for `next` as well."""
    api, account = connect(sandbox), sandbox.world.busiest("facebook")
    sizes = (size for size in range(3, 100) if len(account.posts) % size)
    size = next(sizes)
    cursor = Page(account.id, api=api).get_published_posts(fields=["id"], params={"limit": size})
    found = by_id((post["id"], {}) for post in cursor)
    assert found.keys() == {post.id for post in account.visible()}
    assert sandbox.calls("facebook", "published_posts") == -(-len(account.posts) // size)
    page = raw(api, account, limit=100)
    while "next" in page["paging"]:
        page = raw(api, account, limit=100, after=page["paging"]["cursors"]["after"])
    assert page["paging"]["cursors"]["after"]


def test_a_page_may_be_short_without_being_the_last(sandbox: Sandbox, connect: Connect) -> None:
    """Deleted posts are left out of a page after it was cut."""
    account, _ = sandbox.world.deleted("facebook")
    api, lengths, more = connect(sandbox), [], [True]
    params: dict[str, Any] = {"limit": 5}
    while more[-1]:
        page = raw(api, account, **params)
        lengths.append(len(page["data"]))
        more.append("next" in page["paging"])
        params["after"] = page["paging"].get("cursors", {}).get("after")
    assert any(length < 5 and goes_on for length, goes_on in zip(lengths, more[1:], strict=True))
    assert sum(lengths) == len(account.visible())


def test_beyond_the_end_is_an_empty_page_with_a_way_back(
    sandbox: Sandbox, connect: Connect
) -> None:
    """A full last page has a `next` that leads to it; the client ends there."""
    api, account = connect(sandbox), sandbox.world.busiest("facebook")
    size = next(n for n in range(2, len(account.posts) + 1) if len(account.posts) % n == 0)
    cursor = Page(account.id, api=api).get_published_posts(fields=["id"], params={"limit": size})
    assert len(list(cursor)) == len(account.visible())
    assert sandbox.calls("facebook", "published_posts") == len(account.posts) // size + 1
    page, link = raw(api, account, limit=size), ""
    while "next" in page["paging"]:
        link = page["paging"]["next"]
        page = api.call("GET", link).json()
    assert page["data"] == []
    assert page["paging"].keys() == {"previous"}
    assert link.startswith(sandbox.base)


def test_too_many_rows_are_refused_with_code_1(sandbox: Sandbox, connect: Connect) -> None:
    with pytest.raises(FacebookRequestError) as refused:
        raw(connect(sandbox), sandbox.world.busiest("facebook"), limit=101)
    assert (refused.value.http_status(), refused.value.api_error_code()) == (500, 1)
    assert "reduce the amount of data" in refused.value.api_error_message()


@pytest.mark.parametrize(
    ("token", "code", "subcode"),
    [("invalid-token", 190, None), ("expired-token", 190, 463), ("forbidden-token", 10, None)],
)
def test_refused_tokens_have_metas_codes(
    sandbox: Sandbox, connect: Connect, token: str, code: int, subcode: int | None
) -> None:
    account = sandbox.world.busiest("facebook")
    with pytest.raises(FacebookRequestError) as refused:
        Page(account.id, api=connect(sandbox, token)).api_get(fields=["id"])
    error = refused.value
    assert (error.api_error_code(), error.api_error_subcode()) == (code, subcode)


def test_the_apps_limit_is_a_passing_error_and_no_429(sandbox: Sandbox, connect: Connect) -> None:
    api, account = connect(sandbox, "token-of-the-limit"), sandbox.world.busiest("facebook")
    sandbox.limits(graph_calls_per_user_and_hour=4, graph_daily_users=1)
    cursor = posts(api, account, 100)
    usage = json.loads(cursor.headers()["x-app-usage"])
    assert usage["call_count"] == 25
    for _ in range(3):
        posts(api, account, 100)
    with pytest.raises(FacebookRequestError) as refused:
        posts(api, account, 100)
    assert (refused.value.http_status(), refused.value.api_error_code()) == (403, 4)
    assert refused.value.api_transient_error() is True


def test_what_does_not_exist_is_code_100_33(sandbox: Sandbox, connect: Connect) -> None:
    with pytest.raises(FacebookRequestError) as refused:
        Page("5", api=connect(sandbox)).api_get(fields=["id"])
    error = refused.value
    assert (error.api_error_code(), error.api_error_subcode()) == (100, 33)
