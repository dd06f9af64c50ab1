"""Five hosts through a month: cut off, slowed, servers and parts killed; the measures are exact."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests import oracle
from tests.cityreach.demo_process import SMALL
from tests.hosts.network import leftovers, why_not
from tests.hosts.stand import CUTOFF_DAYS, PERIOD, PORTAL_PORT, Stand, stand
from tests.hosts.troubles import Mischief, schedule_of
from tests.hosts.walk import Pulse, walk
from tests.long.month import tell
from tests.shared import ROOT
from tests.waiting import LIMIT, gone, wait_until

_WHY = why_not()
pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(_WHY), reason=_WHY)]
_SEED = 17
_BUSY = (1, 2, 4, 5, 6, 7, 8, 9)
"""Steps of the month at which a visit of every account falls due; about so many:"""
_VISITS = 80


def test_a_month_on_five_hosts(tmp_path: Path) -> None:
    began = time.monotonic()
    with stand(SMALL, tmp_path) as hosts:
        pulse = Pulse()
        mischief = Mischief(hosts, pulse, schedule_of(_SEED, _BUSY), _VISITS)
        ready = time.monotonic() - began
        walk(hosts, pulse, mischief.begin, mischief.end)
        _await_seal(hosts)
        tell(f"ready after {ready:.0f} s, over after {time.monotonic() - began:.0f} s")
        for number, line in enumerate(mischief.done, 1):
            tell(f"{number:2d}. {line}")
        tell(
            f"{pulse.total} visits ended; longest time without one {pulse.longest:.1f} s, at the "
            f"slot of {pulse.longest_at}"
        )
        assert len(mischief.done) >= 10
        _assert_exact(hosts)
        _assert_once(hosts)
        _assert_portals(hosts)


def _await_seal(hosts: Stand) -> None:
    """The leading scheduler closes the month by itself."""
    months = hosts.runtime.db.months
    wait_until(lambda: months.find_one({"_id": PERIOD, "sealed_at": {"$exists": True}}), "sealed")


def _assert_exact(hosts: Stand) -> None:
    """As the sandbox's world has it, asked for on two hosts by the command line."""
    want = oracle.expected(SMALL, PERIOD, CUTOFF_DAYS)
    for number in (1, 4):
        got = json.loads(hosts.command(number, "measures", "--period", PERIOD, "--json"))
        assert list(oracle.differences(got, want)) == []
    assert json.loads(hosts.command(5, "gaps", "--period", PERIOD, "--json")) == []


def _assert_once(hosts: Stand) -> None:
    """Nothing is stored twice, nothing is left without an end, no two attempts are one."""
    db = hosts.runtime.db
    for name, of in (("post_readings", "post"), ("account_readings", "account")):
        found = Counter((reading[of], reading["slot"]) for reading in db[name].find())
        assert found
        assert max(found.values()) == 1
    visits = list(db.visits.find())
    assert [visit["_id"] for visit in visits if visit["outcome"] is None] == []
    assert hosts.runtime.redis.xlen("cr:dead") == 0
    attempts = sum(len(visit["attempts"]) for visit in visits)
    outcomes = Counter(visit["outcome"] for visit in visits)
    tell(f"{len(visits)} visits, {attempts} attempts, outcomes {dict(outcomes)}")


def _assert_portals(hosts: Stand) -> None:
    for host in (hosts.host(2), hosts.host(4)):
        answer = httpx.get(f"http://{host.ip}:{PORTAL_PORT}/readyz", trust_env=False, timeout=30)
        assert answer.json() == {"mongodb": True, "redis": True}


def test_an_interrupted_stand_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.hosts.stand", str(SMALL), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        wait_until(lambda: leftovers(process.pid), "there are hosts", process)
        wait_until(lambda: _servers_of(tmp_path), "servers run", process)
        pids = _servers_of(tmp_path)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=LIMIT)
    assert leftovers(process.pid) == []
    assert [pid for pid in pids if not gone(pid)] == []


def _servers_of(folder: Path) -> list[int]:
    """Processes that have a path of the folder on their command line, this test's own apart."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--dbpath" in words and any(str(folder).encode() in word for word in words):
            found.append(int(entry.name))
    return found
