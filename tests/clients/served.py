"""A sandbox that really runs, in the project's own environment, and its controls."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.clients.worlds import CUTOFF, World

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "sandbox" / "worlds" / "small.jsonl.gz"
PYTHON = ROOT / ".venv" / "bin" / "python"
TOKEN = "control-token-of-the-tests"
READY = "sandbox ready on "


@contextmanager
def serving(path: Path) -> Iterator[Sandbox]:
    """The sandbox with a world, stopped at the end."""
    command = [str(PYTHON), "-m", "sandbox", "--world", str(path), "--port", "0", "--control"]
    environment = {**os.environ, "SANDBOX_CONTROL_TOKEN": TOKEN}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(READY), f"the sandbox did not start (exit code {process.wait()})"
        try:
            yield Sandbox(line.removeprefix(READY).strip(), World(path))
        finally:
            process.terminate()


class Sandbox:
    """Where it is, what it serves, and what it was asked."""

    def __init__(self, base: str, world: World) -> None:
        self.base = base
        self.world = world
        # Whatever proxy the machine is set to use, loopback is not behind it.
        self._opener = build_opener(ProxyHandler({}))
        self._first_limits = self.control("limits")

    def control(self, path: str, method: str = "GET", value: Any = None) -> Any:
        """One call of `/_sandbox/…`."""
        body = None if value is None else json.dumps(value).encode()
        request = Request(f"{self.base}/_sandbox/{path}", data=body, method=method)
        request.add_header("X-Sandbox-Token", TOKEN)
        with self._opener.open(request, timeout=20) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Everything as after the start, at the cut-off; quotas go by credential and stay."""
        self.control("faults", "DELETE")
        self.control("usage", "DELETE")
        self.control("limits", "POST", self._first_limits)
        self.at(CUTOFF)

    def at(self, now: datetime) -> None:
        """Sets the clock."""
        self.control("clock", "POST", {"now": now.isoformat(), "rate": 0})

    def fault(self, **fault: Any) -> None:
        """Puts a fault in force."""
        self.control("faults", "POST", fault)

    def limits(self, **limits: Any) -> None:
        """Changes limits."""
        self.control("limits", "POST", limits)

    def calls(self, platform: str, endpoint: str) -> int:
        """How often an endpoint was called since the test began."""
        return sum(
            int(row["calls"])
            for row in self.control("usage")["calls"]
            if (row["platform"], row["endpoint"]) == (platform, endpoint)
        )
