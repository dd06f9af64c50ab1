"""Batches of the Graph API of a running sandbox."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.sandbox.running import Sandbox

REACTIONS = "reactions.limit(0).summary(total_count)"


def send(
    sandbox: Sandbox, urls: list[str], path: str = "/v25.0/", token: str = "", **more: Any
) -> httpx.Response:
    """One batch of GET parts."""
    batch = json.dumps([{"method": "GET", "relative_url": url} for url in urls])
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return sandbox.http.post(path, data={"batch": batch, **more}, headers=headers)


def parts_of(answer: httpx.Response) -> list[Any]:
    """The parts, with their bodies decoded."""
    assert answer.status_code == 200, answer.text
    return [part and {**part, "body": json.loads(part["body"])} for part in answer.json()]


def pages(sandbox: Sandbox, number: int) -> list[str]:
    return list(sandbox.world.accounts["facebook"])[:number]


@pytest.mark.parametrize("path", ["/", "/v25.0", "/v25.0/"])
def test_each_part_answers_as_its_call_does_alone(sandbox: Sandbox, path: str) -> None:
    page = sandbox.busiest("facebook")
    post = sandbox.visible(page)[0]
    urls = [
        f"v25.0/{page.id}?fields=name,followers_count",
        f"{post.id}?fields=id,{REACTIONS}",
        f"/{page.id}/published_posts?fields=id&limit=5",
    ]
    one, two, three = parts_of(send(sandbox, urls, path))
    assert one["code"] == 200
    assert one["body"] == sandbox.json(f"/v25.0/{page.id}", fields="name,followers_count")
    shown = sandbox.shown(post)["likes"]
    assert two["body"]["reactions"] == {"data": [], "summary": {"total_count": shown}}
    assert len(three["body"]["data"]) == 5
    assert sandbox.http.get(three["body"]["paging"]["next"]).json()["data"]


def test_each_part_has_headers_of_its_own_and_counts_as_a_call(sandbox: Sandbox) -> None:
    sandbox.limits(graph_calls_per_user_and_hour=10, graph_daily_users=1)
    answer = send(sandbox, pages(sandbox, 3), token="own-headers")
    headers = [{h["name"]: h["value"] for h in part["headers"]} for part in answer.json()]
    assert {one["facebook-api-version"] for one in headers} == {"v25.0"}
    used = [json.loads(one["x-app-usage"])["call_count"] for one in headers]
    assert used == [10, 20, 30]
    assert answer.headers["facebook-api-version"] == "v25.0"
    assert sandbox.usage() == {("facebook", "batch"): (1, 0, 0), ("facebook", "node"): (3, 3, 3)}
    bare = send(sandbox, pages(sandbox, 1), token="own-headers", include_headers="false")
    assert bare.json()[0].keys() == {"code", "body"}


def test_a_throttled_part_leaves_those_before_it(sandbox: Sandbox) -> None:
    sandbox.limits(graph_calls_per_user_and_hour=2, graph_daily_users=1)
    answered = parts_of(send(sandbox, pages(sandbox, 4), token="half-a-batch"))
    assert [part["code"] for part in answered] == [200, 200, 403, 403]
    assert answered[3]["body"]["error"]["code"] == 4


def test_a_part_without_an_object_fails_alone(sandbox: Sandbox) -> None:
    page, gone = sandbox.busiest("facebook"), sandbox.deleted("facebook")
    answered = parts_of(send(sandbox, [gone.id, page.id, "nobody.here", f"{page.id}/sales"]))
    assert [part["code"] for part in answered] == [400, 200, 404, 400]
    codes = [part["body"].get("error", {}).get("code") for part in answered]
    assert codes == [100, None, 803, 2500]


def test_business_discovery_goes_by_batch_too(sandbox: Sandbox) -> None:
    names = [account.handle for account in list(sandbox.world.accounts["instagram"].values())[:2]]
    urls = [
        f"17841400000000001?fields=business_discovery.username({name}){{username}}"
        for name in names
    ]
    answered = parts_of(send(sandbox, urls))
    assert [p["body"]["business_discovery"]["username"] for p in answered] == names
    assert sandbox.usage()["instagram", "batch"] == (1, 0, 0)
    assert sandbox.usage()["instagram", "business_discovery"][0] == 2


def test_a_batch_is_a_form_or_json_with_the_token_in_it(sandbox: Sandbox) -> None:
    (page,) = pages(sandbox, 1)
    body = {"access_token": "in-the-body", "batch": [{"method": "GET", "relative_url": page}]}
    headers = {"authorization": ""}
    assert sandbox.http.post("/", json=body, headers=headers).json()[0]["code"] == 200
    form = {**body, "batch": json.dumps(body["batch"])}
    assert sandbox.http.post("/", data=form, headers=headers).json()[0]["code"] == 200
    refused = sandbox.http.post("/", data={"batch": form["batch"]}, headers=headers)
    assert refused.json()["error"]["code"] == 104


@pytest.mark.parametrize("batch", ["", "{", "[1]", '{"relative_url": "1"}', None, "51"])
def test_what_is_no_batch_is_refused(sandbox: Sandbox, batch: str | None) -> None:
    if batch == "51":
        batch = json.dumps([{"relative_url": "1"}] * 51)
    answer = sandbox.http.post("/v25.0/", data={} if batch is None else {"batch": batch})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 1
    assert sandbox.http.post("/nothing", data={"batch": "[]"}).json()["error"]["code"] == 2500


def test_faults_hit_single_parts(sandbox: Sandbox) -> None:
    urls = pages(sandbox, 3)
    sandbox.fault(platform="facebook", kind="rate_limited", match=urls[1], endpoint="node")
    codes = [part["code"] for part in parts_of(send(sandbox, urls))]
    assert codes == [200, 403, 200]
    sandbox.http.delete("/_sandbox/faults")
    sandbox.fault(platform="facebook", kind="timeout", match=urls[0], endpoint="node")
    sandbox.fault(platform="facebook", kind="malformed", match=urls[2], endpoint="node")
    one, two, three = send(sandbox, urls).json()
    assert one is None
    assert json.loads(two["body"])["id"] == urls[1]
    with pytest.raises(json.JSONDecodeError):
        json.loads(three["body"])


def test_faults_hit_the_whole_batch_by_its_name(sandbox: Sandbox) -> None:
    urls = pages(sandbox, 4)
    sandbox.fault(platform="facebook", kind="shuffled", endpoint="batch", seed=2, count=1)
    ids = [part["body"]["id"] for part in parts_of(send(sandbox, urls))]
    assert sorted(ids) == sorted(urls)
    assert ids != urls
    sandbox.fault(platform="facebook", kind="empty_page", count=1)
    assert [part["body"] for part in parts_of(send(sandbox, urls))].count({}) == 0
    sandbox.fault(platform="facebook", kind="rate_limited", endpoint="batch", count=1)
    assert send(sandbox, urls).status_code == 403
    sandbox.fault(platform="facebook", kind="malformed", endpoint="batch", count=1)
    with pytest.raises(json.JSONDecodeError):
        send(sandbox, urls).json()
