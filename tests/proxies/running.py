"""A proxy that really runs, and what it was asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.proxies.certificate import make_certificate
from tests.shared import ROOT
from tests.waiting import LIMIT

USER, PASSWORD = "office-member", "pa-ss.word_9"
NAME = "sandbox.test"
"""A host that nobody but the proxy can find."""


@dataclass
class RunningProxy:
    """One process."""

    port: int
    secure_port: int
    """Behind TLS, with the certificate of `authority`."""
    log: Path
    authority: Path
    process: subprocess.Popen[bytes]

    def url(self, scheme: str, login: str = f"{USER}:{PASSWORD}") -> str:
        """Its address with user and password."""
        port = self.secure_port if scheme == "https" else self.port
        return f"{scheme}://{login}{'@' if login else ''}127.0.0.1:{port}"

    @property
    def asked(self) -> list[str]:
        """A line for each place that it was asked to connect to."""
        return [line for line in self.log.read_text().splitlines()[1:] if NAME in line]

    @property
    def asked_for_others(self) -> list[str]:
        """The same for any other place."""
        return [line for line in self.log.read_text().splitlines()[1:] if NAME not in line]

    def die(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(timeout=LIMIT)


@contextmanager
def proxy(folder: Path) -> Iterator[RunningProxy]:
    """A proxy with a login, ended with the block."""
    log, authority = folder / "proxy.log", folder / "proxy.pem"
    make_certificate(authority)
    command = [sys.executable, "-W", "ignore", "-m", "tests.proxies.proxy_process"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, f"{USER}:{PASSWORD}", str(authority)], cwd=ROOT, stdout=out
        )
    try:
        from tests.waiting import wait_until

        wait_until(lambda: "\n" in log.read_text())
        port, secure_port = map(int, log.read_text().split("\n")[0].split())
        yield RunningProxy(port, secure_port, log, authority, process)
    finally:
        process.kill()
        process.wait(timeout=LIMIT)
