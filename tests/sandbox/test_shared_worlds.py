"""Worlds beside the project: what the sandbox shows of one adds up to what it is known to hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model.period import Period
from sandbox.world.file import load_world
from sandbox.world.model import WorldAccount, to_instant
from tests.sandbox.running import CUTOFF, Sandbox, running
from tests.shared import WORLDS

WORLD = WORLDS / "real-dev.jsonl.gz"
EXPECTED = WORLDS / "real-dev.expected.json"
MAY = Period.month("2025-05")
VIDEOS = ("video", "short", "reel", "live")
Row = dict[str, Any]

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def real() -> Iterator[Sandbox]:
    with running(WORLD, "--now", CUTOFF) as sandbox:
        sandbox.at(CUTOFF)
        yield sandbox


LARGE = {"synthetic-138.jsonl.gz"}
PATHS = [
    pytest.param(path, id=path.name, marks=[pytest.mark.long] if path.name in LARGE else [])
    for path in sorted(WORLDS.glob("*.jsonl.gz"))
]


@pytest.mark.parametrize("path", PATHS)
def test_worlds_load(path: Path) -> None:
    world = load_world(path)
    assert all(world.posts.values())
    assert world.start < MAY.start < MAY.cutoff < world.end


def x_posts(sandbox: Sandbox, account: WorldAccount) -> Iterator[Row]:
    params: Row = {
        "max_results": 100,
        "exclude": "retweets",
        "tweet.fields": "public_metrics,created_at",
        "start_time": f"{MAY.start:%Y-%m-%dT%H:%M:%SZ}",
        "end_time": f"{MAY.end:%Y-%m-%dT%H:%M:%SZ}",
    }
    while True:
        page = sandbox.json(f"/2/users/{account.id}/tweets", **params)
        for row in page.get("data", []):
            metrics = row["public_metrics"]
            yield {
                "id": row["id"],
                "likes": metrics.get("like_count"),
                "comments": metrics.get("reply_count"),
                "shares": metrics["retweet_count"] + metrics["quote_count"],
                "views": metrics.get("impression_count"),
            }
        if "next_token" not in page["meta"]:
            return
        params["pagination_token"] = page["meta"]["next_token"]


def facebook_posts(sandbox: Sandbox, account: WorldAccount) -> Iterator[Row]:
    fields = "created_time,shares,comments.limit(0).summary(true),reactions.summary(total_count)"
    params = {
        "fields": fields,
        "limit": "100",
        "since": str(int(MAY.start.timestamp())),
        "until": str(int(MAY.end.timestamp()) - 1),
    }
    page = sandbox.json(f"/v25.0/{account.id}/published_posts", **params)
    while True:
        for row in page["data"]:
            yield {
                "id": row["id"],
                "likes": row["reactions"]["summary"]["total_count"] if "reactions" in row else None,
                "comments": row["comments"]["summary"]["total_count"]
                if "comments" in row
                else None,
                "shares": row["shares"]["count"] if "shares" in row else 0,
                "views": None,
            }
        if "next" not in page.get("paging", {}):
            return
        page = sandbox.http.get(page["paging"]["next"]).json()


def instagram_posts(sandbox: Sandbox, account: WorldAccount) -> Iterator[Row]:
    inner = "media.limit(100){id,timestamp,like_count,comments_count,view_count}"
    fields = f"business_discovery.username({account.handle}){{{inner}}}"
    answer = sandbox.json("/v25.0/17841400000000001", fields=fields)
    for row in answer["business_discovery"]["media"]["data"]:
        yield {
            "id": row["id"],
            "likes": row.get("like_count"),
            "comments": row.get("comments_count"),
            "shares": None,
            "views": row.get("view_count"),
        }


def youtube_posts(sandbox: Sandbox, account: WorldAccount) -> Iterator[Row]:
    params: Row = {"part": "contentDetails", "maxResults": 50, "playlistId": f"UU{account.id[2:]}"}
    while True:
        page = sandbox.json("/youtube/v3/playlistItems", **params)
        ids = ",".join(item["contentDetails"]["videoId"] for item in page["items"])
        for item in sandbox.json("/youtube/v3/videos", part="statistics", id=ids)["items"]:
            counts = {name: int(value) for name, value in item["statistics"].items()}
            yield {
                "id": item["id"],
                "likes": counts.get("likeCount"),
                "comments": counts.get("commentCount"),
                "shares": None,
                "views": counts.get("viewCount"),
            }
        if "nextPageToken" not in page:
            return
        params["pageToken"] = page["nextPageToken"]


def tiktok_posts(sandbox: Sandbox, account: WorldAccount) -> Iterator[Row]:
    fields = "id,like_count,comment_count,share_count,view_count"
    name = {"operation": "EQ", "field_name": "username", "field_values": [account.handle]}
    for start, end in (("20250430", "20250529"), ("20250530", "20250531")):
        body = {"query": {"and": [name]}, "start_date": start, "end_date": end, "max_count": 100}
        url = f"/v2/research/video/query/?fields={fields}"
        data = sandbox.http.post(url, json=body).json()["data"]
        assert not data["has_more"]
        for row in data["videos"]:
            yield {
                "id": str(row["id"]),
                "likes": row.get("like_count"),
                "comments": row.get("comment_count"),
                "shares": row.get("share_count"),
                "views": row.get("view_count"),
            }


READERS: dict[str, Callable[[Sandbox, WorldAccount], Iterator[Row]]] = {
    "facebook": facebook_posts,
    "x": x_posts,
    "instagram": instagram_posts,
    "youtube": youtube_posts,
    "tiktok": tiktok_posts,
}


def expected_rows() -> list[Row]:
    rows: list[Row] = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else []
    return rows


def measured(rows: list[Row]) -> Row:
    """Sums over the posts that show a counter, and how many do not."""
    result: Row = {"posts": len(rows), "missing": {}}
    for name in ("likes", "comments", "shares", "views"):
        shown = [row[name] for row in rows if row[name] is not None]
        result["missing"][name] = len(rows) - len(shown)
        result[name] = sum(shown) if shown else None
    return result


@pytest.mark.parametrize("row", expected_rows(), ids=lambda row: str(row["account"]))
def test_what_is_shown_adds_up_to_the_expected_measures(real: Sandbox, row: Row) -> None:
    platform, _, account_id = row["account"].partition(":")
    account = real.world.accounts[platform][account_id]
    posts = real.world.posts[platform]
    inside = [
        found
        for found in READERS[platform](real, account)
        if to_instant(MAY.start) <= posts[found["id"]].published < to_instant(MAY.end)
    ]
    assert measured(inside) == {name: row[name] for name in measured(inside)}
