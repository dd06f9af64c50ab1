"""A proxy that really runs, and what it was asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.shared import ROOT
from tests.waiting import LIMIT

USER, PASSWORD = "office-member", "pa-ss.word_9"
NAME = "sandbox.test"
"""A host that nobody but the proxy can find."""


@dataclass
class RunningProxy:
    """One process."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def url(self, scheme: str, login: str = f"{USER}:{PASSWORD}") -> str:
        """Its address with user and password."""
        return f"{scheme}://{login}{'@' if login else ''}127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[str]:
        """A line for each place that it was asked to connect to."""
        return [line for line in self.log.read_text().splitlines() if NAME in line]

    def die(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(timeout=LIMIT)


@contextmanager
def proxy(folder: Path) -> Iterator[RunningProxy]:
    """A proxy with a login, ended with the block."""
    log = folder / "proxy.log"
    command = [sys.executable, "-W", "ignore", "-m", "tests.proxies.proxy_process"]
    with log.open("wb") as out:
        process = subprocess.Popen([*command, f"{USER}:{PASSWORD}"], cwd=ROOT, stdout=out)
    try:
        from tests.waiting import wait_until

        wait_until(lambda: "\n" in log.read_text())
        yield RunningProxy(int(log.read_text().split("\n")[0]), log, process)
    finally:
        process.kill()
        process.wait(timeout=LIMIT)
