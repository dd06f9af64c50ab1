"""`accounts verify` against a running sandbox, with a real MongoDB and Redis."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from embedded import Stack
from model.account import Account
from model.platform import PLATFORMS, PlatformName
from model.servers import Servers
from operations.errors import Failed, UsageError
from operations.rehearsal.world_run import sandbox_environment
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from operations.settings import Settings
from operations.verify import in_order, verify_accounts
from sandbox.world.model import WorldAccount as InWorld
from store.accounts import accounts, put_accounts
from tests.cityreach.demo_process import environment
from tests.sandbox.running import CUTOFF, Sandbox, running

CITIES = ("beijing", "shanghai")
BY_ID: tuple[PlatformName, ...] = ("facebook", "x", "youtube")
Rows = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Servers]]:
    """Servers of our own, and the data directory by which other processes find them."""
    data = tmp_path_factory.mktemp("verify")
    with Stack(data) as servers:
        yield data, servers.start()


def settings(data: Path, url: str, **more: dict[str, Any]) -> Settings:
    """Every platform leads to the sandbox."""
    sections: dict[str, dict[str, Any]] = {
        name: {
            "api_url": url,
            "web_url": f"{url}/web/{name}",
            "tokens": ["token"],
            "web_pause": 0.0,
            **more.get(name, {}),
        }
        for name in PLATFORMS
    }
    sections["tiktok"] |= {"tokens": [], "client_key": "key", "client_secret": "secret"}
    sections["instagram"]["user_id"] = "17841400000000000"
    return load_settings(
        None, data_dir=data, clock_file=data / "clock", mongo_database="verify", **sections
    )


@pytest.fixture
def runtime(sandbox: Sandbox, stack: tuple[Path, Servers]) -> Iterator[Runtime]:
    """An empty registry; both clocks at the end of the world's month, no faults."""
    data, servers = stack
    found = open_runtime(settings(data, sandbox.base), servers)
    for name in found.db.list_collection_names():
        found.db[name].delete_many({})
    found.redis.flushdb()
    at(found, sandbox, datetime.fromisoformat(CUTOFF))
    yield found
    found.close()


def at(runtime: Runtime, sandbox: Sandbox, now: datetime) -> None:
    """Moves both clocks."""
    sandbox.at(f"{now:%Y-%m-%dT%H:%M:%SZ}")
    assert runtime.settings.clock_file is not None
    set_file_clock(runtime.settings.clock_file, now)


def world(sandbox: Sandbox, platform: PlatformName) -> list[InWorld]:
    return list(sandbox.world.accounts[platform].values())


def register(runtime: Runtime, found: list[InWorld], *, with_ids: bool) -> None:
    """Accounts of the world, by id and handle or by handle alone."""
    put_accounts(
        runtime.db,
        [
            Account(
                platform=one.platform,
                id=one.id if with_ids else "",
                handle=one.handle,
                city=one.city,
                source="test",
            )
            for one in found
        ],
    )


def verified(runtime: Runtime, platform: PlatformName | None = None) -> Rows:
    """The rows by `platform:handle` as they were registered."""
    rows, _ = verify_accounts(runtime, platform)
    return {f"{row['platform']}:{row['handle']}": row for row in rows}


def states(rows: Rows) -> set[str]:
    return {row["state"] for row in rows.values()}


def test_handles_become_ids_in_the_fewest_calls(runtime: Runtime, sandbox: Sandbox) -> None:
    for name in PLATFORMS:
        register(runtime, world(sandbox, name), with_ids=False)
    assert not any(one.id for one in accounts(runtime.db))
    rows = verified(runtime)
    assert states(rows) == {"resolved"}
    sizes = {name: len(world(sandbox, name)) for name in PLATFORMS}
    calls = {key: calls for key, (calls, _, _) in sandbox.usage().items()}
    assert calls == {
        ("facebook", "batch"): 1,
        ("facebook", "node"): sizes["facebook"],
        ("x", "users_by"): 1,
        ("instagram", "business_discovery"): sizes["instagram"],
        ("youtube", "channels"): sizes["youtube"],
        ("tiktok", "web.profile"): sizes["tiktok"],
    }
    stored = accounts(runtime.db)
    assert all(one.id for one in stored)
    for name in PLATFORMS:
        truth = {one.id: one for one in world(sandbox, name)}
        mine = {one.id: one for one in stored if one.platform == name}
        assert mine.keys() == truth.keys()
        for id_, one in mine.items():
            assert (one.handle, one.name) == (truth[id_].handle, truth[id_].name)
            assert one.verified_at == sandbox.now
            assert one.city == truth[id_].city


def test_followers_marks_and_creation_dates_are_kept(runtime: Runtime, sandbox: Sandbox) -> None:
    for name in PLATFORMS:
        register(runtime, world(sandbox, name), with_ids=False)
    rows = verified(runtime)
    for name in PLATFORMS:
        for one in world(sandbox, name):
            row, shown = rows[f"{name}:{one.handle}"], one.counters.at(sandbox.instant)
            step = 1 if name != "youtube" else 10 ** max(len(str(shown["followers"])) - 3, 0)
            assert row["followers"] == shown["followers"] // step * step
            stored = runtime.db.accounts.find_one({"_id": f"{name}:{one.id}"})
            assert stored is not None
            assert stored["observed"]["latest"]["counts"]["followers"] == row["followers"]
            assert [h["handle"].lower() for h in stored["handles"]] == [one.handle.lower()]
    assert rows["x:" + world(sandbox, "x")[0].handle]["created_at"]
    assert runtime.db.account_readings.count_documents({}) == len(rows)
    assert runtime.db.raw.count_documents({}) > 0


def test_known_ids_are_verified_by_id_where_that_is_cheaper(
    runtime: Runtime, sandbox: Sandbox
) -> None:
    for name in PLATFORMS:
        register(runtime, world(sandbox, name), with_ids=True)
    rows = verified(runtime)
    assert states(rows) == {"verified"}
    calls = {key: calls for key, (calls, _, _) in sandbox.usage().items()}
    assert calls[("x", "users")] == calls[("youtube", "channels")] == 1
    assert calls[("facebook", "batch")] == 1
    assert in_order(rows.values())


@pytest.mark.parametrize("platform", BY_ID)
def test_a_renamed_account_is_followed_by_its_id(
    runtime: Runtime, sandbox: Sandbox, platform: PlatformName
) -> None:
    register(runtime, world(sandbox, platform), with_ids=True)
    verified(runtime, platform)
    one, new = world(sandbox, platform)[3], "newnameofit"
    sandbox.fault(platform=platform, kind="renamed_handle", account=one.id, handle=new)
    at(runtime, sandbox, sandbox.now + timedelta(hours=1))
    rows = verified(runtime, platform)
    row = rows[f"{platform}:{one.handle}"]
    assert (row["state"], row["handle_now"], row["id"]) == ("renamed", new, one.id)
    assert row["taken_by"] is None
    assert states(rows) == {"verified", "renamed"}
    stored = runtime.db.accounts.find_one({"_id": f"{platform}:{one.id}"})
    assert stored is not None
    assert stored["handle"] == new
    history = [entry["handle"].lower() for entry in stored["handles"]]
    assert history == [one.handle.lower(), new]
    assert [entry["handle"] for entry in stored["former_handles"]] == [one.handle]
    again = verified(runtime, platform)
    assert again[f"{platform}:{new}"]["state"] == "verified"
    assert len(accounts(runtime.db)) == len(rows)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_handle_of_somebody_else_is_an_alarm(
    runtime: Runtime, sandbox: Sandbox, platform: PlatformName
) -> None:
    register(runtime, world(sandbox, platform), with_ids=True)
    one = world(sandbox, platform)[2]
    sandbox.fault(platform=platform, kind="reused_handle", account=one.id)
    rows, alarms = verify_accounts(runtime, platform)
    (row,) = [row for row in rows if row["state"] != "verified"]
    assert (row["state"], row["id"]) == ("reused", one.id)
    assert row["taken_by"] not in (None, one.id)
    assert alarms == [
        f"{platform}:{one.id}: the handle {one.handle} belongs to "
        f"{platform}:{row['taken_by']} (Somebody else) now"
    ]
    assert not in_order(rows)
    assert one.id in {account.id for account in accounts(runtime.db)}
    assert row["taken_by"] not in {account.id for account in accounts(runtime.db)}
    # By its id it is proved to be gone, by its handle alone it may have been renamed.
    assert (row["absent_since"] is not None) == (platform in BY_ID)


@pytest.mark.parametrize("with_ids", [True, False])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_account_is_gone_after_two_visits_a_day_apart(
    runtime: Runtime, sandbox: Sandbox, platform: PlatformName, with_ids: bool
) -> None:
    one = world(sandbox, platform)[1]
    register(runtime, [one], with_ids=with_ids)
    sandbox.fault(platform=platform, kind="gone_account", account=one.id)
    began, seen = sandbox.now, []
    for hours in (0, 23, 24):
        at(runtime, sandbox, began + timedelta(hours=hours))
        (row,) = verified(runtime, platform).values()
        seen.append((row["state"], row["absent_since"], row["gone_at"] is not None))
    first = f"{began:%Y-%m-%dT%H:%M:%SZ}"
    assert seen == [("absent", first, False), ("absent", first, False), ("gone", first, True)]
    assert len(accounts(runtime.db)) == 1
    sandbox.http.delete("/_sandbox/faults")
    (row,) = verified(runtime, platform).values()
    assert row["state"] == ("verified" if with_ids else "resolved")
    assert row["absent_since"] is None
    assert runtime.db.accounts.count_documents({"absent_since": {"$exists": True}}) == 0


@pytest.mark.parametrize("platform", ["instagram", "tiktok"])
def test_without_a_look_up_by_id_renamed_looks_like_gone_and_says_so(
    runtime: Runtime, sandbox: Sandbox, platform: PlatformName
) -> None:
    one = world(sandbox, platform)[1]
    register(runtime, [one], with_ids=True)
    sandbox.fault(platform=platform, kind="renamed_handle", account=one.id, handle="newnameofit")
    (row,) = verified(runtime, platform).values()
    assert row["state"] == "absent"
    assert "it may have been renamed" in row["detail"]


def test_the_research_api_tells_no_id(runtime: Runtime, sandbox: Sandbox) -> None:
    by_api = open_runtime(
        settings(runtime.settings.data_dir, sandbox.base, tiktok={"route": "api"}),
        Servers(runtime.mongo_uri, runtime.redis_uri),
    )
    register(runtime, world(sandbox, "tiktok")[:2], with_ids=False)
    rows = verified(by_api, "tiktok")
    by_api.close()
    assert states(rows) == {"unresolved"}
    assert all("the public page does" in row["detail"] for row in rows.values())
    assert all(row["followers"] for row in rows.values())
    assert ("tiktok", "web.profile") not in sandbox.usage()
    assert not any(one.id for one in accounts(runtime.db))


def test_one_platform_that_refuses_leaves_the_others_alone(
    runtime: Runtime, sandbox: Sandbox
) -> None:
    for name in ("x", "youtube"):
        register(runtime, world(sandbox, name), with_ids=False)
    sandbox.fault(platform="x", kind="expired_token")
    rows = verified(runtime)
    by_platform = {
        name: {r["state"] for r in rows.values() if r["platform"] == name}
        for name in ("x", "youtube")
    }
    assert by_platform == {"x": {"failed"}, "youtube": {"resolved"}}
    assert all("token_invalid" in row["detail"] for row in rows.values() if row["platform"] == "x")
    assert {account.id for account in accounts(runtime.db, "x")} == {""}


def test_a_handle_of_an_account_that_is_registered_by_id_is_no_second_account(
    runtime: Runtime, sandbox: Sandbox
) -> None:
    one = world(sandbox, "x")[0]
    put_accounts(
        runtime.db,
        [
            Account(platform="x", id=one.id, handle="ItsOldName", city="beijing"),
            Account(platform="x", id="", handle=one.handle, city="shanghai"),
        ],
    )
    rows = verified(runtime, "x")
    assert rows["x:ItsOldName"]["state"] == "renamed"
    assert rows[f"x:{one.handle}"]["state"] == "duplicate"
    assert rows[f"x:{one.handle}"]["detail"] == f"x:{one.id} is registered already"


def test_batches_are_full(runtime: Runtime, tmp_path: Path) -> None:
    numbers = {"x": 230, "facebook": 120}
    lines: list[dict[str, Any]] = [
        {
            "kind": "world",
            "version": 1,
            "name": "many",
            "start": "2025-05-01T00:00:00Z",
            "end": "2025-06-08T00:00:00Z",
            "note": "",
        }
    ]
    for platform, number in numbers.items():
        lines += [
            {
                "kind": "account",
                "platform": platform,
                "id": str(10**14 + n),
                "handle": f"Account{n:03}",
                "name": f"Account {n}",
                "city": CITIES[n % 2],
                "created_at": "2015-01-01T00:00:00Z",
                "readings": [{"at": "2025-05-01T00:00:00Z", "followers": n, "posts": 0}],
            }
            for n in range(number)
        ]
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    with running(file) as many:
        servers = Servers(runtime.mongo_uri, runtime.redis_uri)
        inside = open_runtime(settings(runtime.settings.data_dir, many.base), servers)
        for name in ("x", "facebook"):
            register(inside, world(many, name), with_ids=False)
        rows = verified(inside)
        inside.close()
        calls = {key: calls for key, (calls, _, _) in many.usage().items()}
    assert states(rows) == {"resolved"}
    assert calls == {
        ("x", "users_by"): 3,
        ("facebook", "batch"): 3,
        ("facebook", "node"): numbers["facebook"],
    }


def test_the_command_prints_rows_and_tells_what_is_not_in_order(
    runtime: Runtime, sandbox: Sandbox
) -> None:
    register(runtime, world(sandbox, "x"), with_ids=False)
    data = runtime.settings.data_dir
    more = {
        **sandbox_environment(sandbox.base),
        "CITYREACH_MONGO_DATABASE": "verify",
        "CITYREACH_CLOCK_FILE": str(data / "clock"),
    }

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cityreach", "accounts", *args]
        env = {**environment(data), **more}
        return subprocess.run(command, env=env, cwd=data, capture_output=True, text=True)

    done = run("verify", "--platform", "x", "--json")
    assert done.returncode == 0, done.stderr
    assert {row["state"] for row in json.loads(done.stdout)} == {"resolved"}
    one = world(sandbox, "x")[0]
    sandbox.fault(platform="x", kind="reused_handle", account=one.id)
    done = run("verify", "--account", f"x:{one.id}")
    assert done.returncode == 3
    assert "reused" in done.stdout
    assert f"the handle {one.handle} belongs to" in " ".join(done.stderr.split())
    wrong = run("verify", "--account", "x:1")
    assert wrong.returncode == 2
    assert "--account x:1: not in the registry" in " ".join(wrong.stderr.split())
    listed = json.loads(run("list", "--json").stdout)
    assert all(row["verified_at"] for row in listed)


def test_without_accounts_or_credentials_it_says_what_to_do(
    runtime: Runtime, sandbox: Sandbox
) -> None:
    with pytest.raises(Failed, match="accounts import"):
        verify_accounts(runtime)
    register(runtime, world(sandbox, "x"), with_ids=True)
    with pytest.raises(UsageError, match="x:none"):
        verify_accounts(runtime, None, ["x:none"])
    bare = open_runtime(
        settings(runtime.settings.data_dir, sandbox.base, x={"tokens": [], "route": "api"}),
        Servers(runtime.mongo_uri, runtime.redis_uri),
    )
    rows = verified(bare)
    bare.close()
    assert states(rows) == {"failed"}
    assert all("no credentials" in row["detail"] for row in rows.values())
    assert sandbox.usage() == {}
