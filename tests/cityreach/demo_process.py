"""A demo as a user starts it: a process of its own, with its servers, sandbox and parts."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pymongo import MongoClient

from embedded import running_servers
from sandbox.service.access import TOKEN_HEADER
from tests.shared import ROOT
from tests.waiting import end

SMALL = ROOT / "sandbox" / "worlds" / "small.jsonl.gz"
"""One month of 20 cities: what the shipped world of three months shows, in a tenth of the time."""


DEAD_PROXIES = {"http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "socks5://127.0.0.1:9"}
"""Of every demo's environment: what is on this machine is reached without them."""


def environment(data: Path) -> dict[str, str]:
    """Ours, without any setting of whoever runs the tests."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("CITYREACH_", "LC_"))}
    return {
        **plain,
        "LANG": "C.UTF-8",
        "CITYREACH_DATA_DIR": str(data),
        "CITYREACH_CRAWLER__LEASE_SECONDS": "2",
    }


@cache
def _commands() -> subprocess.Popen[str]:
    """The process whose forks run commands; it ends with this one."""
    command = [sys.executable, "-m", "tests.cityreach.commands_server"]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("CITYREACH_")}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=plain
    )
    atexit.register(end, process)
    return process


def cityreach(*args: str, data: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One command to its end, in `data`."""
    process, request = _commands(), {"args": args, "env": {**environment(data), **more}}
    assert process.stdin is not None
    assert process.stdout is not None
    with TemporaryDirectory() as folder:
        out, err = (Path(folder, name) for name in ("stdout", "stderr"))
        request |= {"cwd": str(data), "stdout": str(out), "stderr": str(err)}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        code = int(process.stdout.readline())
        said, told = (path.read_text(more.get("PYTHONIOENCODING")) for path in (out, err))
        return subprocess.CompletedProcess(args, code, said, told)


def inside(
    kept: Path, *args: str, database: str = "cityreach_demo"
) -> subprocess.CompletedProcess[str]:
    """One command on the servers of a demo that stays up; in another database if it writes."""
    more = {"CITYREACH_DATA_DIR": str(kept / "demo"), "CITYREACH_MONGO_DATABASE": database}
    return cityreach(*args, data=kept, **more)


@contextmanager
def demo(data: Path, *args: str) -> Iterator[subprocess.Popen[str]]:
    """A running demo; ended with the test."""
    command = [sys.executable, "-m", "cityreach", "demo", *args]
    with (data / "demo.log").open("w") as log:
        process = subprocess.Popen(
            command,
            env={**environment(data), **DEAD_PROXIES},
            cwd=data,
            stdout=log,
            stderr=log,
            text=True,
        )
        try:
            yield process
        finally:
            end(process)


def parts(process: subprocess.Popen[str], name: str) -> list[int]:
    """Process ids of a demo's parts or servers by a word of their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _parent(entry) == process.pid and name in _command(entry):
            found.append(int(entry.name))
    return found


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return -1


def _command(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def load(path: Path) -> Any:
    """A result file."""
    return json.loads(path.read_text("utf-8"))


@contextmanager
def database(data: Path) -> Iterator[Any]:
    """The collections of a demo that is running."""
    servers = running_servers(data / "demo")
    assert servers is not None, "no demo is running"
    with MongoClient(servers.mongo_uri, tz_aware=True) as client:
        yield client.cityreach_demo


def control_of(data: Path) -> dict[str, str]:
    """The headers that open the controls of a demo's sandbox."""
    return {TOKEN_HEADER: (data / "demo" / "sandbox-token").read_text()}
