"""For any time and any page size, the pages of a list together are what the world shows then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.platform import PlatformName
from sandbox.service.limits import DAY
from sandbox.world.model import WorldAccount, to_instant, to_moment
from tests.sandbox.running import Sandbox

V = "/v25.0"
OWN = f"{V}/17841400000000001"


def x(sandbox: Sandbox, account: WorldAccount, size: int) -> list[str]:
    params: dict[str, Any] = {"max_results": max(size, 5)}
    ids: list[str] = []
    while True:
        page = sandbox.json(f"/2/users/{account.id}/tweets", **params)
        ids.extend(row["id"] for row in page.get("data", []))
        if "next_token" not in page["meta"]:
            return ids
        params["pagination_token"] = page["meta"]["next_token"]


def youtube(sandbox: Sandbox, account: WorldAccount, size: int) -> list[str]:
    params: dict[str, Any] = {"part": "contentDetails", "maxResults": min(size, 50)}
    params["playlistId"] = f"UU{account.id[2:]}"
    ids: list[str] = []
    while True:
        page = sandbox.json("/youtube/v3/playlistItems", **params)
        details = [item["contentDetails"] for item in page["items"]]
        ids.extend(d["videoId"] for d in details if "videoPublishedAt" in d)
        if "nextPageToken" not in page:
            return ids
        params["pageToken"] = page["nextPageToken"]


def tiktok(sandbox: Sandbox, account: WorldAccount, size: int) -> list[str]:
    name = {"operation": "EQ", "field_name": "username", "field_values": [account.handle]}
    ids: list[str] = []
    for start, end in (
        ("20230101", "20230131"),
        ("20250428", "20250527"),
        ("20250528", "20250605"),
    ):
        body: dict[str, Any] = {"query": {"and": [name]}, "start_date": start, "end_date": end}
        body["max_count"] = size
        while True:
            url = "/v2/research/video/query/?fields=id"
            data = sandbox.http.post(url, json=body).json()["data"]
            ids.extend(str(row["id"]) for row in data["videos"])
            if not data["has_more"]:
                break
            body |= {"cursor": data["cursor"], "search_id": data["search_id"]}
    return ids


def facebook(sandbox: Sandbox, account: WorldAccount, size: int) -> list[str]:
    page = sandbox.json(f"{V}/{account.id}/posts", fields="id", limit=size)
    ids = [row["id"] for row in page["data"]]
    while "next" in page.get("paging", {}):
        page = sandbox.http.get(page["paging"]["next"]).json()
        ids.extend(row["id"] for row in page["data"])
    return ids


def instagram(sandbox: Sandbox, account: WorldAccount, size: int) -> list[str]:
    ids: list[str] = []
    after = ""
    while True:
        inner = f"media.limit({size}){after}{{id}}"
        fields = f"business_discovery.username({account.handle}){{{inner}}}"
        media = sandbox.json(OWN, fields=fields)["business_discovery"]["media"]
        ids.extend(row["id"] for row in media["data"])
        cursor = media.get("paging", {}).get("cursors", {}).get("after")
        if cursor is None:
            return ids
        after = f".after({cursor})"


READERS: dict[PlatformName, Callable[[Sandbox, WorldAccount, int], list[str]]] = {
    "facebook": facebook,
    "x": x,
    "instagram": instagram,
    "youtube": youtube,
    "tiktok": tiktok,
}


@pytest.mark.parametrize("name", list(READERS))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(3, 100), hours=st.integers(0, 39 * 24))
def test_pages_add_up(sandbox: Sandbox, name: PlatformName, size: int, hours: int) -> None:
    account = sandbox.busiest(name)
    now = to_instant(sandbox.world.start) + hours * DAY // 24
    sandbox.at(f"{to_moment(now):%Y-%m-%dT%H:%M:%SZ}")
    ids = READERS[name](sandbox, account, size)
    shown = [post.id for post in account.visible(now)]
    if name == "tiktok":
        within = {p.id for p in account.posts if p.published >= to_instant(sandbox.world.start)}
        shown = [post_id for post_id in shown if post_id in within]
    assert sorted(ids) == sorted(shown)
