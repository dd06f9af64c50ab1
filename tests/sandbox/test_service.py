"""In which order a call is checked, counted and answered."""

from __future__ import annotations

from tests.sandbox.running import Sandbox


def test_a_refused_token_costs_no_quota_and_is_counted(sandbox: Sandbox) -> None:
    sandbox.limits(x_calls={"users": 1})
    for _ in range(3):
        assert sandbox.get("/2/users", token="invalid-order", ids="5").status_code == 401
    assert sandbox.usage() == {("x", "users"): (3, 0, 0)}


def test_a_fault_answers_before_limits_do(sandbox: Sandbox) -> None:
    sandbox.limits(x_calls={"users": 1})
    sandbox.fault(platform="x", kind="server_error", count=3)
    statuses = [sandbox.get("/2/users", token="faulted", ids="5").status_code for _ in range(5)]
    assert statuses == [503, 503, 503, 200, 429]


def test_a_bad_token_is_refused_even_where_a_fault_waits(sandbox: Sandbox) -> None:
    sandbox.fault(platform="x", kind="server_error", count=1)
    assert sandbox.get("/2/users", token="invalid", ids="5").status_code == 401


def test_calls_beyond_a_limit_are_counted_as_calls(sandbox: Sandbox) -> None:
    sandbox.limits(youtube_units_a_day=1)
    params = {"part": "id", "id": "x"}
    for status in (200, 403, 403):
        answer = sandbox.get("/youtube/v3/channels", token="beyond", **params)
        assert answer.status_code == status
    assert sandbox.usage() == {("youtube", "channels"): (3, 3, 0)}


def test_credentials_have_limits_of_their_own(sandbox: Sandbox) -> None:
    sandbox.limits(x_calls={"users": 1})
    for token in ("own-one", "own-two"):
        assert sandbox.get("/2/users", token=token, ids="5").status_code == 200
        assert sandbox.get("/2/users", token=token, ids="5").status_code == 429


def test_the_first_fault_that_matches_and_is_not_spent_hits(sandbox: Sandbox) -> None:
    sandbox.fault(platform="x", kind="server_error", status=500, count=1)
    sandbox.fault(platform="*", kind="server_error", status=502, count=1)
    statuses = [sandbox.get("/2/users", ids="5").status_code for _ in range(3)]
    assert statuses == [500, 502, 200]


def test_an_endpoint_is_told_from_others_on_the_same_path(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook").id
    name = sandbox.busiest("instagram").handle
    sandbox.get(f"/v25.0/{page}")
    sandbox.get(f"/v25.0/{page}/posts")
    sandbox.get("/v25.0/", ids=page)
    sandbox.get("/v25.0/17841400000000001", fields=f"business_discovery.username({name}){{id}}")
    assert {key for key, (calls, _, _) in sandbox.usage().items() if calls == 1} == {
        ("facebook", "node"),
        ("facebook", "posts"),
        ("facebook", "ids"),
        ("instagram", "business_discovery"),
    }
