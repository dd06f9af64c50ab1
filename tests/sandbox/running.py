"""A sandbox that really runs, and what tests ask of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from model.platform import PlatformName
from sandbox.serve import CONTROL_TOKEN_VARIABLE
from sandbox.service.access import TOKEN_HEADER
from sandbox.world.file import load_world
from sandbox.world.model import World, WorldAccount, WorldPost, to_instant
from tests.shared import ROOT
from tests.waiting import LIMIT

SMALL = ROOT / "sandbox" / "worlds" / "small.jsonl.gz"
CUTOFF = "2025-06-03T16:00:00Z"
TOKEN = "token-of-the-tests"
CONTROL = {TOKEN_HEADER: "control-token-of-the-tests"}
"""The headers that open `/_sandbox/…`."""
READY = "sandbox ready on "


def start(world: Path, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Starts `python -m sandbox` on a free port; its process and its address."""
    command = [sys.executable, "-m", "sandbox", "--world", str(world), *arguments]
    environment = {**os.environ, CONTROL_TOKEN_VARIABLE: CONTROL[TOKEN_HEADER]}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(READY):
        process.stdout.close()
        raise AssertionError(f"the sandbox did not start (exit code {process.wait()})")
    return process, line.removeprefix(READY).strip()


def stop(process: subprocess.Popen[str]) -> int:
    """Stops it and gives its exit code."""
    process.terminate()
    code = process.wait(timeout=LIMIT)
    if process.stdout is not None:
        process.stdout.close()
    return code


@contextmanager
def running(world: Path, *arguments: str) -> Iterator[Sandbox]:
    """A sandbox with its controls, stopped at the end."""
    process, base = start(world, "--control", *arguments)
    try:
        with Sandbox(base, load_world(world)) as sandbox:
            yield sandbox
    finally:
        stop(process)


class Sandbox:
    """A client of one running sandbox, and the world that it serves."""

    def __init__(self, base: str, world: World) -> None:
        self.base = base
        self.world = world
        headers = {"authorization": f"Bearer {TOKEN}", **CONTROL}
        self.http = httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=LIMIT)
        self.now = world.start
        self.first_limits = self.http.get("/_sandbox/limits").json()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def reset(self) -> None:
        """Everything as after the start, but for quotas: those go by credential."""
        self.http.delete("/_sandbox/faults").raise_for_status()
        self.limits(**self.first_limits)
        self.http.delete("/_sandbox/usage").raise_for_status()
        self.http.cookies.clear()
        self.at(CUTOFF)

    def at(self, now: str) -> None:
        """Sets the clock."""
        answer = self.http.post("/_sandbox/clock", json={"now": now, "rate": 0})
        answer.raise_for_status()
        self.now = datetime.fromisoformat(now)

    def get(self, path: str, *, token: str = TOKEN, **params: Any) -> httpx.Response:
        """A GET call with a bearer token."""
        headers = {"authorization": f"Bearer {token}" if token else ""}
        return self.http.get(path, params=params, headers=headers)

    def json(self, path: str, **params: Any) -> Any:
        """The JSON of a successful GET call."""
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, **fault: Any) -> None:
        """Puts a fault in force."""
        answer = self.http.post("/_sandbox/faults", json=fault)
        assert answer.status_code == 200, answer.text

    def limits(self, **limits: Any) -> None:
        """Changes limits."""
        answer = self.http.post("/_sandbox/limits", json=limits)
        assert answer.status_code == 200, answer.text

    def usage(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Calls, units and rows by platform and endpoint, all credentials together."""
        sums: dict[tuple[str, str], tuple[int, int, int]] = {}
        for row in self.http.get("/_sandbox/usage").json()["calls"]:
            key = (row["platform"], row["endpoint"])
            calls, units, rows = sums.get(key, (0, 0, 0))
            sums[key] = (calls + row["calls"], units + row["units"], rows + row["rows"])
        return sums

    # --- the world

    @property
    def instant(self) -> int:
        """The sandbox's present as the world counts it."""
        return to_instant(self.now)

    def busiest(self, platform: PlatformName) -> WorldAccount:
        """The account with most posts."""
        accounts = self.world.accounts[platform].values()
        return max(accounts, key=lambda account: len(account.posts))

    def silent(self, platform: PlatformName) -> WorldAccount:
        """An account without any post."""
        accounts = self.world.accounts[platform].values()
        return next(account for account in accounts if not account.posts)

    def visible(self, account: WorldAccount) -> list[WorldPost]:
        """Its posts that can be seen at present, newest first."""
        return account.visible(self.instant)[::-1]

    def deleted(self, platform: PlatformName) -> WorldPost:
        """A post that is deleted at present."""
        posts = self.world.posts[platform].values()
        return next(post for post in posts if post.published < post.gone <= self.instant)

    def shown(self, post: WorldPost) -> dict[str, int]:
        """What the world says of its counters at present."""
        return post.counters.at(self.instant)
