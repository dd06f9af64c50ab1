"""Faults of accounts and of a platform's clock, which hold from one instant to another."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.world.model import SECOND, Counters, WorldAccount, WorldPost, to_instant, to_moment
from sandbox.world.times import edge_time, same_second
from tests.sandbox.running import CUTOFF, Sandbox


def rows(sandbox: Sandbox, account: WorldAccount, **more: Any) -> list[dict[str, Any]]:
    """The newest posts of an account of X."""
    path = f"/2/users/{account.id}/tweets"
    fields = {"tweet.fields": "created_at,public_metrics", "max_results": 20}
    found: list[dict[str, Any]] = sandbox.json(path, **fields, **more).get("data", [])
    return found


def test_an_account_goes_between_two_visits_and_comes_again(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    window = {"since": "2025-06-03T17:00:00Z", "until": "2025-06-03T18:00:00Z"}
    sandbox.fault(platform="x", kind="gone_account", account=account.id, **window)
    for at, there in (("16:59:59", True), ("17:00:00", False), ("18:00:00", True)):
        sandbox.at(f"2025-06-03T{at}Z")
        assert bool(rows(sandbox, account)) is there


def test_faults_of_calls_have_a_window_too(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    since = "2025-06-03T17:00:00Z"
    sandbox.fault(platform="x", kind="server_error", since=since)
    assert rows(sandbox, account)
    sandbox.at(since)
    assert sandbox.get(f"/2/users/{account.id}").status_code == 503


@pytest.mark.parametrize("platform", ["facebook", "x", "instagram", "youtube", "tiktok"])
def test_a_stranger_takes_the_handle_and_has_posts(sandbox: Sandbox, platform: Any) -> None:
    account = sandbox.busiest(platform)
    sandbox.fault(platform=platform, kind="reused_handle", account=account.id, number=3)
    handle = account.handle
    old = {post.id.rpartition("_")[2] for post in account.posts}
    if platform == "facebook":
        body = sandbox.json(f"/v25.0/{handle}/posts", fields="id")
        ids = [row["id"].rpartition("_")[2] for row in body["data"]]
    elif platform == "x":
        user = sandbox.json(f"/2/users/by/username/{handle}")["data"]["id"]
        path = f"/2/users/{user}/tweets"
        first = sandbox.json(path, max_results=5)
        ids = [row["id"] for row in first["data"]]
        assert len(sandbox.json("/2/tweets", ids=",".join(ids))["data"]) == 3
    elif platform == "instagram":
        fields = f"business_discovery.username({handle}){{media{{id}}}}"
        body = sandbox.json("/v25.0/17841400000000001", fields=fields)
        ids = [row["id"] for row in body["business_discovery"]["media"]["data"]]
    elif platform == "youtube":
        channel = sandbox.json("/youtube/v3/channels", part="id", forHandle=handle)
        playlist = f"UU{channel['items'][0]['id'][2:]}"
        path = "/youtube/v3/playlistItems"
        body = sandbox.json(path, part="contentDetails", playlistId=playlist)
        ids = [row["contentDetails"]["videoId"] for row in body["items"]]
    else:
        names = {"operation": "EQ", "field_name": "username", "field_values": [handle]}
        days = {"start_date": "20250506", "end_date": "20250604"}
        answer = sandbox.http.post(
            "/v2/research/video/query/?fields=id", json={"query": {"and": [names]}, **days}
        )
        ids = [str(row["id"]) for row in answer.json()["data"]["videos"]]
    assert len(ids) == 3
    assert not set(ids) & old


def test_neighbouring_posts_swap_their_counters_for_a_while(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    until = "2025-06-03T17:00:00Z"
    right = rows(sandbox, account)
    sandbox.fault(platform="x", kind="swapped_counters", account=account.id, until=until)
    swapped = rows(sandbox, account)
    assert [row["id"] for row in swapped] == [row["id"] for row in right]
    assert [row["public_metrics"] for row in swapped] != [row["public_metrics"] for row in right]
    sandbox.at(until)
    later = rows(sandbox, account)
    sandbox.http.delete("/_sandbox/faults")
    assert rows(sandbox, account) == later
    sandbox.at(CUTOFF)
    assert rows(sandbox, account) == right


def test_posts_share_a_second(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    moved = same_second(account.posts, 20)
    shown = {post.id: moved[post] for post in sandbox.visible(account)}
    assert len(set(shown.values())) < len(shown)
    right = rows(sandbox, account)
    sandbox.fault(platform="x", kind="same_second", account=account.id)
    for row in rows(sandbox, account):
        at = to_instant(datetime.fromisoformat(row["created_at"]))
        assert at == shown[row["id"]] // (SECOND // 1000) * (SECOND // 1000)
    sandbox.http.delete("/_sandbox/faults")
    assert rows(sandbox, account) == right


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_post_stands_at_the_edge_of_a_window(sandbox: Sandbox, shift: int) -> None:
    account = sandbox.busiest("x")
    edge = datetime.fromisoformat("2025-05-31T16:00:00Z")
    instant = to_instant(edge) + shift * SECOND
    ((post, _),) = edge_time(account.posts, instant).items()
    sandbox.fault(
        platform="x",
        kind="edge_time",
        account=account.id,
        moment=edge.isoformat(),
        shift=shift,
    )
    window = {"start_time": "2025-05-01T16:00:00Z", "end_time": "2025-05-31T16:00:00Z"}
    inside = {row["id"] for row in rows(sandbox, account, **window)}
    assert (post.id in inside) == (shift < 0)
    wanted = f"{edge + timedelta(seconds=shift):%Y-%m-%dT%H:%M:%S}"
    row = sandbox.json(f"/2/tweets/{post.id}", **{"tweet.fields": "created_at"})["data"]
    assert row["created_at"].startswith(wanted)


def test_the_clock_of_a_platform_is_an_hour_off(sandbox: Sandbox) -> None:
    posts = [p for a in sandbox.world.accounts["x"].values() for p in a.posts]
    post = next(p for p in posts if to_moment(p.published) < sandbox.now)
    before = to_moment(post.published) - timedelta(minutes=30)
    sandbox.at(before.isoformat())
    assert "data" not in sandbox.json(f"/2/tweets/{post.id}")
    sandbox.fault(platform="x", kind="clock_off")
    assert "data" in sandbox.json(f"/2/tweets/{post.id}")
    answer = sandbox.get(f"/2/tweets/{post.id}")
    reset = int(answer.headers["x-rate-limit-reset"])
    assert reset > before.timestamp() + 3600
    sandbox.http.delete("/_sandbox/faults")
    sandbox.fault(platform="facebook", kind="clock_off", shift=-3600)
    assert "data" not in sandbox.json(f"/2/tweets/{post.id}")


def test_no_post_leaves_its_block_of_eight_hours() -> None:
    account = WorldAccount("x", "1", "a", "A", "", 0, counters=Counters([]))
    hours = [0, 7, 8, 15.99, 16, 17, 23.9, 24]
    posts = [_post(account, str(n), int(h * 3600) * SECOND) for n, h in enumerate(hours)]
    moved = same_second(posts, 2)
    assert [moved[post] // (3600 * SECOND) for post in posts] == [0, 0, 8, 8, 16, 16, 23, 24]
    assert edge_time([], 5) == {}
    assert edge_time(posts, 8 * 3600 * SECOND) == {posts[2]: 8 * 3600 * SECOND}


def _post(account: WorldAccount, post_id: str, published: int) -> WorldPost:
    more: dict[str, Any] = {"type": "text", "text": "", "lang": "", "pinned": False}
    return WorldPost(account, post_id, published, 2**62, counters=Counters([]), **more)
