"""X API v2 of a running sandbox: paging, fields, both dialects, windows, errors, limits."""

from __future__ import annotations

from typing import Any

import pytest

from model.items import PostType
from sandbox.world.model import WorldPost, to_moment
from tests.sandbox.running import Sandbox

METRICS = "created_at,public_metrics,referenced_tweets,attachments"


def timeline(sandbox: Sandbox, account: str, **params: Any) -> list[dict[str, Any]]:
    """All posts of a timeline, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        page = sandbox.json(f"/2/users/{account}/tweets", max_results=100, **params)
        rows.extend(page.get("data", []))
        assert page["meta"]["result_count"] == len(page.get("data", []))
        if "next_token" not in page["meta"]:
            return rows
        params["pagination_token"] = page["meta"]["next_token"]


def test_all_pages_together_are_the_timeline_newest_first(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    expected = [post.id for post in sandbox.visible(account)]
    assert len(expected) > 100
    assert [row["id"] for row in timeline(sandbox, account.id)] == expected


def test_counts_are_those_of_the_world_and_shares_are_reposts_and_quotes(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    fields = {"tweet.fields": METRICS, "exclude": "retweets"}
    rows = timeline(sandbox, account.id, **fields)
    assert rows
    for row in rows:
        metrics = row["public_metrics"]
        assert {
            "likes": metrics["like_count"],
            "comments": metrics["reply_count"],
            "shares": metrics["retweet_count"] + metrics["quote_count"],
            "views": metrics["impression_count"],
            "saves": metrics["bookmark_count"],
        } == sandbox.shown(sandbox.world.posts["x"][row["id"]])


def test_a_repost_shows_the_originals_reposts_and_zeros(sandbox: Sandbox) -> None:
    repost = first(sandbox, PostType.REPOST)
    answer = sandbox.json("/2/tweets", ids=repost.id, **{"tweet.fields": METRICS})
    row = answer["data"][0]
    assert row["text"].startswith("RT @")
    assert row["referenced_tweets"][0]["type"] == "retweeted"
    metrics = dict(row["public_metrics"])
    assert metrics.pop("retweet_count") == sandbox.shown(repost)["shares"]
    assert set(metrics.values()) == {0}


def first(sandbox: Sandbox, kind: PostType) -> WorldPost:
    posts = sandbox.world.posts["x"].values()
    return next(p for p in posts if p.type is kind and p.visible(sandbox.instant))


def test_reposts_can_be_excluded_and_quotes_stay(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    rows = timeline(sandbox, account.id, exclude="retweets,replies")
    own = [post for post in sandbox.visible(account) if post.type is not PostType.REPOST]
    assert [row["id"] for row in rows] == [post.id for post in own]
    assert len(own) < len(sandbox.visible(account))


def test_windows_take_their_start_in_and_leave_their_end_out(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    posts = sandbox.visible(account)
    newest, oldest = posts[3], posts[20]
    edges = {
        "start_time": stamp(oldest.published),
        "end_time": stamp(newest.published),
    }
    rows = timeline(sandbox, account.id, **edges)
    assert [row["id"] for row in rows] == [post.id for post in posts[4:21]]


def stamp(microseconds: int) -> str:
    return f"{to_moment(microseconds):%Y-%m-%dT%H:%M:%SZ}"


def test_ids_bound_a_timeline_exclusively(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    posts = sandbox.visible(account)
    rows = timeline(sandbox, account.id, since_id=posts[9].id, until_id=posts[2].id)
    assert [row["id"] for row in rows] == [post.id for post in posts[3:9]]


def test_the_way_back_leads_to_the_page_before(sandbox: Sandbox) -> None:
    path = f"/2/users/{sandbox.busiest('x').id}/tweets"
    one = sandbox.json(path, max_results=10)
    two = sandbox.json(path, max_results=10, pagination_token=one["meta"]["next_token"])
    back = sandbox.json(path, max_results=10, pagination_token=two["meta"]["previous_token"])
    assert back["data"] == one["data"]
    assert not {row["id"] for row in one["data"]} & {row["id"] for row in two["data"]}


def test_only_what_is_asked_for_appears(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    path = f"/2/users/{account.id}/tweets"
    bare = sandbox.json(path)["data"]
    assert len(bare) == 10
    assert all(row.keys() == {"id", "text", "edit_history_tweet_ids"} for row in bare)
    more = sandbox.json(path, **{"tweet.fields": "lang,author_id"})["data"]
    assert all(row.keys() - bare[0].keys() == {"lang", "author_id"} for row in more)
    user = sandbox.json(f"/2/users/{account.id}")["data"]
    assert user == {"id": account.id, "name": account.name, "username": account.handle}


def test_the_answer_speaks_the_dialect_of_the_request(sandbox: Sandbox) -> None:
    path = f"/2/users/{sandbox.busiest('x').id}/tweets"
    classic = sandbox.json(path, **{"tweet.fields": "public_metrics"})["data"][0]
    new = sandbox.json(path, **{"post.fields": "public_metrics"})["data"][0]
    assert "retweet_count" in classic["public_metrics"]
    assert "repost_count" in new["public_metrics"]
    assert "repost_count" not in classic["public_metrics"]
    assert (new["id"], new["edit_history_post_ids"]) == (classic["id"], [classic["id"]])
    quote = first(sandbox, PostType.QUOTE)
    new = sandbox.json(f"/2/tweets/{quote.id}", **{"post.fields": "id,referenced_posts"})["data"]
    assert new["referenced_posts"][0]["type"] == "quoted"


def test_users_by_name_come_with_counts_and_unknown_ones_as_partial_errors(
    sandbox: Sandbox,
) -> None:
    account = sandbox.busiest("x")
    answer = sandbox.json(
        "/2/users/by",
        usernames=f"nobody_here,{account.handle.upper()}",
        **{"user.fields": "public_metrics,created_at,verified,protected"},
    )
    (user,) = answer["data"]
    shown = account.counters.at(sandbox.instant)
    assert user["id"] == account.id
    assert user["username"] == account.handle
    assert user["public_metrics"]["followers_count"] == shown["followers"]
    assert user["public_metrics"]["tweet_count"] == shown["posts"]
    assert user["public_metrics"]["post_count"] == shown["posts"]
    (error,) = answer["errors"]
    assert error["value"] == error["resource_id"] == "nobody_here"
    assert error["type"].endswith("/resource-not-found")


def test_nothing_found_is_http_200_without_data(sandbox: Sandbox) -> None:
    several = {"ids": "5,6"}
    for path in ("/2/users", "/2/tweets", "/2/users/5", "/2/users/5/tweets"):
        answer = sandbox.json(path, **({} if path.count("/") > 2 else several))
        assert answer.keys() == {"errors"}
        assert {error["title"] for error in answer["errors"]} == {"Not Found Error"}


def test_a_deleted_post_is_a_partial_error_beside_the_others(sandbox: Sandbox) -> None:
    gone = sandbox.deleted("x")
    there = sandbox.visible(gone.account)[-1]
    answer = sandbox.json("/2/tweets", ids=f"{there.id},{gone.id}")
    assert [row["id"] for row in answer["data"]] == [there.id]
    assert [error["resource_id"] for error in answer["errors"]] == [gone.id]
    sandbox.at(stamp(gone.gone - 1_000_000))
    assert len(sandbox.json("/2/tweets", ids=f"{there.id},{gone.id}")["data"]) == 2


def test_an_empty_timeline_says_so_without_data(sandbox: Sandbox) -> None:
    answer = sandbox.json(f"/2/users/{sandbox.silent('x').id}/tweets")
    assert answer == {"meta": {"result_count": 0}}


def test_media_are_had_by_expansion(sandbox: Sandbox) -> None:
    video = first(sandbox, PostType.VIDEO)
    answer = sandbox.json("/2/tweets", ids=video.id, expansions="attachments.media_keys")
    keys = answer["data"][0]["attachments"]["media_keys"]
    media = answer["includes"]["media"]
    assert [item["media_key"] for item in media] == keys
    assert {item["type"] for item in media} == {"video"}


def test_originals_that_cannot_be_read_are_errors_of_the_expansion(sandbox: Sandbox) -> None:
    quote = first(sandbox, PostType.QUOTE)
    answer = sandbox.json("/2/tweets", ids=quote.id, expansions="referenced_tweets.id")
    original = answer["data"][0]["referenced_tweets"][0]["id"]
    assert [error["resource_id"] for error in answer["errors"]] == [original]


BAD = [
    ("/2/users/{id}/tweets", {"max_results": "101"}, "max_results"),
    ("/2/users/{id}/tweets", {"max_results": "4"}, "max_results"),
    ("/2/users/{id}/tweets", {"pagination_token": "made-up"}, "pagination_token"),
    ("/2/users/{id}/tweets", {"start_time": "2025-05-01"}, "start_time"),
    ("/2/users/{id}/tweets", {"start_time": "2009-05-01T00:00:00Z"}, "start_time"),
    ("/2/users/{id}/tweets", {"exclude": "quotes"}, "exclude"),
    ("/2/users/{id}/tweets", {"tweet.fields": "sales"}, "tweet.fields"),
    ("/2/users/{id}/tweets", {"page": "2"}, "page"),
    ("/2/users/by", {"usernames": "a b"}, "usernames"),
    ("/2/users/by", {}, "usernames"),
    ("/2/tweets", {"ids": ",".join(map(str, range(1, 102)))}, "ids"),
    ("/2/tweets", {"ids": "abc"}, "ids"),
    ("/2/users/abc", {}, "id"),
]


@pytest.mark.parametrize(("path", "params", "named"), BAD)
def test_bad_parameters_are_named(
    sandbox: Sandbox, path: str, params: dict[str, str], named: str
) -> None:
    answer = sandbox.get(path.format(id=sandbox.busiest("x").id), **params)
    assert answer.status_code == 400
    body = answer.json()
    assert body["title"] == "Invalid Request"
    assert body["type"].endswith("/invalid-request")
    assert named in body["errors"][0]["parameters"]


@pytest.mark.parametrize(("token", "status"), [("invalid-1", 401), ("forbidden", 403)])
def test_refused_tokens(sandbox: Sandbox, token: str, status: int) -> None:
    answer = sandbox.get("/2/users/5", token=token)
    assert answer.status_code == answer.json()["status"] == status


def test_no_token_is_unauthorized(sandbox: Sandbox) -> None:
    assert sandbox.http.get("/2/users/5", headers={"authorization": ""}).status_code == 401


def test_a_quarter_of_an_hour_holds_so_many_calls(sandbox: Sandbox) -> None:
    sandbox.limits(x_calls={"users": 2})
    answers = [sandbox.get("/2/users", token="quarter", ids="5") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    left = [int(answer.headers["x-rate-limit-remaining"]) for answer in answers]
    assert left == [1, 0, 0]
    reset = int(answers[-1].headers["x-rate-limit-reset"])
    assert 0 < reset - sandbox.now.timestamp() <= 900
    sandbox.at("2025-06-03T16:15:00Z")
    assert sandbox.get("/2/users", token="quarter", ids="5").status_code == 200
    assert sandbox.get("/2/users", token="another", ids="5").status_code == 200


def test_resources_are_billed_once_a_day_and_capped_by_month(sandbox: Sandbox) -> None:
    path = f"/2/users/{sandbox.busiest('x').id}/tweets"
    for _ in range(2):
        sandbox.get(path, token="billed", max_results=20)
    assert sandbox.usage()["x", "timeline"] == (2, 20, 40)
    usage = sandbox.get("/2/usage/tweets", token="billed").json()["data"]
    assert usage["project_usage"] == "20"
    sandbox.limits(x_posts_a_month=20)
    capped = sandbox.get(path, token="billed")
    assert (capped.status_code, capped.json()["title"]) == (429, "UsageCapExceeded")
    sandbox.at("2025-07-01T00:00:00Z")
    assert sandbox.get(path, token="billed").status_code == 200


def test_the_timeline_ends_at_its_ceiling(sandbox: Sandbox) -> None:
    sandbox.limits(x_timeline_ceiling=30)
    account = sandbox.busiest("x")
    rows = timeline(sandbox, account.id)
    assert [row["id"] for row in rows] == [post.id for post in sandbox.visible(account)[:30]]
