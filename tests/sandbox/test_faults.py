"""Faults of a running sandbox: which calls they hit, and what each does to the answer."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from sandbox.service.changes import change
from sandbox.service.exchange import PlatformRequest, Reply
from sandbox.service.faults import Fault, FaultKind, Faults
from sandbox.service.paging import page_key
from tests.sandbox.running import Sandbox

OWN = "/v25.0/17841400000000001"


def call(sandbox: Sandbox, platform: str) -> httpx.Response:
    """One typical call with rows in its answer."""
    if platform == "x":
        return sandbox.get(f"/2/users/{sandbox.busiest('x').id}/tweets", max_results=10)
    if platform == "youtube":
        playlist = f"UU{sandbox.busiest('youtube').id[2:]}"
        return sandbox.get("/youtube/v3/playlistItems", part="contentDetails", playlistId=playlist)
    if platform == "facebook":
        path = f"/v25.0/{sandbox.busiest('facebook').id}/published_posts"
        return sandbox.get(path, limit=10, fields="id,reactions.summary(true)")
    if platform == "instagram":
        name = sandbox.busiest("instagram").handle
        inner = "media.limit(10){id,like_count}"
        return sandbox.get(OWN, fields=f"business_discovery.username({name}){{{inner}}}")
    names = {"operation": "EQ", "field_name": "username"}
    names["field_values"] = [sandbox.busiest("tiktok").handle]  # type: ignore[assignment]
    body = {"query": {"and": [names]}, "start_date": "20250501", "end_date": "20250530"}
    url = "/v2/research/video/query/?fields=id,like_count"
    return sandbox.http.post(url, json={**body, "max_count": 10})


PLATFORMS = ["facebook", "x", "instagram", "youtube", "tiktok"]
ERRORS: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {
    ("facebook", "rate_limited"): (403, {"code": 4}),
    ("facebook", "quota_spent"): (400, {"code": 80001}),
    ("facebook", "expired_token"): (401, {"code": 190, "error_subcode": 463}),
    ("facebook", "server_error"): (503, {"code": 2}),
    ("x", "rate_limited"): (429, {"title": "Too Many Requests"}),
    ("x", "quota_spent"): (429, {"title": "UsageCapExceeded", "period": "Monthly"}),
    ("x", "expired_token"): (401, {"title": "Unauthorized"}),
    ("x", "server_error"): (503, {"title": "Service Unavailable"}),
    ("instagram", "rate_limited"): (403, {"code": 4}),
    ("instagram", "quota_spent"): (400, {"code": 80001}),
    ("instagram", "expired_token"): (401, {"code": 190, "error_subcode": 463}),
    ("instagram", "server_error"): (503, {"code": 2}),
    ("youtube", "rate_limited"): (403, {"reason": "rateLimitExceeded"}),
    ("youtube", "quota_spent"): (403, {"reason": "quotaExceeded"}),
    ("youtube", "expired_token"): (400, {"reason": "keyInvalid"}),
    ("youtube", "server_error"): (503, {"reason": "backendError"}),
    ("tiktok", "rate_limited"): (429, {"code": "rate_limit_exceeded"}),
    ("tiktok", "quota_spent"): (429, {"code": "daily_quota_limit_exceeded"}),
    ("tiktok", "expired_token"): (401, {"code": "access_token_invalid"}),
    ("tiktok", "server_error"): (503, {"code": "internal_error"}),
}


@pytest.mark.parametrize(("platform", "kind"), list(ERRORS))
def test_errors_come_in_the_platforms_own_form(sandbox: Sandbox, platform: str, kind: str) -> None:
    sandbox.fault(platform=platform, kind=kind, count=1)
    status, parts = ERRORS[platform, kind]
    answer = call(sandbox, platform)
    body = answer.json()
    inner: dict[str, Any] = body.get("error", body)
    inner = {**inner, **inner["errors"][0]} if "errors" in inner else inner
    assert answer.status_code == status
    assert {name: inner[name] for name in parts} == parts
    assert call(sandbox, platform).status_code == 200


def test_a_rate_limit_tells_when_it_ends(sandbox: Sandbox) -> None:
    sandbox.fault(platform="x", kind="rate_limited", count=1)
    headers = call(sandbox, "x").headers
    assert headers["x-rate-limit-remaining"] == "0"
    assert int(headers["x-rate-limit-reset"]) > sandbox.now.timestamp()
    sandbox.fault(platform="facebook", kind="rate_limited", count=1)
    assert '"call_count":100' in call(sandbox, "facebook").headers["x-app-usage"]


def rows_of(platform: str, body: Any) -> list[dict[str, Any]]:
    """The rows within an answer."""
    if platform == "instagram":
        body = body["business_discovery"]["media"]
    if platform == "tiktok":
        body = body["data"]
    key = {"youtube": "items", "tiktok": "videos"}.get(platform, "data")
    rows: list[dict[str, Any]] = body[key]
    return rows


def ids_of(platform: str, body: Any) -> list[str]:
    rows = rows_of(platform, body)
    return [str(row["id"]) for row in rows]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_empty_page_keeps_everything_but_the_rows(sandbox: Sandbox, platform: str) -> None:
    whole = call(sandbox, platform).json()
    sandbox.fault(platform=platform, kind="empty_page", count=1)
    empty = call(sandbox, platform).json()
    assert rows_of(platform, whole)
    assert rows_of(platform, empty) == []
    if platform == "x":
        assert empty["meta"] == whole["meta"]
    if platform == "youtube":
        assert empty["nextPageToken"] == whole["nextPageToken"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_shuffled_page_has_the_same_rows(sandbox: Sandbox, platform: str) -> None:
    whole = ids_of(platform, call(sandbox, platform).json())
    sandbox.fault(platform=platform, kind="shuffled", seed=3)
    shuffled = ids_of(platform, call(sandbox, platform).json())
    assert shuffled != whole
    assert sorted(shuffled) == sorted(whole)
    assert ids_of(platform, call(sandbox, platform).json()) == shuffled


@pytest.mark.parametrize("platform", PLATFORMS)
def test_unknown_fields_stand_beside_the_known_ones(sandbox: Sandbox, platform: str) -> None:
    whole = call(sandbox, platform).json()
    sandbox.fault(platform=platform, kind="unknown_fields")
    body = call(sandbox, platform).json()
    assert body.pop("sandbox_extra")
    assert all(row.pop("sandbox_extra") for row in rows_of(platform, body))
    assert rows_of(platform, body) == rows_of(platform, whole)


def test_missing_fields_are_gone_wherever_they_stand(sandbox: Sandbox) -> None:
    sandbox.fault(platform="facebook", kind="missing_fields", count=1)
    assert all(
        row.keys() == {"id"} for row in rows_of("facebook", call(sandbox, "facebook").json())
    )
    sandbox.fault(platform="x", kind="missing_fields", fields=["text"])
    assert all("text" not in row for row in rows_of("x", call(sandbox, "x").json()))


@pytest.mark.parametrize("kind", ["truncated", "malformed", "empty_body"])
def test_bodies_that_are_no_json(sandbox: Sandbox, kind: str) -> None:
    whole = call(sandbox, "youtube")
    sandbox.fault(platform="youtube", kind=kind, count=1)
    answer = call(sandbox, "youtube")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    if kind == "truncated":
        assert whole.content.startswith(answer.content)


@pytest.mark.parametrize(("kind", "status"), [("login_wall", 200), ("challenge", 403)])
def test_html_in_place_of_json(sandbox: Sandbox, kind: str, status: int) -> None:
    sandbox.fault(platform="facebook", kind=kind, count=1)
    answer = call(sandbox, "facebook")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


def test_a_duplicate_page_is_the_one_before_once_more(sandbox: Sandbox) -> None:
    path = f"/2/users/{sandbox.busiest('x').id}/tweets"
    sandbox.fault(platform="x", kind="duplicate_page", count=1)
    one = sandbox.json(path, max_results=10)
    onward = one["meta"]["next_token"]
    again = sandbox.json(path, max_results=10, pagination_token=onward)
    two = sandbox.json(path, max_results=10, pagination_token=onward)
    assert again == one
    assert not {row["id"] for row in two["data"]} & {row["id"] for row in one["data"]}


def test_pages_of_one_list_have_one_key(sandbox: Sandbox) -> None:
    def ask(body: bytes = b"", **params: str) -> PlatformRequest:
        return PlatformRequest("GET", "/path", params, {}, {}, body)

    assert page_key(ask(pageToken="a", id="1")) == page_key(ask(id="1", pageToken="b"))
    assert page_key(ask(id="1")) != page_key(ask(id="2"))
    assert page_key(ask(fields="media.after(x).limit(2)")) == page_key(ask(fields="media.limit(2)"))
    assert page_key(ask(b'{"q":1,"cursor":0}')) == page_key(ask(b'{"q":1,"cursor":100}'))


def test_a_cut_connection_and_one_that_never_answers(sandbox: Sandbox) -> None:
    sandbox.fault(platform="x", kind="cut", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        call(sandbox, "x")
    sandbox.fault(platform="x", kind="timeout", count=1)
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.get("/2/users/5", timeout=httpx.Timeout(5, read=0.2))
    assert call(sandbox, "x").status_code == 200


def test_a_slow_body_arrives_whole(sandbox: Sandbox) -> None:
    whole = call(sandbox, "x").content
    sandbox.fault(platform="x", kind="slow", count=1, seconds=0.05)
    assert call(sandbox, "x").content == whole


def test_faults_match_platform_endpoint_and_text(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    sandbox.fault(platform="x", endpoint="timeline", match=account.id, kind="server_error")
    assert call(sandbox, "x").status_code == 503
    assert sandbox.get(f"/2/users/{sandbox.silent('x').id}/tweets").status_code == 200
    assert sandbox.get(f"/2/users/{account.id}").status_code == 200
    assert call(sandbox, "youtube").status_code == 200
    sandbox.http.delete("/_sandbox/faults")
    assert call(sandbox, "x").status_code == 200


def test_skip_and_count_say_which_calls_are_hit(sandbox: Sandbox) -> None:
    sandbox.fault(platform="x", kind="server_error", skip=1, count=2, status=500)
    statuses = [call(sandbox, "x").status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    (state,) = sandbox.http.get("/_sandbox/faults").json()["faults"]
    assert (state["met"], state["hits"]) == (4, 2)


def test_a_ratio_is_drawn_with_its_seed() -> None:
    def pattern(seed: int) -> list[bool]:
        faults = Faults()
        faults.add(Fault(kind=FaultKind.SERVER_ERROR, ratio=0.3, seed=seed))
        ask = PlatformRequest("GET", "/", {}, {}, {})
        return [faults.pick("x", "users", "api", ask) is not None for _ in range(400)]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert 80 < sum(pattern(1)) < 160


def test_changing_an_answer_without_rows_does_nothing() -> None:
    for kind in (FaultKind.EMPTY_PAGE, FaultKind.SHUFFLED):
        reply = Reply({"error": 1})
        change(reply, Fault(kind=kind), PlatformRequest("GET", "/", {}, {}, {}))
        assert reply.payload == {"error": 1}


def test_gone_renamed_and_reused_accounts_are_told_apart(sandbox: Sandbox) -> None:
    one, two, three = list(sandbox.world.accounts["x"].values())[:3]
    sandbox.fault(platform="x", kind="gone_account", account=one.id)
    sandbox.fault(platform="x", kind="renamed_handle", account=two.id, handle="new_name")
    sandbox.fault(platform="x", kind="reused_handle", account=three.id)
    by_id = sandbox.json("/2/users", ids=f"{one.id},{two.id},{three.id}")
    assert [(user["id"], user["username"]) for user in by_id["data"]] == [(two.id, "new_name")]
    names = ",".join([one.handle, two.handle, three.handle, "new_name"])
    by_name = sandbox.json("/2/users/by", usernames=names)
    found = {user["username"]: user["id"] for user in by_name["data"]}
    assert found.keys() == {"new_name", three.handle}
    assert found["new_name"] == two.id
    assert found[three.handle] not in (one.id, two.id, three.id)
    assert sandbox.json("/2/tweets", ids=one.posts[0].id).keys() == {"errors"}
    sandbox.http.delete("/_sandbox/faults")
    assert len(sandbox.json("/2/users", ids=f"{one.id},{two.id},{three.id}")["data"]) == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "earthquake"},
        {"kind": "cut", "platform": "nowhere"},
        {"kind": "cut", "ratio": 2},
        {"kind": "cut", "counts": 2},
        {"kind": "gone_account", "account": "1"},
        {"kind": "gone_account", "platform": "x", "account": "1"},
        {"kind": "renamed_handle", "platform": "x", "account": "{known}"},
        {},
    ],
)
def test_faults_that_are_none_are_refused(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    known = sandbox.busiest("x").id
    filled = {k: known if v == "{known}" else v for k, v in fault.items()}
    answer = sandbox.http.post("/_sandbox/faults", json=[{"kind": "cut"}, filled])
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.http.get("/_sandbox/faults").json() == {"faults": []}
