"""One list of a platform of a running sandbox, read a page at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from model.platform import PlatformName
from sandbox.tiktok.page_shapes import query_signature
from tests.sandbox.running import Sandbox

_OWN = "/v25.0/17841400000000001"
_SIZE = 10


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
        body = self._sandbox.json(path, max_results=_SIZE, **more)
        ids = [row["id"] for row in body.get("data", [])]
        return ids, body.get("meta", {}).get("next_token"), body

    def _youtube(self, cursor: str | None) -> tuple[list[str], str | None, Any]:
        more = {"pageToken": cursor} if cursor else {}
        body = self._sandbox.json(
            "/youtube/v3/playlistItems",
            part="contentDetails",
            maxResults=_SIZE,
            playlistId=f"UU{self.account.id[2:]}",
            **more,
        )
        return [row["id"] for row in body["items"]], body.get("nextPageToken"), body

    def _facebook(self, cursor: str | None) -> tuple[list[str], str | None, Any]:
        path = f"/v25.0/{self.account.id}/posts"
        params: dict[str, Any] = {"limit": _SIZE, "fields": "id"}
        answer = self._sandbox.http.get(cursor) if cursor else self._sandbox.get(path, **params)
        body = answer.json()
        return [row["id"] for row in body["data"]], body.get("paging", {}).get("next"), body

    def _instagram(self, cursor: str | None) -> tuple[list[str], str | None, Any]:
        after = f".after({cursor})" if cursor else ""
        inner = f"media_count,media.limit({_SIZE}){after}{{id}}"
        fields = f"business_discovery.username({self.account.handle}){{{inner}}}"
        body = self._sandbox.json(_OWN, fields=fields)
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
            "max_count": _SIZE,
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
        page = self._sandbox.http.get(f"/web/facebook/{self.account.handle}?layout=plain").text
        match = re.search(r'"end_cursor":"([^"]*)"', page)
        assert match is not None
        return match[1]

    def _web_facebook(self, cursor: str) -> tuple[list[str], str | None, Any]:
        variables = {"count": 3, "cursor": cursor, "id": self.account.id}
        form = {"doc_id": "1", "lsd": "AVqZsandbox", "variables": json.dumps(variables)}
        answer = self._sandbox.http.post("/web/facebook/api/graphql/?layout=plain", data=form)
        body = json.loads(answer.text.splitlines()[0])
        units = body["data"]["node"]["timeline_list_feed_units"]
        info = units.get("page_info", {})
        ids = [edge["node"]["post_id"] for edge in units["edges"]]
        return ids, info["end_cursor"] if info.get("has_next_page") else None, body

    def _web_tiktok(self, cursor: str) -> tuple[list[str], str | None, Any]:
        detail = self._sandbox.http.get(f"/web/tiktok/@{self.account.handle}").text
        secret = detail.partition('"secUid":"')[2].partition('"')[0]
        params = {"count": str(_SIZE), "cursor": cursor, "secUid": secret}
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
