"""python-facebook-api: pages, and Instagram accounts by business discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from pyfacebook import FacebookApi, FacebookError, IGBusinessApi

from tests.clients.served import Sandbox
from tests.clients.worlds import CUTOFF, END, START, VIDEOS, Account, Counts, by_id, totals

OWN = "17841400000000001"
SUMMARY = "limit(0).summary(total_count)"
FIELDS = f"id,created_time,shares,comments.{SUMMARY},reactions.{SUMMARY}"
MEDIA = "id,timestamp,media_type,media_product_type,like_count,comments_count,view_count"
Connect = Callable[..., Any]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients of either kind, closed at the end."""
    with ExitStack() as opened:

        def make(kind: type[Any], sandbox: Sandbox, **options: Any) -> Any:
            token = options.pop("token", "token-of-python-facebook-api")
            client = kind(access_token=token, base_url=f"{sandbox.base}/", **options)
            opened.callback(client.session.close)
            return client

        yield make


def counts(post: dict[str, Any]) -> Counts:
    shown = {"shares": post["shares"]["count"] if "shares" in post else 0}
    for name, edge in (("likes", "reactions"), ("comments", "comments")):
        if edge in post:
            shown[name] = post[edge]["summary"]["total_count"]
    return shown


def month(client: FacebookApi, account: Account, size: int) -> dict[str, Counts]:
    window = {
        "since": int(START.timestamp()),
        "until": int((END - timedelta(seconds=1)).timestamp()),
    }
    answer = client.get_full_connections(
        account.id, "published_posts", count=None, limit=size, fields=FIELDS, **window
    )
    found = by_id((post["id"], counts(post)) for post in answer["data"])
    fields = "post_id,views"
    answer = client.get_full_connections(
        account.id, "videos", count=None, limit=size, fields=fields, **window
    )
    for video in answer["data"]:
        found[video["post_id"]].update({"views": video["views"]} if "views" in video else {})
    return found


def test_a_month_of_every_page_is_the_worlds(each: Sandbox, connect: Connect) -> None:
    client = connect(FacebookApi, each)
    for account in each.world.accounts("facebook"):
        found = month(client, account, 10)
        expected = {key: {"shares": 0, **shown} for key, shown in account.month().items()}
        assert totals(found) == totals(expected)
        assert found == expected
    accounts = len(each.world.accounts("facebook"))
    assert each.calls("facebook", "published_posts") > accounts


def test_pages_come_in_one_call_by_ids(each: Sandbox, connect: Connect) -> None:
    """For apps that were registered before that was closed to new ones."""
    each.limits(graph_legacy_app=True)
    accounts = each.world.accounts("facebook")
    client = connect(FacebookApi, each, version="v25.0")
    fields = "id,username,followers_count,fan_count"
    found = client.page.get_batch(ids=[account.id for account in accounts], fields=fields)
    for account in accounts:
        page, shown = found[account.id], account.counts()
        assert (page.id, page.username) == (account.id, account.handle)
        assert (page.followers_count, page.fan_count) == (shown["followers"], shown.get("likes"))
    assert each.calls("facebook", "ids") == 1


def test_posts_are_typed_by_the_clients_own_list_of_fields(
    sandbox: Sandbox, connect: Connect
) -> None:
    """The list gives fields other names, which new apps may not."""
    sandbox.limits(graph_legacy_app=True)
    account = sandbox.world.busiest("facebook")
    answer = connect(FacebookApi, sandbox).page.get_posts(account.id, count=None, limit=100)
    assert {post.id for post in answer.data} == {post.id for post in account.visible()}
    newest = answer.data[0]
    assert datetime.fromisoformat(newest.created_time) == account.visible()[-1].published


def test_the_usage_is_told_in_per_cent(sandbox: Sandbox, connect: Connect) -> None:
    sandbox.limits(graph_calls_per_user_and_hour=10, graph_daily_users=1)
    client = connect(FacebookApi, sandbox, token="token-of-the-usage")
    client.page.get_info(page_id=sandbox.world.busiest("facebook").id, fields="id")
    assert client.rate_limit.get_limit().call_count == 10


def test_a_dead_version_is_answered_as_the_oldest_live_one(
    sandbox: Sandbox, connect: Connect
) -> None:
    client = connect(FacebookApi, sandbox, version="v12.0")
    answer = client._request(f"v12.0/{sandbox.world.busiest('facebook').id}", args={})
    assert answer.status_code == 200
    assert answer.headers["facebook-api-version"] == "v17.0"


def test_an_unknown_username_is_code_803(sandbox: Sandbox, connect: Connect) -> None:
    with pytest.raises(FacebookError) as refused:
        connect(FacebookApi, sandbox).page.get_info(username="nobody.here", fields="id")
    assert refused.value.code == 803


# --- Instagram


def discover(connect: Connect, sandbox: Sandbox, **options: Any) -> IGBusinessApi:
    return connect(IGBusinessApi, sandbox, instagram_business_id=OWN, **options)


def media_counts(row: dict[str, Any]) -> Counts:
    names = {"like_count": "likes", "comments_count": "comments", "view_count": "views"}
    return {name: row[key] for key, name in names.items() if key in row}


def in_month(row: dict[str, Any]) -> bool:
    return START <= datetime.fromisoformat(row["timestamp"]) < END


def media(client: IGBusinessApi, account: Account, size: int) -> list[dict[str, Any]]:
    answer = client.discovery_user_media(account.handle, fields=MEDIA, count=None, limit=size)
    return list(answer["data"])


def test_a_month_of_every_instagram_account_is_the_worlds(each: Sandbox, connect: Connect) -> None:
    client = discover(connect, each)
    for account in each.world.accounts("instagram"):
        rows = media(client, account, 5)
        found = by_id((row["id"], media_counts(row)) for row in rows if in_month(row))
        expected = account.month()
        assert totals(found) == totals(expected)
        assert found == expected
    accounts = len(each.world.accounts("instagram"))
    assert each.calls("instagram", "business_discovery") > accounts


def test_an_instagram_account_comes_with_its_counts(each: Sandbox, connect: Connect) -> None:
    client = discover(connect, each)
    for account in each.world.accounts("instagram"):
        fields = "id,username,followers_count,media_count"
        user = client.user.discovery_user(account.handle, fields=fields).business_discovery
        shown = account.counts()
        assert (user.id, user.username) == (account.id, account.handle)
        assert (user.followers_count, user.media_count) == (shown["followers"], shown["posts"])


def test_what_the_client_asks_for_by_itself_is_answered(sandbox: Sandbox, connect: Connect) -> None:
    """Its lists of public fields, none of which may be unknown."""
    pages, client = connect(FacebookApi, sandbox), discover(connect, sandbox)
    page = sandbox.world.busiest("facebook")
    assert pages.page.get_info(username=page.handle).id == page.id
    account = sandbox.world.busiest("instagram")
    user = client.user.discovery_user(account.handle).business_discovery
    assert user.followers_count == account.counts()["followers"]
    answer = client.user.discovery_user_medias(account.handle, limit=3)
    newest = answer.business_discovery.media.data[-1]
    post = next(post for post in account.visible() if post.id == newest.id)
    assert newest.like_count == post.counts(CUTOFF).get("likes")
    assert newest.permalink.startswith("https://www.instagram.com/")


def test_the_last_page_of_media_has_no_after_and_none_has_a_next(
    sandbox: Sandbox, connect: Connect
) -> None:
    client, account = discover(connect, sandbox), sandbox.world.busiest("instagram")
    after, pages = None, 0
    while True:
        answer = client.user.discovery_user_medias(
            account.handle, fields="id", limit=10, after=after, return_json=True
        )
        paging = answer["business_discovery"]["media"].get("paging", {"cursors": {}})
        pages += 1
        assert "next" not in paging
        after = paging["cursors"].get("after")
        if after is None:
            break
    assert pages == -(-len(account.visible()) // 10) > 1


def test_pinned_media_come_first_and_out_of_order(sandbox: Sandbox, connect: Connect) -> None:
    """Who stops at the first old post would miss all others."""
    client = discover(connect, sandbox)
    for account in sandbox.world.accounts("instagram"):
        pinned = {post.id for post in account.visible() if post.pinned}
        rows = media(client, account, 10)
        assert {row["id"] for row in rows[: len(pinned)]} == pinned
        times = [row["timestamp"] for row in rows[len(pinned) :]]
        assert times == sorted(times, reverse=True)
    assert any(post.pinned for a in sandbox.world.accounts("instagram") for post in a.visible())


def test_hidden_likes_have_no_field_and_photos_no_views(sandbox: Sandbox, connect: Connect) -> None:
    client, hidden, photos = discover(connect, sandbox), 0, 0
    for account in sandbox.world.accounts("instagram"):
        posts = {post.id: post for post in account.visible()}
        for row in media(client, account, 50):
            post = posts[row["id"]]
            assert ("like_count" in row) == ("likes" in post.counts(CUTOFF))
            assert "view_count" not in row or post.type in VIDEOS
            hidden += "like_count" not in row
            photos += post.type not in VIDEOS
    assert (hidden > 0, photos > 0) == (True, True)


def test_shares_of_others_cannot_be_asked_for(sandbox: Sandbox, connect: Connect) -> None:
    client, account = discover(connect, sandbox), sandbox.world.busiest("instagram")
    with pytest.raises(FacebookError) as refused:
        client.discovery_user_media(account.handle, fields="id,shares_count")
    assert refused.value.code == 100


def test_a_personal_account_is_not_found(sandbox: Sandbox, connect: Connect) -> None:
    with pytest.raises(FacebookError) as refused:
        discover(connect, sandbox).user.discovery_user("nobody.here", fields="id")
    assert (refused.value.code, refused.value.error_subcode) == (110, 2207013)
