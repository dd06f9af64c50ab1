"""TikTok's Research API of a running sandbox."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from sandbox.world.model import SECOND, WorldAccount, to_moment
from tests.sandbox.running import TOKEN, Sandbox

FIELDS = (
    "id,create_time,username,video_description,like_count,comment_count,share_count,view_count,"
    "favorites_count"
)
MAY = {"start_date": "20250501", "end_date": "20250531"}
COUNTS = {
    "likes": "like_count",
    "comments": "comment_count",
    "shares": "share_count",
    "views": "view_count",
    "saves": "favorites_count",
}


def post(
    sandbox: Sandbox, path: str, body: Any, *, token: str = TOKEN, fields: str = FIELDS
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return sandbox.http.post(
        f"/v2/research/{path}/", params={"fields": fields}, json=body, headers=headers
    )


def condition(field: str, *values: str, operation: str = "IN") -> dict[str, Any]:
    return {"operation": operation, "field_name": field, "field_values": list(values)}


def query(sandbox: Sandbox, body: dict[str, Any]) -> list[dict[str, Any]]:
    """All rows of a query, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        answer = post(sandbox, "video/query", body)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        rows.extend(data["videos"])
        if not data["has_more"]:
            return rows
        body = {**body, "cursor": data["cursor"], "search_id": data["search_id"]}


def by_name(*accounts: WorldAccount, **more: Any) -> dict[str, Any]:
    names = condition("username", *(account.handle for account in accounts))
    return {"query": {"and": [names]}, "max_count": 100, **MAY, **more}


def test_all_pages_together_are_the_windows_posts(sandbox: Sandbox) -> None:
    accounts = list(sandbox.world.accounts["tiktok"].values())
    rows = query(sandbox, by_name(*accounts))
    inside = [
        post.id
        for account in accounts
        for post in sandbox.visible(account)
        if "20250501" <= f"{to_moment(post.published):%Y%m%d}" <= "20250531"
    ]
    assert len(inside) > 100
    assert sorted(str(row["id"]) for row in rows) == sorted(inside)
    times = [row["create_time"] for row in rows]
    assert times == sorted(times, reverse=True)


def test_counts_are_those_of_the_world(sandbox: Sandbox) -> None:
    account = sandbox.busiest("tiktok")
    for row in query(sandbox, by_name(account)):
        video = sandbox.world.posts["tiktok"][str(row["id"])]
        assert row["create_time"] == video.published // SECOND
        assert {name: row[key] for name, key in COUNTS.items()} == sandbox.shown(video)


def test_a_page_may_be_short_without_being_the_last(sandbox: Sandbox) -> None:
    body = {**by_name(sandbox.busiest("tiktok")), "max_count": 10}
    sizes = []
    while True:
        data = post(sandbox, "video/query", body).json()["data"]
        sizes.append(len(data["videos"]))
        body |= {"cursor": data["cursor"], "search_id": data["search_id"]}
        if not data["has_more"]:
            break
    assert any(size < 10 for size in sizes[:-1])
    whole = query(sandbox, by_name(sandbox.busiest("tiktok")))
    assert sum(sizes) == len(whole)


def test_conditions_are_and_or_not(sandbox: Sandbox) -> None:
    account = sandbox.busiest("tiktok")
    posts = [p for p in sandbox.visible(account) if "20250501" <= day(p.published) <= "20250531"]
    one, two = posts[0], posts[5]
    anybody = {"max_count": 100, **MAY}

    def ids(**clauses: list[dict[str, Any]]) -> set[str]:
        return {str(row["id"]) for row in query(sandbox, {"query": clauses, **anybody})}

    assert ids(**{"or": [condition("video_id", one.id), condition("video_id", two.id)]}) == {
        one.id,
        two.id,
    }
    mine = condition("username", account.handle, operation="EQ")
    rest = ids(**{"and": [mine], "not": [condition("video_id", one.id, two.id)]})
    assert rest == {post.id for post in posts} - {one.id, two.id}
    day_of = condition("create_date", day(one.published), operation="EQ")
    same_day = {post.id for post in posts if day(post.published) == day(one.published)}
    assert ids(**{"and": [mine, day_of]}) == same_day
    later = condition("create_date", "20250515", operation="GTE")
    assert ids(**{"and": [mine, later]}) == {p.id for p in posts if day(p.published) >= "20250515"}
    regions = [
        ids(**{"and": [mine, condition("region_code", r)]}) for r in ("US", "GB", "SG", "JP")
    ]
    assert sorted(map(len, regions)) == [0, 0, 0, len(posts)]


def day(microseconds: int) -> str:
    return f"{to_moment(microseconds):%Y%m%d}"


def test_only_what_is_asked_for_appears(sandbox: Sandbox) -> None:
    account = sandbox.busiest("tiktok")
    answer = post(sandbox, "video/query", by_name(account), fields="id,like_count").json()
    assert all(video.keys() == {"id", "like_count"} for video in answer["data"]["videos"])
    answer = post(sandbox, "user/info", {"username": account.handle}, fields="display_name").json()
    assert answer["data"] == {"display_name": account.name}
    assert answer["error"]["code"] == "ok"


def test_user_info_carries_the_worlds_counts(sandbox: Sandbox) -> None:
    account = sandbox.busiest("tiktok")
    fields = "follower_count,likes_count,video_count"
    answer = post(sandbox, "user/info", {"username": account.handle.upper()}, fields=fields)
    shown = account.counters.at(sandbox.instant)
    assert answer.json()["data"] == {
        "follower_count": shown["followers"],
        "likes_count": shown["likes"],
        "video_count": shown["posts"],
    }


def test_nobody_by_that_name(sandbox: Sandbox) -> None:
    answer = post(sandbox, "user/info", {"username": "nobody_here"}, fields="display_name")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_params")
    assert "nobody_here" in answer.json()["error"]["message"]
    body = {"query": {"and": [condition("username", "nobody_here")]}, **MAY}
    assert query(sandbox, body) == []


NAMES = {"and": [condition("username", "demo_beijing")]}
BAD = [
    {"query": NAMES, "start_date": "20250501", "end_date": "20250601"},
    {"query": NAMES, "start_date": "20250501", "end_date": "20250430"},
    {"query": NAMES, "start_date": "2025-05-01", "end_date": "20250502"},
    {"query": NAMES, "start_date": "20250532", "end_date": "20250602"},
    {"query": NAMES, "start_date": "20250501"},
    {"query": NAMES, **MAY, "max_count": 101},
    {"query": NAMES, **MAY, "max_count": True},
    {"query": NAMES, **MAY, "cursor": -1},
    {"query": NAMES, **MAY, "search_id": "123"},
    {"query": NAMES, **MAY, "page": 1},
    {"query": {}, **MAY},
    {"query": {"and": [condition("colour", "red")]}, **MAY},
    {"query": {"and": [condition("username", "a", operation="GT")]}, **MAY},
    {"query": {"and": [condition("username", "a", "b", operation="EQ")]}, **MAY},
    {"query": {"and": [condition("username")]}, **MAY},
    {"query": {"xor": [condition("username", "a")]}, **MAY},
    ["query"],
]


@pytest.mark.parametrize("body", BAD)
def test_bad_queries_are_invalid_params(sandbox: Sandbox, body: Any) -> None:
    answer = post(sandbox, "video/query", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_params")


def test_a_31_day_month_needs_two_windows(sandbox: Sandbox) -> None:
    account = sandbox.busiest("tiktok")
    dates = {"start_date": "20250430", "end_date": "20250531"}
    assert post(sandbox, "video/query", by_name(account, **dates)).status_code == 400
    halves = [("20250430", "20250529"), ("20250530", "20250531")]
    rows = [
        row
        for start, end in halves
        for row in query(sandbox, by_name(account, start_date=start, end_date=end))
    ]
    expected = [p for p in sandbox.visible(account) if "20250430" <= day(p.published) <= "20250531"]
    assert {str(row["id"]) for row in rows} == {video.id for video in expected}


@pytest.mark.parametrize("fields", ["", "id,sales"])
def test_fields_are_required_and_known(sandbox: Sandbox, fields: str) -> None:
    body = by_name(sandbox.busiest("tiktok"))
    assert post(sandbox, "video/query", body, fields=fields).status_code == 400


def issue(sandbox: Sandbox, key: str, secret: str = "secret") -> httpx.Response:
    form = {"client_key": key, "client_secret": secret, "grant_type": "client_credentials"}
    return sandbox.http.post("/v2/oauth/token/", data=form)


def test_tokens_are_issued_for_two_hours_of_the_sandboxs_time(sandbox: Sandbox) -> None:
    answer = issue(sandbox, "key").json()
    assert (answer["expires_in"], answer["token_type"]) == (7200, "Bearer")
    token = answer["access_token"]
    assert token.startswith("clt.")
    body = {"username": sandbox.busiest("tiktok").handle}

    def status() -> int:
        return post(sandbox, "user/info", body, token=token, fields="display_name").status_code

    sandbox.at("2025-06-03T17:59:59Z")
    assert status() == 200
    sandbox.at("2025-06-03T18:00:00Z")
    assert status() == 401


@pytest.mark.parametrize("key", ["invalid-key", "expired-key", "forbidden-key", ""])
def test_refused_clients(sandbox: Sandbox, key: str) -> None:
    answer = issue(sandbox, key)
    assert answer.status_code == 401
    assert answer.json().keys() == {"error", "error_description", "log_id"}
    assert issue(sandbox, "key", "invalid-secret").status_code == 401


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("invalid", "access_token_invalid"),
        ("expired", "access_token_invalid"),
        ("forbidden", "scope_not_authorized"),
    ],
)
def test_refused_tokens(sandbox: Sandbox, token: str, code: str) -> None:
    answer = post(sandbox, "video/query", {}, token=token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)


def test_the_quota_is_the_clients_and_lasts_until_midnight_utc(sandbox: Sandbox) -> None:
    sandbox.limits(tiktok_requests_a_day=2)
    sandbox.at("2025-06-03T23:59:59Z")
    body = {"username": sandbox.busiest("tiktok").handle}
    statuses = []
    for _ in range(3):
        token = issue(sandbox, "one-client").json()["access_token"]
        answer = post(sandbox, "user/info", body, token=token, fields="display_name")
        statuses.append(answer.status_code)
    assert statuses == [200, 200, 429]
    assert answer.json()["error"]["code"] == "daily_quota_limit_exceeded"
    sandbox.at("2025-06-04T00:00:00Z")
    assert post(sandbox, "user/info", body, token=token, fields="bio_url").status_code == 200


def test_rows_have_a_quota_too(sandbox: Sandbox) -> None:
    sandbox.limits(tiktok_rows_a_day=100)
    body = by_name(*sandbox.world.accounts["tiktok"].values())
    first = post(sandbox, "video/query", body, token="rows")
    assert len(first.json()["data"]["videos"]) == 100
    assert post(sandbox, "video/query", body, token="rows").status_code == 429


def test_a_text_body_is_read_as_json(sandbox: Sandbox) -> None:
    headers = {"content-type": "text/plain"}
    text = json.dumps({"username": sandbox.busiest("tiktok").handle})
    answer = sandbox.http.post(
        "/v2/research/user/info/?fields=display_name", content=text, headers=headers
    )
    assert answer.status_code == 200
