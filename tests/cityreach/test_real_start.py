"""How a team starts: its own accounts and tokens, `up`, `doctor --online`, `collect`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from model.platform import PLATFORMS
from operations.rehearsal.world_run import sandbox_environment, sandbox_process
from tests import oracle
from tests.cityreach.demo_process import SMALL, cityreach, environment
from tests.waiting import LIMIT, wait_until

HEADER = "city,platform,handle,id,name,class,primary,source,note\n"
WINDOW = ("--since", "2025-04-30T16:00:00Z", "--until", "2025-05-31T16:00:00Z")


@dataclass
class Team:
    """A team's installation that is up, against the sandbox."""

    data: Path
    settings: dict[str, str]
    accounts: list[oracle.Line]

    def run(self, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
        return cityreach(*args, data=self.data, **{**self.settings, **more})


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    data = tmp_path_factory.mktemp("team")
    accounts = [line for line in oracle.lines(SMALL) if line["kind"] == "account"]
    with sandbox_process(SMALL, "unused") as url:
        settings = sandbox_environment(url)
        log = data / "up.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "cityreach", "up"],
                env={**environment(data), **settings},
                cwd=data,
                stdout=out,
                stderr=out,
            )
        try:
            wait_until(lambda: "parts are running" in log.read_text(), process=process)
            yield Team(data, settings, accounts)
            # It stops cleanly.
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=LIMIT) == 0, log.read_text()
            assert "all parts have stopped" in log.read_text()
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)


def of(team: Team, platform: str) -> oracle.Line:
    return next(a for a in team.accounts if a["platform"] == platform)


def test_everything_is_up(team: Team) -> None:
    """And ends with code 0 when it is asked to: see the fixture."""
    done = team.run("status", "--json")
    assert done.returncode == 0, done.stderr
    log = (team.data / "up.log").read_text()
    assert all(name in log for name in ("write", "schedule", *(f"crawl {p}" for p in PLATFORMS)))


def test_accounts_are_imported_and_collected(team: Team) -> None:
    platforms = ("facebook", "x", "instagram", "youtube", "tiktok")
    chosen = [of(team, platform) for platform in platforms]
    rows = [
        f"{a['city']},{a['platform']},{a['handle']},{a['id']},{a['name']},main,yes,own,"
        for a in chosen
    ]
    (team.data / "accounts.csv").write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    done = team.run("accounts", "import", "accounts.csv")
    assert done.returncode == 0, done.stderr
    asked = [arg for a in chosen for arg in ("--account", f"{a['platform']}:{a['id']}")]
    done = team.run("collect", *asked, *WINDOW, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = json.loads(done.stdout)
    assert {row["outcome"] for row in outcomes} <= {"ok", "ok_nothing_new"}
    assert len(outcomes) == 9, "five timelines, and profiles where they do not ride along"


def test_doctor_tries_the_credentials(team: Team) -> None:
    done = team.run("doctor", "--online", "--json")
    assert done.returncode == 0, done.stdout
    online = [f for f in json.loads(done.stdout) if f["name"].endswith("online")]
    assert len(online) == 5
    assert all(finding["ok"] for finding in online)


def test_a_wrong_token_stops_its_platform_alone(team: Team) -> None:
    wrong = {"CITYREACH_X__TOKENS": '["invalid-token"]', "CITYREACH_X__ROUTE": "api"}
    done = team.run("doctor", "--online", "--json", **wrong)
    assert done.returncode == 1
    found = {f["name"]: f for f in json.loads(done.stdout)}
    assert "token_invalid" in found["x online"]["text"]
    assert "replace the token" in found["x online"]["remedy"]
    assert found["youtube online"]["ok"]
    assert "invalid-token" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--account", "x:999"], "not in the registry"),
        (["--since", "2025-06-01", "--until", "2025-05-01"], "must lie before"),
        (["--platform", "friendster"], "expected one of"),
    ],
)
def test_wrong_orders_are_named(team: Team, args: list[str], told: str) -> None:
    done = team.run("collect", *args)
    assert done.returncode == 2, done.stderr
    assert told in " ".join(done.stderr.split())
