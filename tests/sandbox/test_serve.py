"""The server as a process: how it announces itself, what it refuses, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sandbox.serve import LIMITS_VARIABLE
from tests.sandbox.running import CONTROL, READY, ROOT, SMALL, start, stop
from tests.waiting import LIMIT

PARENT = """
import subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-m", "sandbox", "--world", sys.argv[1]], stdout=subprocess.PIPE, text=True
)
sys.stdout.write(f"{child.pid} {child.stdout.readline()}")
sys.stdout.flush()
time.sleep(600)
"""


def test_it_says_where_it_is_ready_and_ends_at_sigterm() -> None:
    process, base = start(SMALL)
    assert base.startswith("http://127.0.0.1:")
    answer = httpx.get(f"{base}/2/users/5", headers={"authorization": "Bearer t"}, trust_env=False)
    assert answer.status_code == 200
    assert stop(process) in (0, -signal.SIGTERM)


def test_it_ends_at_once_though_an_answer_is_held_back() -> None:
    process, base = start(SMALL, "--control")
    httpx.post(
        f"{base}/_sandbox/faults", json={"kind": "timeout"}, headers=CONTROL, trust_env=False
    )
    address = base.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1]))) as held:
        held.sendall(b"GET /2/users/5 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer t\r\n\r\n")
        usage: list[object] = []
        while not usage:
            usage = httpx.get(f"{base}/_sandbox/usage", headers=CONTROL, trust_env=False).json()[
                "calls"
            ]
        assert stop(process) in (0, -signal.SIGTERM)


def test_it_ends_when_its_parent_is_killed() -> None:
    command = [sys.executable, "-c", PARENT, str(SMALL)]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid, _, line = parent.stdout.readline().partition(" ")
    assert line.startswith(READY)
    address = line.removeprefix(READY).strip().removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=LIMIT) as idle:
        parent.kill()
        parent.wait()
        parent.stdout.close()
        assert idle.recv(1) == b"", f"the sandbox {pid} goes on without its parent"


def test_the_clock_starts_where_it_is_told_to() -> None:
    process, base = start(SMALL, "--control", "--now", "2025-05-20T00:00:00Z", "--port", "0")
    try:
        clock = httpx.get(f"{base}/_sandbox/clock", headers=CONTROL, trust_env=False).json()
    finally:
        stop(process)
    assert clock == {"now": "2025-05-20T00:00:00Z", "rate": 0.0}


def refused(*arguments: str) -> str:
    command = [sys.executable, "-m", "sandbox", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr


def test_a_broken_world_ends_with_2_and_one_message(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"kind":"world","version":1}\n')
    message = refused("--world", str(broken))
    assert message.splitlines() == [message.strip()]
    assert "broken.jsonl, line 1: key 'name'" in message


@pytest.mark.parametrize("arguments", [(), ("--now", "noon"), ("--now", "2025-05-01T00:00:00")])
def test_arguments_that_cannot_be_used(arguments: tuple[str, ...]) -> None:
    world = ("--world", str(SMALL)) if arguments else ()
    assert "usage" in refused(*world, *arguments)


def test_limits_are_told_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMITS_VARIABLE, '{"facebook_page_layout":"2026"}')
    process, base = start(SMALL, "--control")
    try:
        limits = httpx.get(f"{base}/_sandbox/limits", headers=CONTROL, trust_env=False).json()
    finally:
        stop(process)
    assert limits["facebook_page_layout"] == "2026"
    for wrong in ("{", '{"facebook_page_layout":"1999"}', '{"no_such_limit":1}'):
        monkeypatch.setenv(LIMITS_VARIABLE, wrong)
        assert refused("--world", str(SMALL)).startswith(f"{LIMITS_VARIABLE}: ")


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        message = refused("--world", str(SMALL), "--port", str(taken.getsockname()[1]))
    assert os.strerror(98) in message
