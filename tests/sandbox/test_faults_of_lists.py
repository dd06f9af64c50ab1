"""Faults of lists: how each platform's pages go wrong, by its API and in its public pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from model.platform import PlatformName
from sandbox.tiktok.page_shapes import query_signature
from tests.sandbox.running import Sandbox

OWN = "/v25.0/17841400000000001"
SIZE = 10
API = ["facebook", "x", "instagram", "youtube", "tiktok"]
WEB = ["web facebook", "web tiktok", "web youtube"]


class Listing:
    """One list of the busiest account, a page at a time."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self._sandbox = sandbox
        self.web = name.startswith("web ")
        self.platform: PlatformName = name.removeprefix("web ")
        self.account = sandbox.busiest(self.platform)
        self._ask = getattr(self, f"_{name.replace(' ', '_')}")
        self.first_cursor: str | None = None
        if self.web:
            self.first_cursor = getattr(self, f"_first_{self.platform}", lambda: "0")()

    def page(self, cursor: str | None = None) -> tuple[list[str], str | None, Any]:
        """Ids, the cursor of what follows, and the whole answer."""
        found: tuple[list[str], str | None, Any] = self._ask(cursor or self.first_cursor)
        return found

    def pages(self, most: int = 12) -> Iterator[tuple[list[str], str | None]]:
        """Pages as they follow each other."""
        cursor = None
        for _ in range(most):
            ids, cursor, _ = self.page(cursor)
            yield ids, cursor
            if cursor is None:
                return

    def ids(self) -> list[str]:
        return [one for ids, _ in self.pages(100) for one in ids]

    def fault(self, kind: str, **more: Any) -> None:
        route = "web" if self.web else "api"
        self._sandbox.fault(platform=self.platform, kind=kind, route=route, **more)

    # --- APIs

    def _x(self, cursor: str | None) -> tuple[list[str], str | None, Any]:
        more = {"pagination_token": cursor} if cursor else {}
        path = f"/2/users/{self.account.id}/tweets"
        body = self._sandbox.json(path, max_results=SIZE, **more)
        ids = [row["id"] for row in body.get("data", [])]
        return ids, body.get("meta", {}).get("next_token"), body

    def _youtube(self, cursor: str | None) -> tuple[list[str], str | None, Any]:
        more = {"pageToken": cursor} if cursor else {}
        body = self._sandbox.json(
            "/youtube/v3/playlistItems",
            part="contentDetails",
            maxResults=SIZE,
            playlistId=f"UU{self.account.id[2:]}",
            **more,
        )
        return [row["id"] for row in body["items"]], body.get("nextPageToken"), body

    def _facebook(self, cursor: str | None) -> tuple[list[str], str | None, Any]:
        path = f"/v25.0/{self.account.id}/posts"
        params: dict[str, Any] = {"limit": SIZE, "fields": "id"}
        answer = self._sandbox.http.get(cursor) if cursor else self._sandbox.get(path, **params)
        body = answer.json()
        return [row["id"] for row in body["data"]], body.get("paging", {}).get("next"), body

    def _instagram(self, cursor: str | None) -> tuple[list[str], str | None, Any]:
        after = f".after({cursor})" if cursor else ""
        inner = f"media_count,media.limit({SIZE}){after}{{id}}"
        fields = f"business_discovery.username({self.account.handle}){{{inner}}}"
        body = self._sandbox.json(OWN, fields=fields)
        media = body["business_discovery"]["media"]
        cursors = media.get("paging", {}).get("cursors", {})
        return [row["id"] for row in media["data"]], cursors.get("after"), body

    def _tiktok(self, cursor: str | None) -> tuple[list[str], str | None, Any]:
        names = {
            "operation": "EQ",
            "field_name": "username",
            "field_values": [self.account.handle],
        }
        place, _, search = (cursor or "0").partition(" ")
        body: dict[str, Any] = {
            "query": {"and": [names]},
            "start_date": "20250501",
            "end_date": "20250530",
            "max_count": SIZE,
            "cursor": int(place),
        }
        if search:
            body["search_id"] = search
        answer = self._sandbox.http.post("/v2/research/video/query/?fields=id", json=body)
        data = answer.json()["data"]
        more = f"{data['cursor']} {data['search_id']}" if data.get("has_more") else None
        return [str(row["id"]) for row in data["videos"]], more, data

    # --- pages

    def _first_facebook(self) -> str:
        page = self._sandbox.http.get(f"/web/facebook/{self.account.handle}").text
        match = re.search(r'"end_cursor":"([^"]*)"', page)
        assert match is not None
        return match[1]

    def _web_facebook(self, cursor: str) -> tuple[list[str], str | None, Any]:
        variables = {"count": 3, "cursor": cursor, "id": self.account.id}
        form = {"doc_id": "1", "lsd": "AVqZsandbox", "variables": json.dumps(variables)}
        answer = self._sandbox.http.post("/web/facebook/api/graphql/", data=form)
        body = json.loads(answer.text.splitlines()[0])
        units = body["data"]["node"]["timeline_list_feed_units"]
        info = units.get("page_info", {})
        ids = [edge["node"]["post_id"] for edge in units["edges"]]
        return ids, info["end_cursor"] if info.get("has_next_page") else None, body

    def _web_tiktok(self, cursor: str) -> tuple[list[str], str | None, Any]:
        detail = self._sandbox.http.get(f"/web/tiktok/@{self.account.handle}").text
        secret = detail.partition('"secUid":"')[2].partition('"')[0]
        params = {"count": str(SIZE), "cursor": cursor, "secUid": secret}
        signed = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["X-Bogus"] = query_signature(signed)
        body = self._sandbox.json("/web/tiktok/api/post/item_list/", **params)
        ids = [item["id"] for item in body["itemList"]]
        return ids, body["cursor"] if body.get("hasMore") else None, body

    def _first_youtube(self) -> str:
        page = self._sandbox.http.get(f"/web/youtube/@{self.account.handle}/videos").text
        match = re.search(r'"continuationCommand":\{"token":"([^"]*)"', page)
        assert match is not None
        return match[1]

    def _web_youtube(self, cursor: str) -> tuple[list[str], str | None, Any]:
        answer = self._sandbox.http.post(
            "/web/youtube/youtubei/v1/browse", json={"continuation": cursor}
        )
        body = answer.json()
        (action,) = body["onResponseReceivedActions"]
        items = action["appendContinuationItemsAction"]["continuationItems"]
        ids = [
            item["richItemRenderer"]["content"]["videoRenderer"]["videoId"]
            for item in items
            if "richItemRenderer" in item
        ]
        match = re.search(r'"continuationCommand": \{"token": "([^"]*)"', json.dumps(items))
        return ids, match[1] if match else None, body


@pytest.fixture(params=[*API, "web facebook", "web tiktok"])
def listing(sandbox: Sandbox, request: pytest.FixtureRequest) -> Listing:
    """A list of more than two pages."""
    return Listing(sandbox, request.param)


def test_lost_paging_leaves_a_full_page(listing: Listing) -> None:
    whole, onward, _ = listing.page()
    assert onward is not None
    listing.fault("paging_lost", count=1, **only_lists(listing))
    ids, nothing, body = listing.page()
    assert (ids, nothing) == (whole, None)
    text = json.dumps(body)
    lost = ("paging", '"meta"', "nextPageToken", "has_more", "hasMore", "page_info")
    assert not any(name in text for name in lost)


def test_an_empty_page_in_the_middle_leads_on(listing: Listing) -> None:
    whole = list(listing.pages())
    listing.fault("empty_page", skip=1, count=1, **only_lists(listing))
    found = list(listing.pages())
    assert found[1][0] == []
    assert [ids for ids, _ in found if ids] == [ids for n, (ids, _) in enumerate(whole) if n != 1]


def only_lists(listing: Listing) -> dict[str, str]:
    """Pages alone, without the calls that the list's own page needs."""
    return {"endpoint": "item_list"} if listing.web and listing.platform == "tiktok" else {}


def test_a_cut_list_ends_with_the_platforms_mark(listing: Listing) -> None:
    whole, _, body = listing.page()
    listing.fault("list_cut", seed=5, count=1, **only_lists(listing))
    ids, onward, cut = listing.page()
    assert onward is None
    assert ids == whole[: len(ids)]
    assert len(ids) < len(whole)
    if listing.platform == "x":
        assert cut["meta"]["result_count"] == len(ids)
    if listing.platform == "youtube":
        assert cut["pageInfo"] == body["pageInfo"]
    if listing.platform == "tiktok":
        assert cut.get("has_more", cut.get("hasMore")) is False


def test_rows_are_left_out_of_a_page(listing: Listing) -> None:
    whole, onward, _ = listing.page()
    listing.fault("missing_rows", number=2, count=1, **only_lists(listing))
    ids, further, _ = listing.page()
    assert [one for one in whole if one in ids] == ids
    assert len(ids) == len(whole) - 2
    assert (onward is None) == (further is None)


def test_rows_come_again_at_the_head_of_the_next_page(listing: Listing) -> None:
    listing.fault("repeated_rows", number=2, **only_lists(listing))
    one, onward, _ = listing.page()
    again, further, _ = listing.page(onward)
    assert further is not None
    assert again[:2] == one[-2:]
    assert len(set(again[2:]) & set(one)) == 0


def test_a_stale_page_is_the_one_before_once_more(listing: Listing) -> None:
    listing.fault("duplicate_page", count=1, **only_lists(listing))
    one, onward, _ = listing.page()
    assert listing.page(onward)[:2] == (one, onward)
    assert not set(listing.page(onward)[0]) & set(one)


def test_a_list_leads_to_the_same_page_for_ever(listing: Listing) -> None:
    _, onward, _ = listing.page()
    two, _, _ = listing.page(onward)
    listing.fault("endless_same_cursor", **only_lists(listing))
    found = [listing.page(onward) for _ in range(3)]
    for ids, cursor, _ in found:
        assert ids == two
        assert cursor is not None
        assert listing.page(cursor)[0] == two


@pytest.mark.parametrize("kind", ["endless_same_rows", "endless_no_rows"])
def test_a_list_goes_on_for_ever_with_new_cursors(listing: Listing, kind: str) -> None:
    listing.fault(kind, **only_lists(listing))
    found = list(listing.pages(9))
    assert len(found) == 9
    assert len({cursor for _, cursor in found}) == 9
    rows = [ids for ids, _ in found[3:]]
    assert rows == ([found[3][0]] * 6)
    assert bool(rows[0]) == (kind == "endless_same_rows")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("youtube", r'"totalResults": "?(\d+)'),
        ("instagram", r'"media_count": "?(\d+)'),
    ],
)
def test_a_total_that_disagrees(sandbox: Sandbox, name: str, pattern: str) -> None:
    listing = Listing(sandbox, name)
    (right,) = re.findall(pattern, json.dumps(listing.page()[2]))
    listing.fault("wrong_total", number=-4)
    (wrong,) = re.findall(pattern, json.dumps(listing.page()[2]))
    assert int(wrong) == int(right) - 4
    assert len(listing.ids()) == len(set(listing.ids()))


def test_totals_of_profiles_disagree_too(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    fields = {"user.fields": "public_metrics"}

    def total() -> int:
        user = sandbox.json(f"/2/users/{account.id}", **fields)["data"]
        return int(user["public_metrics"]["tweet_count"])

    right = total()
    sandbox.fault(platform="x", kind="wrong_total", endpoint="user")
    assert total() == right + 7
    tiktok = sandbox.busiest("tiktok")
    page = sandbox.http.get(f"/web/tiktok/@{tiktok.handle}").text
    sandbox.fault(platform="tiktok", kind="wrong_total", endpoint="profile", route="web")
    wrong = sandbox.http.get(f"/web/tiktok/@{tiktok.handle}").text
    totals = [int(re.search(r'"videoCount":"(\d+)"', text)[1]) for text in (page, wrong)]  # type: ignore[index]
    assert totals[1] == totals[0] + 7


def test_pages_lose_their_paging_as_well(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    sandbox.fault(platform="facebook", kind="paging_lost", route="web", endpoint="page")
    for layout in ("plain", "2025"):
        page = sandbox.http.get(f"/web/facebook/{account.handle}", params={"layout": layout})
        assert "page_info" not in page.text.partition("<script>//")[0]
    channel = sandbox.busiest("youtube")
    sandbox.fault(platform="youtube", kind="list_cut", route="web", seed=1)
    page = sandbox.http.get(f"/web/youtube/@{channel.handle}/shorts")
    assert "continuationItemRenderer" not in page.text
    instagram = sandbox.busiest("instagram")
    sandbox.fault(platform="instagram", kind="list_cut", route="web", seed=1)
    page = sandbox.http.get(f"/web/instagram/{instagram.handle}/")
    assert '"has_next_page":false' in page.text
