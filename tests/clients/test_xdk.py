"""xdk, X's own client: the new names (`post_count`, `repost_count`), strictly typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from requests import HTTPError
from xdk import Client

from tests.clients.served import Sandbox
from tests.clients.worlds import END, START, Account, Counts, by_id, totals

FIELDS = ["created_at", "public_metrics", "referenced_posts"]
STAMP = "%Y-%m-%dT%H:%M:%SZ"


Connect = Callable[..., Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients, closed at the end."""
    with ExitStack() as opened:

        def make(sandbox: Sandbox, token: str = "token-of-xdk") -> Client:
            client = Client(base_url=sandbox.base, bearer_token=token)
            opened.callback(client.session.close)
            return client

        yield make


def fields(value: Any) -> dict[str, Any]:
    """A model of the client, or a part that it left as it was."""
    return dict(value) if isinstance(value, dict) else dict(value.model_dump(exclude_none=True))


def counts(post: dict[str, Any]) -> Counts:
    metrics = fields(post["public_metrics"])
    return {
        "likes": metrics["like_count"],
        "comments": metrics["reply_count"],
        "shares": metrics["repost_count"] + metrics["quote_count"],
        "views": metrics["impression_count"],
        "saves": metrics["bookmark_count"],
    }


def pages(client: Client, account: Account, size: int, **options: Any) -> list[Any]:
    return list(
        client.users.get_posts(
            account.id,
            max_results=size,
            start_time=START.strftime(STAMP),
            end_time=END.strftime(STAMP),
            post_fields=FIELDS,
            **options,
        )
    )


def rows(answers: list[Any]) -> list[dict[str, Any]]:
    return [fields(post) for answer in answers for post in answer.data or []]


def test_a_month_of_every_account_is_the_worlds(sandbox: Sandbox, connect: Connect) -> None:
    """With the world that ships: the client takes no post without all six of its counts."""
    client, asked = connect(sandbox), 0
    for account in sandbox.world.accounts("x"):
        answers = pages(client, account, 10, exclude=["retweets"])
        found = by_id((post["id"], counts(post)) for post in rows(answers))
        expected = account.month()
        assert totals(found) == totals(expected)
        assert found == expected
        asked += len(answers)
    assert sandbox.calls("x", "timeline") == asked > len(sandbox.world.accounts("x"))


def test_accounts_come_in_batches_with_their_counts(each: Sandbox, connect: Connect) -> None:
    accounts = each.world.accounts("x")
    names = [account.handle for account in accounts]
    answer = connect(each).users.get_by_usernames(names, user_fields=["public_metrics"])
    metrics = {user["id"]: fields(user["public_metrics"]) for user in map(fields, answer.data)}
    found = {key: (value["followers_count"], value["post_count"]) for key, value in metrics.items()}
    shown = {account.id: account.counts() for account in accounts}
    assert found == {key: (value["followers"], value["posts"]) for key, value in shown.items()}


def test_posts_go_by_the_new_names_alone(sandbox: Sandbox, connect: Connect) -> None:
    (answer, *_) = pages(connect(sandbox), sandbox.world.busiest("x"), 100)
    for post in rows([answer]):
        assert post["edit_history_post_ids"] == [post["id"]]
        names = post.keys() | fields(post["public_metrics"]).keys()
        assert not [name for name in names if "tweet" in name]


def test_an_empty_page_has_no_data_and_ends_the_paging(sandbox: Sandbox, connect: Connect) -> None:
    (answer,) = pages(connect(sandbox), sandbox.world.silent("x"), 100)
    assert answer.data is None
    assert fields(answer.meta) == {"result_count": 0}


def test_what_is_not_found_is_an_error_beside_the_data(sandbox: Sandbox, connect: Connect) -> None:
    account, gone = sandbox.world.deleted("x")
    there = account.visible()[0]
    answer = connect(sandbox).posts.get_by_ids([there.id, gone.id], post_fields=FIELDS)
    assert [post["id"] for post in rows([answer])] == [there.id]
    (error,) = map(fields, answer.errors)
    assert (error["resource_id"], error["title"]) == (gone.id, "Not Found Error")
    assert error["type"] == "https://api.x.com/2/problems/resource-not-found"


def test_nothing_found_at_all_is_no_exception(sandbox: Sandbox, connect: Connect) -> None:
    answer = connect(sandbox).posts.get_by_ids(["5", "6"])
    assert answer.data is None
    assert [fields(error)["value"] for error in answer.errors] == ["5", "6"]


@pytest.mark.parametrize(("token", "status"), [("invalid-token", 401), ("forbidden-token", 403)])
def test_refused_tokens_have_their_status(
    sandbox: Sandbox, token: str, status: int, connect: Connect
) -> None:
    with pytest.raises(HTTPError) as refused:
        connect(sandbox, token).users.get_by_username(sandbox.world.busiest("x").handle)
    assert refused.value.response is not None
    assert refused.value.response.status_code == status


def test_the_usage_of_the_month_is_typed_as_well(sandbox: Sandbox, connect: Connect) -> None:
    client = connect(sandbox, "token-of-the-usage")
    account = sandbox.world.busiest("x")
    read = len(rows(pages(client, account, 100)))
    answer = client.usage.get(usage_fields=["project_usage", "project_cap"])
    assert int(fields(answer.data)["project_usage"]) == read > 0
