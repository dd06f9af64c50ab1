"""The controls of a running sandbox: clock, usage, limits; and that they are off by default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.service.access import TOKEN_HEADER
from sandbox.service.clock import SandboxClock
from tests.sandbox.running import SMALL, TOKEN, Sandbox, start, stop

NOW = datetime(2025, 5, 1, tzinfo=UTC)


def test_the_clock_decides_what_is_shown(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    newest = sandbox.visible(account)[0]
    path = f"/2/tweets/{newest.id}"
    assert sandbox.json(path)["data"]["id"] == newest.id
    sandbox.at("2025-04-28T00:00:00Z")
    assert "data" not in sandbox.json(path)


def test_the_clock_is_shown_and_set_in_utc(sandbox: Sandbox) -> None:
    answer = sandbox.http.post("/_sandbox/clock", json={"now": "2025-05-01T08:00:00+08:00"})
    assert datetime.fromisoformat(answer.json()["now"]) == NOW
    assert sandbox.http.get("/_sandbox/clock").json()["rate"] == 0


@pytest.mark.parametrize("body", ['{"now": "today"}', '{"now": "2025-05-01T00:00:00"}', "{", "[]"])
def test_a_clock_that_is_none_is_refused(sandbox: Sandbox, body: str) -> None:
    before = sandbox.http.get("/_sandbox/clock").json()
    assert sandbox.http.post("/_sandbox/clock", content=body).status_code == 400
    assert sandbox.http.get("/_sandbox/clock").json() == before


def test_a_clock_stands_still_or_runs_with_the_monotonic_source() -> None:
    ticks = iter([0.0, 5.0, 10.0, 11.0])
    running = SandboxClock(NOW, rate=60.0, monotonic=lambda: next(ticks))
    assert running.now() == NOW + timedelta(minutes=5)
    running.set(NOW)
    assert running.now() == NOW + timedelta(minutes=1)
    still = SandboxClock(NOW, monotonic=lambda: 1.0)
    assert still.now() == NOW
    still.set(NOW + timedelta(days=1), rate=0)
    assert still.instant() == int((NOW + timedelta(days=1)).timestamp()) * 1_000_000


def test_usage_counts_by_platform_endpoint_and_credential(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    for token in ("one", "one", "two"):
        sandbox.get("/youtube/v3/channels", token=token, part="id", id=account.id)
    sandbox.get("/2/users/5", token="invalid")
    rows = sandbox.http.get("/_sandbox/usage").json()["calls"]
    found = {(r["platform"], r["endpoint"], r["calls"], r["units"], r["rows"]) for r in rows}
    assert found == {
        ("x", "user", 1, 0, 0),
        ("youtube", "channels", 2, 2, 2),
        ("youtube", "channels", 1, 1, 1),
    }
    assert all(len(row["credential"]) == 12 for row in rows[1:])
    assert not any(token in str(rows) for token in ("one", "two", TOKEN))
    assert sandbox.http.delete("/_sandbox/usage").json() == {"calls": []}


def test_limits_are_shown_and_changed_one_by_one(sandbox: Sandbox) -> None:
    before = sandbox.http.get("/_sandbox/limits").json()
    after = sandbox.http.post("/_sandbox/limits", json={"youtube_units_a_day": 5}).json()
    assert after == {**before, "youtube_units_a_day": 5}
    for body in ({"youtube_units": 5}, {"youtube_units_a_day": "many"}, [5]):
        assert sandbox.http.post("/_sandbox/limits", json=body).status_code == 400
    assert sandbox.http.get("/_sandbox/limits").json() == after


@pytest.mark.slow
def test_without_control_nothing_can_be_changed() -> None:
    process, base = start(SMALL)
    try:
        with httpx.Client(base_url=base, trust_env=False) as http:
            for name in ("clock", "usage", "limits", "faults"):
                assert http.get(f"/_sandbox/{name}").status_code == 404
                assert http.post(f"/_sandbox/{name}", json={}).status_code in (404, 405)
            headers = {"authorization": f"Bearer {TOKEN}"}
            assert http.get("/2/users/5", headers=headers).status_code == 200
    finally:
        stop(process)


@pytest.mark.parametrize("path", ["/", "/index.html", "/2/lists", "/youtube/v4/videos"])
def test_paths_of_no_platform_are_not_found(sandbox: Sandbox, path: str) -> None:
    assert sandbox.http.get(path).status_code >= 400


def test_wrong_methods_are_refused(sandbox: Sandbox) -> None:
    assert sandbox.http.post("/2/users/5").status_code == 405
    assert sandbox.http.get("/v2/research/user/info/").status_code >= 400


@pytest.mark.parametrize("token", [None, "", "another", "control-token-of-the-test"])
def test_controls_want_the_token(sandbox: Sandbox, token: str | None) -> None:
    headers = {} if token is None else {TOKEN_HEADER: token}
    for method, name in (
        ("GET", "clock"),
        ("POST", "faults"),
        ("POST", "robots"),
        ("GET", "usage"),
    ):
        answer = httpx.request(
            method, f"{sandbox.base}/_sandbox/{name}", headers=headers, trust_env=False
        )
        assert answer.status_code == 403
        assert TOKEN_HEADER in answer.text
    assert sandbox.http.get("/_sandbox/faults").json() == {"faults": []}


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:80", "127.0.0.1", "[::1]"])
def test_controls_want_their_own_host(sandbox: Sandbox, host: str) -> None:
    """A page may have bound a name of its own to the loopback (DNS rebinding)."""
    answer = sandbox.http.get("/_sandbox/clock", headers={"host": host})
    assert answer.status_code == 403
    port = sandbox.base.rpartition(":")[2]
    answer = sandbox.http.get("/_sandbox/clock", headers={"host": f"localhost:{port}"})
    assert answer.status_code == 200


def test_a_page_of_another_site_changes_nothing(sandbox: Sandbox) -> None:
    """What a browser sends without asking first: plain text, and where it comes from."""
    headers = {"origin": "https://attacker.example", "content-type": "text/plain"}
    body = '{"kind": "server_error", "ratio": 1.0}'
    url = f"{sandbox.base}/_sandbox/faults"
    assert httpx.post(url, content=body, headers=headers, trust_env=False).status_code == 403
    preflight = {**headers, "access-control-request-headers": TOKEN_HEADER}
    answer = httpx.options(url, headers=preflight, trust_env=False)
    assert "access-control-allow-origin" not in answer.headers
    assert sandbox.http.get("/_sandbox/faults").json() == {"faults": []}
