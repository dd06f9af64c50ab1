"""Five hosts with all that runs on them: servers, and the parts by their own command lines.

`python -m tests.hosts.stand WORLD FOLDER` sets them up and keeps them until SIGINT or SIGTERM.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import httpx

from cityreach.settings import load_settings
from embedded.supervise import Part, PartState, Supervisor
from model.backoff import Backoff
from model.platform import PLATFORMS
from model.servers import Servers as Addresses
from operations.rehearsal.world_run import (
    TOKEN,
    sandbox_environment,
    sandbox_sections,
    world_accounts,
)
from operations.running.clock import set_file_clock
from operations.running.opening import runtime_of
from operations.running.parts import part
from operations.runtime import Runtime
from operations.settings import Settings
from sandbox.serve import CONTROL_TOKEN_VARIABLE
from sandbox.service.access import TOKEN_HEADER
from sandbox.world.file import load_world
from store.accounts import put_accounts
from tests.hosts.network import Host, Network, network
from tests.hosts.sandbox_at import PORT
from tests.hosts.servers import Servers
from tests.shared import ROOT
from tests.waiting import gone, wait_until

PERIOD = "2025-05"
LEAD = timedelta(hours=3)
"""Room before the month's edges for pauses; followers change in none of these hours."""
_DATABASE = "five"
CUTOFF_DAYS = 9
"""The world has ended by then: nothing changes between an answer and its repetition."""
_PLAN: dict[str, Any] = {
    "bands": [["8d", "7d"], ["62d", "14d"]],
    "profile_every": "366d",
    "at_end": False,
    "edge_lead": "3h",
}
_PARTS = (
    (1, "schedule"),
    (2, "crawl"),
    (2, "portal"),
    (3, "crawl"),
    (3, "write"),
    (4, "write"),
    (4, "portal"),
    (5, "schedule"),
    (5, "crawl"),
)
"""By host; servers stand on the first three."""
PORTAL_PORT = 8950
_RESTART = Backoff(first=6.5, most=6.5)
"""Seconds after which what was killed is started again: Sentinels have chosen by then."""

_GRACE = 1.5
"""Seconds that all have to end in: what they leave behind is thrown away."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Five hosts at work."""

    network: Network
    servers: Servers
    supervisor: Supervisor
    runtime: Runtime
    clock_file: Path
    control: dict[str, str]
    environment: dict[str, str]

    @property
    def sandbox(self) -> str:
        return f"http://{self.network.gateway}:{PORT}"

    def move(self, instant: datetime) -> None:
        """Sets the sandbox's clock, then that of all hosts."""
        body = {"now": instant.isoformat()}
        with httpx.Client(trust_env=False, timeout=60) as client:
            address = f"{self.sandbox}/_sandbox/clock"
            client.post(address, json=body, headers=self.control).raise_for_status()
        set_file_clock(self.clock_file, instant)

    def host(self, number: int) -> Host:
        return self.network.hosts[number - 1]

    def pids(self, what: str) -> dict[str, int]:
        """Names and process ids of the parts or servers of this kind that run."""
        return {
            one.name: one.pid
            for one in self.supervisor.statuses()
            if one.name.endswith(f" {what}") and one.pid and one.state is PartState.RUNNING
        }

    def command(self, number: int, *args: str) -> str:
        """What `cityreach ARGS` prints on a host."""
        argv, own = self.host(number).inside(part(*args)), self.environment
        own = {**own, "CITYREACH_DATA_DIR": str(self.clock_file.parent / f"h{number}" / "data")}
        done = subprocess.run(argv, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kill(self, name: str) -> None:
        """SIGKILL to one part or server by its full name; it is gone then."""
        pid = self.pids(name.split(" ", 1)[1])[name]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: gone(pid) and name not in self.pids(name.split(" ", 1)[1]), "it ended")

    def await_parts(self) -> None:
        """Returns when everything runs."""
        wait_until(
            lambda: all(one.state is PartState.RUNNING for one in self.supervisor.statuses()),
            "all parts run",
        )


@contextmanager
def stand(world: Path, folder: Path) -> Iterator[Stand]:
    """The hosts, accounts registered, parts at work; the clock stands at the month's first slot."""
    with network(5) as net:
        servers, token = Servers(net.hosts, folder), secrets.token_urlsafe(16)
        clock_file, box = folder / "clock", f"http://{net.gateway}:{PORT}"
        settings = _settings(box, folder, clock_file)
        set_file_clock(clock_file, settings.period(PERIOD).start - LEAD)
        first = [*servers.parts(), _sandbox(net, world, token, folder)]
        with Supervisor(first, _noted(folder), backoff=_RESTART, grace=_GRACE) as supervisor:
            servers.initiate()
            given = Addresses(servers.mongo_uri, servers.redis_uri)
            with closing(runtime_of(settings, given)) as runtime:
                put_accounts(runtime.db, world_accounts(load_world(world)))
                environment = _environment(servers, box, clock_file)
                for number, what in _PARTS:
                    supervisor.add(_part(net.hosts[number - 1], what, environment, folder))
                # The controls are for those who call the sandbox by its own, local name.
                control = {TOKEN_HEADER: token, "Host": f"127.0.0.1:{PORT}"}
                found = Stand(net, servers, supervisor, runtime, clock_file, control, environment)
                found.await_parts()
                yield found


def _settings(box: str, folder: Path, clock_file: Path) -> Settings:
    """Of this process, which looks on from outside."""
    return load_settings(
        None,
        data_dir=folder / "outside",
        clock_file=clock_file,
        mongo_database=_DATABASE,
        cutoff_days=CUTOFF_DAYS,
        plan=_PLAN,
        **sandbox_sections(box),
    )


def _environment(servers: Servers, box: str, clock_file: Path) -> dict[str, str]:
    """Of the parts: no setting and no proxy of whoever runs the tests."""
    foreign = ("CITYREACH_", "LC_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    plain = {k: v for k, v in os.environ.items() if not k.upper().startswith(foreign)}
    tokens = json.dumps([f"{TOKEN}-{number}" for number in range(8)])
    spare = {f"{name.upper()}__TOKENS": tokens for name in PLATFORMS if name != "tiktok"}
    plan = {f"PLAN__{key.upper()}": _text(value) for key, value in _PLAN.items()}
    more = {
        "MONGO_URI": servers.mongo_uri,
        "REDIS_URI": servers.redis_uri,
        "MONGO_DATABASE": _DATABASE,
        "CLOCK_FILE": str(clock_file),
        "CUTOFF_DAYS": str(CUTOFF_DAYS),
        "CRAWLER__LEASE_SECONDS": "5",
        "PORTAL__PORT": str(PORTAL_PORT),
        "PORTAL__HOST": "0.0.0.0",
        "MEDIA__ENABLED": "false",
        **{f"{name.upper()}__TIMEOUT": "3" for name in PLATFORMS},
        **spare,
        **plan,
    }
    own = {f"CITYREACH_{key}": value for key, value in more.items()}
    return {**plain, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **sandbox_environment(box), **own}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _part(host: Host, what: str, environment: Mapping[str, str], folder: Path) -> Part:
    place = folder / f"h{host.number}"
    place.mkdir(exist_ok=True)
    own = {**environment, "CITYREACH_DATA_DIR": str(place / "data")}
    return Part(f"h{host.number} {what}", host.inside(part(what)), own, place / f"{what}.log")


def _sandbox(net: Network, world: Path, token: str, folder: Path) -> Part:
    command = (sys.executable, "-m", "tests.hosts.sandbox_at", net.gateway, str(world))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), CONTROL_TOKEN_VARIABLE: token}
    return Part("outside sandbox", command, environment, folder / "sandbox.log")


def _noted(folder: Path) -> Callable[[str], None]:
    """What the supervisor says goes into a file beside the logs."""

    def note(line: str) -> None:
        with (folder / "supervisor.log").open("a") as log:
            log.write(f"{line}\n")

    return note


def main(world: str, folder: str) -> None:
    """Blocks until SIGINT or SIGTERM."""
    over = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with stand(Path(world), Path(folder)) as found:
        sys.stdout.write(f"ready: {found.servers.mongo_uri} {found.servers.redis_uri}\n")
        sys.stdout.flush()
        while not over.wait(0.2):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
