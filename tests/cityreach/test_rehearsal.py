"""A rehearsal, and the commands of other shells that find it by a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cityreach.settings import command_settings
from operations.rehearsal.notice import FILE, RehearsalNotice, live_notice, nested, posted
from sandbox.generate.maker import generate
from tests import oracle
from tests.cityreach.demo_process import cityreach, environment
from tests.cityreach.in_process import Done, command, within
from tests.portal.alerts.receivers import Web, web
from tests.shared import WORLDS
from tests.waiting import end, wait_until

REAL = WORLDS / "real-dev.jsonl.gz"
OVER = "is over: sealed and drafted"


def notice(folder: Path) -> RehearsalNotice:
    given = {
        "CITYREACH_DATA_DIR": str(folder),
        "CITYREACH_MONGO_DATABASE": "rehearsed",
        "CITYREACH_X__TOKENS": '["of the sandbox"]',
    }
    return RehearsalNotice(what="2025-05 of world w", settings=given)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("CITYREACH_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CITYREACH_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_leads_to_a_rehearsal_while_its_process_lives(place: Path) -> None:
    own = place / "try"
    with posted([place, own], notice(own)):
        found = command_settings()
        assert (found.data_dir, found.mongo_database) == (own, "rehearsed")
        assert found.rehearsal == "2025-05 of world w"
        assert (place / FILE).stat().st_mode & 0o077 == 0
    assert command_settings().mongo_database == "cityreach"
    (place / FILE).write_bytes(b"left by a process that was killed")
    assert live_notice(place) is None
    assert command_settings().data_dir == place


def test_the_environment_comes_first_in_its_own_directory(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = place / "try"
    monkeypatch.setenv("CITYREACH_DATA_DIR", str(own))
    monkeypatch.setenv("CITYREACH_MONGO_DATABASE", "another")
    (place / ".env").write_text('CITYREACH_X__TOKENS=["real"]\n')
    with posted([own], notice(own)):
        found = command_settings()
        written = (own / "rehearsal.json").read_text("utf-8")
    assert found.mongo_database == "another"
    assert [one.get_secret_value() for one in found.platform("x").tokens] == ["sandbox-token"]
    assert "of the sandbox" not in written, "no credential is kept in the file"
    assert found.rehearsal == ""


@pytest.mark.parametrize("key", ["MONGO_URI", "REDIS_URI"])
def test_a_real_collection_is_never_hidden(
    key: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CITYREACH_{key}", f"{key[:5].lower()}://127.0.0.1:1")
    with posted([place, place / "try"], notice(place / "try")):
        assert command_settings().mongo_database == "cityreach"


@pytest.mark.parametrize("words", [("cost", "--accounts", "3"), ("doctor",)])
def test_commands_that_need_no_server_tell_of_it_too(words: tuple[str, ...], kept: Path) -> None:
    done = command(*words, data=kept)
    assert done.stderr.startswith("rehearsal: 2025-05 of world generated-7; the clock shows")


def test_variables_become_sections() -> None:
    found = nested(
        {"CITYREACH_X__TOKENS": '["a"]', "CITYREACH_X__QPS": "2", "CITYREACH_ZONE": "UTC"}
    )
    assert found == {"x": {"tokens": ["a"], "qps": "2"}, "zone": "UTC"}


def test_all_is_well_in_a_kept_demo_without_exports(kept: Path) -> None:
    """The other shell names the data directory that the demo lies below, and nothing else."""
    wait_until(lambda: _ending(kept))
    state = wait_until(lambda: _led(command("status", "--json", data=kept)))
    assert "rehearsal: 2025-05 of world generated-7; the clock shows 2025-06-05" in state.stderr
    found = json.loads(state.stdout)
    assert found["to_do"] == []
    assert found["scheduler"]
    assert {job["state"] for job in found["jobs"]} <= {"ok", "not yet"}
    gaps = command("gaps", "--period", "2025-05", "--json", data=kept)
    assert json.loads(gaps.stdout) == []
    doctor = command("doctor", data=kept)
    assert doctor.returncode == 0, doctor.stdout
    assert "MISSING" not in doctor.stdout
    measures = command("measures", "--period", "2025-05", "--json", data=kept)
    assert json.loads(measures.stdout) == json.loads((kept / "out" / "measures.json").read_text())


def test_a_demo_ends_with_what_to_try_next(kept: Path) -> None:
    lines = wait_until(lambda: _ending(kept))
    assert len(lines) == 5
    assert "645 visits to 90 accounts, 2,777 post readings of 843 posts" in lines[0]
    assert lines[1].startswith("First in 2025-05: 北京 Beijing 84.9")
    assert str(kept / "demo") in lines[2]
    assert f"CITYREACH_DATA_DIR={kept} " in lines[3]


def _led(status: Done) -> Done | None:
    assert status.returncode == 0, status.stderr
    return status if json.loads(status.stdout)["scheduler"] else None


def _ending(kept: Path) -> list[str]:
    said = (kept / "demo.log").read_text().splitlines()
    last = [n for n, line in enumerate(said) if line.startswith("Your own accounts")]
    return said[last[0] - 4 : last[0] + 1] if last else []


def test_faults_are_set_from_the_command_line(kept: Path) -> None:
    added = within(kept, "faults", "add", "rate_limited", "platform=x", "ratio=0.25", "count=3")
    assert added.returncode == 0, added.stderr
    (one,) = json.loads(within(kept, "faults", "list", "--json").stdout)
    assert (one["kind"], one["hits"]) == ("rate_limited", 0)
    assert "platform=x" in one["fault"]
    assert within(kept, "faults", "clear").returncode == 0
    assert json.loads(within(kept, "faults", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["earthquake"], "faults add earthquake: expected one of rate_limited"),
        (["timeout", "platform"], "expected KEY=VALUE"),
        (["timeout", "ratio=2"], "<= 1"),
        (["timeout", "colour=blue"], "faults add colour=blue: expected one of platform"),
    ],
)
def test_faults_that_are_none(given: list[str], told: str, kept: Path) -> None:
    done = within(kept, "faults", "add", *given)
    assert done.returncode == 2, done.stderr
    assert told in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--world", "none.jsonl"], "--world none.jsonl: there is no such file"),
        (["--world", "x", "--speed", "-1"], "--speed"),
    ],
)
def test_rehearsals_that_cannot_begin(args: list[str], told: str, tmp_path: Path) -> None:
    done = command("try", *args, data=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "try").exists()


def test_faults_without_a_sandbox(tmp_path: Path) -> None:
    done = command("faults", "list", data=tmp_path)
    assert done.returncode == 1
    assert "no sandbox is running here" in done.stderr


@contextmanager
def tried(data: Path, *args: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A rehearsal that runs; ended with the test."""
    call = [sys.executable, "-m", "cityreach", "try", *args]
    with (data / "try.log").open("w") as log:
        env = {**environment(data), **more}
        process = subprocess.Popen(call, env=env, cwd=data, stdout=log, stderr=log, text=True)
        try:
            yield process
        finally:
            end(process)


def channel(receiver: Web) -> dict[str, str]:
    """The settings of a team that is told of alerts, and every morning how it stands."""
    told = {"team": {"kind": "webhook", "url": receiver.url, "secret": "s"}}
    return {
        "CITYREACH_ALERTS__CHANNELS": json.dumps(told),
        "CITYREACH_ALERTS__MORNING": "08:00",
        "CITYREACH_PORTAL__PORT": "0",
    }


def summaries(receiver: Web) -> list[str]:
    """The mornings' messages so far."""
    said = [json.loads(one.body) for one in receiver.posted]
    return [one["title"] for one in said if one.get("summary")]


def rehearsed(data: Path, world: Path, speed: str, accounts: int, **more: str) -> list[str]:
    """A month to its end, looked at from another shell; the mornings' messages."""
    with web() as receiver:
        env = {**channel(receiver), **more}
        asked = ("--world", str(world), "--period", "2025-05", "--speed", speed)
        with tried(data, *asked, **env) as process:
            wait_until(lambda: len(summaries(receiver)) > 3, process=process, within=300)
            in_the_middle(data)
            assert cityreach("alerts", "test", data=data, **channel(receiver)).returncode == 0
            assert any(json.loads(one.body).get("alerts") for one in receiver.posted)
            wait_until(lambda: OVER in (data / "try.log").read_text(), process=process, within=900)
            at_the_end(data, world)
        assert f"all well: {accounts} of {accounts} accounts read" in summaries(receiver)[1]
        return summaries(receiver)


def in_the_middle(data: Path) -> None:
    """Nothing is exported: the file says where everything is, and what time it is."""
    status = cityreach("status", "--json", data=data)
    assert status.returncode == 0, status.stderr
    found = json.loads(status.stdout)
    assert found["to_do"] == []
    assert found["scheduler"]
    assert found["now"].startswith("2025-05")
    assert all(job["state"] in {"ok", "not yet"} for job in found["jobs"]), found["jobs"]


def at_the_end(data: Path, world: Path) -> None:
    """The month is as the world says, without gaps, sealed and drafted."""
    measures = cityreach("measures", "--period", "2025-05", "--json", data=data)
    got: list[Any] = json.loads(measures.stdout)
    assert list(oracle.differences(got, oracle.expected(world, "2025-05"))) == []
    gaps = cityreach("gaps", "--period", "2025-05", "--json", data=data)
    assert json.loads(gaps.stdout) == []
    issues = json.loads(cityreach("issue", "list", "--json", data=data).stdout)
    assert [(one["period"], one["state"]) for one in issues] == [("2025-05", "draft")]


@pytest.mark.long
def test_a_month_of_one_city_is_rehearsed(tmp_path: Path) -> None:
    world = tmp_path / "one.jsonl.gz"
    world.write_bytes(generate(7, 1))
    plan = {"CITYREACH_PLAN__NAME": "demo", "CITYREACH_PLAN__PROFILE_EVERY": "1d"}
    assert len(rehearsed(tmp_path, world, "0", 5, **plan)) >= 36, "one each day until it is sealed"


@pytest.mark.long
@pytest.mark.shared
def test_a_month_of_the_real_world_is_rehearsed_at_speed(tmp_path: Path) -> None:
    mornings = rehearsed(tmp_path, REAL, "86400", 40, CITYREACH_PLAN__NAME="daily")
    assert len(mornings) >= 30
    assert all(": 40 of 40 accounts read" in one for one in mornings[1:30])
