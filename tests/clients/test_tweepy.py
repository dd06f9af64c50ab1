"""tweepy 4: the classic names of X API v2, whose host it has built in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
import tweepy

from tests.clients.redirect import Redirect
from tests.clients.served import Sandbox
from tests.clients.worlds import CUTOFF, END, START, Account, Counts, by_id, totals

FIELDS = ["created_at", "public_metrics", "referenced_tweets"]
NAMES = {
    "like_count": "likes",
    "reply_count": "comments",
    "impression_count": "views",
    "bookmark_count": "saves",
}
"""The last two are missing where the world does not know them."""


Connect = Callable[..., tweepy.Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients, closed at the end."""
    with ExitStack() as opened:

        def make(sandbox: Sandbox, token: str = "token-of-tweepy") -> tweepy.Client:
            client = tweepy.Client(token)
            client.session.mount("https://api.twitter.com", Redirect(sandbox.base))
            opened.callback(client.session.close)
            return client

        yield make


def counts(tweet: tweepy.Tweet) -> Counts:
    metrics = tweet.public_metrics
    names = {name: key for key, name in NAMES.items() if key in metrics}
    shares = metrics["retweet_count"] + metrics["quote_count"]
    return {"shares": shares, **{name: metrics[key] for name, key in names.items()}}


def listing(client: tweepy.Client, account: Account, size: int, **options: Any) -> Any:
    return tweepy.Paginator(
        client.get_users_tweets,
        account.id,
        max_results=size,
        start_time=START,
        end_time=END,
        tweet_fields=FIELDS,
        **options,
    )


def test_a_month_of_every_account_is_the_worlds(each: Sandbox, connect: Connect) -> None:
    client, pages = connect(each), 0
    for account in each.world.accounts("x"):
        rows = listing(client, account, 10, exclude=["retweets"]).flatten()
        found = by_id((str(tweet.id), counts(tweet)) for tweet in rows)
        expected = account.month()
        assert totals(found) == totals(expected)
        assert found == expected
        pages += max(-(-len(expected) // 10), 1)
    assert each.calls("x", "timeline") == pages > len(each.world.accounts("x"))


def test_accounts_come_in_batches_with_their_counts(each: Sandbox, connect: Connect) -> None:
    accounts = each.world.accounts("x")
    names = [account.handle for account in accounts]
    answer = connect(each).get_users(usernames=names, user_fields=["public_metrics"])
    found = {
        str(user.id): (user.public_metrics["followers_count"], user.public_metrics["tweet_count"])
        for user in answer.data
    }
    shown = {account.id: account.counts() for account in accounts}
    assert found == {key: (value["followers"], value["posts"]) for key, value in shown.items()}
    assert each.calls("x", "users_by") == 1


def test_a_repost_carries_the_originals_reposts_and_nothing_of_its_own(
    sandbox: Sandbox, connect: Connect
) -> None:
    client, reposts = connect(sandbox), 0
    for account in sandbox.world.accounts("x"):
        worlds = {post.id: post for post in account.posts if post.type == "repost"}
        for tweet in listing(client, account, 100).flatten():
            metrics = tweet.public_metrics
            if str(tweet.id) in worlds:
                shown = worlds[str(tweet.id)].counts(CUTOFF)
                assert tweet.referenced_tweets[0].type == "retweeted"
                assert {name for name, value in metrics.items() if value} <= {"retweet_count"}
                assert metrics["retweet_count"] == shown["shares"]
                reposts += 1
    assert reposts > 10


def test_an_empty_page_has_no_data_and_ends_the_paging(sandbox: Sandbox, connect: Connect) -> None:
    pages = list(listing(connect(sandbox), sandbox.world.silent("x"), 100))
    assert [(page.data, page.meta, page.errors) for page in pages] == [
        (None, {"result_count": 0}, [])
    ]


def test_what_is_not_found_is_an_error_beside_the_data(sandbox: Sandbox, connect: Connect) -> None:
    account, gone = sandbox.world.deleted("x")
    there = account.visible()[0]
    answer = connect(sandbox).get_tweets([there.id, gone.id], tweet_fields=FIELDS)
    assert [str(tweet.id) for tweet in answer.data] == [there.id]
    assert [(error["resource_id"], error["title"]) for error in answer.errors] == [
        (gone.id, "Not Found Error")
    ]


def test_nothing_found_at_all_is_no_exception(sandbox: Sandbox, connect: Connect) -> None:
    answer = connect(sandbox).get_users(ids=["5", "6"])
    assert answer.data is None
    assert [error["value"] for error in answer.errors] == ["5", "6"]


def test_the_limit_of_the_window_is_told_with_its_end(sandbox: Sandbox, connect: Connect) -> None:
    client, account = connect(sandbox, "token-of-the-limit"), sandbox.world.busiest("x")
    sandbox.limits(x_calls={"user": 1})
    assert client.get_user(id=account.id).data.username == account.handle
    with pytest.raises(tweepy.TooManyRequests) as refused:
        client.get_user(id=account.id)
    headers = refused.value.response.headers
    assert (headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]) == ("1", "0")
    reset = datetime.fromtimestamp(int(headers["x-rate-limit-reset"]), UTC)
    assert 0 < (reset - CUTOFF).total_seconds() <= 900


@pytest.mark.parametrize(
    ("token", "error"),
    [("invalid-token", tweepy.Unauthorized), ("forbidden-token", tweepy.Forbidden)],
)
def test_refused_tokens_are_the_clients_own_errors(
    sandbox: Sandbox, token: str, error: type[tweepy.HTTPException], connect: Connect
) -> None:
    with pytest.raises(error):
        connect(sandbox, token).get_user(username=sandbox.world.busiest("x").handle)


def test_a_bad_parameter_is_named_to_the_client(sandbox: Sandbox, connect: Connect) -> None:
    with pytest.raises(tweepy.BadRequest) as refused:
        connect(sandbox).get_users_tweets(sandbox.world.busiest("x").id, max_results=4)
    assert "max_results" in refused.value.api_messages[0]


def test_a_breakdown_is_a_server_error(sandbox: Sandbox, connect: Connect) -> None:
    sandbox.fault(kind="server_error", platform="x", count=1)
    client, account = connect(sandbox), sandbox.world.busiest("x")
    with pytest.raises(tweepy.TwitterServerError):
        client.get_user(id=account.id)
    assert str(client.get_user(id=account.id).data.id) == account.id
