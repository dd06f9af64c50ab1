"""A month in which everything that can fail does fail, again and again; its measures are exact."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.exceptions import RedisError

from bus import keys
from tests.cityreach.demo_process import SMALL
from tests.long.month import Month, month, tell
from tests.shared import WORLDS
from tests.waiting import wait_until

pytestmark = pytest.mark.long
REAL = WORLDS / "real-dev.jsonl.gz"
_SHARED = [pytest.param(REAL, marks=pytest.mark.shared, id="real-dev")]
WORLD = _SHARED if REAL.exists() else [SMALL]
KILLS = 30
CALLS = 900
"""Fewer than a month takes; the kills are spread over so many."""


@pytest.mark.parametrize("world", WORLD)
def test_thirty_kills_and_faults_in_one_call_of_twenty(world: Path, tmp_path: Path) -> None:
    chance = random.Random(2025)
    with month(tmp_path, world) as running:
        running.disturb(0.05, seed=11)
        killed = _kill_often(running, chance)
        running.finish()
        tell(f"killed {dict(killed)}; faults {dict(running.hits())} in {running.calls()} calls")
        tell(f"{running.attempts()} attempts, {running.redelivered} delivered again after a kill")
        tell(f"outcomes {running.outcomes()}")
        assert sum(killed.values()) == KILLS
        assert running.hits().total() > running.calls() / 40
        running.assert_exact()
        _assert_sent_once(running)


def _kill_often(running: Month, chance: random.Random) -> Counter[str]:
    killed: Counter[str] = Counter()
    for calls in sorted(chance.sample(range(10, CALLS), KILLS)):
        running.until_calls(calls)
        assert not running.ended
        killed[running.kill_one(chance)] += 1
    return killed


def _assert_sent_once(running: Month) -> None:
    """Each attempt that came to an outcome entered the stream once, and no other ever did."""
    sent, attempts = running.dispatched(), running.attempts()
    tell(f"{sent} dispatched, {attempts} ended")
    assert sent == attempts


@pytest.mark.parametrize("world", WORLD)
def test_two_planners_two_writers_three_crawlers(world: Path, tmp_path: Path) -> None:
    with month(tmp_path, world, writers=2, crawlers=3, planners=2) as running:
        for calls in (100, 300, 500):
            running.until_calls(calls)
            crawlers = wait_until(
                lambda: running.running("cityreach crawl"), process=running.process
            )
            running.kill(crawlers[0])
        running.finish()
        again = running.run_report()["redelivered"]
        tell(f"{running.redelivered} visits were held by the killed, {again} delivered again")
        assert again >= running.redelivered, "run.json states every one of them"
        running.assert_exact()
        _assert_sent_once(running)


def test_mongodb_is_away_while_the_sandboxs_time_runs_on(tmp_path: Path) -> None:
    with month(tmp_path, SMALL) as running:
        running.until_calls(200)
        most = _keep_down(running, seconds=20.0)
        running.finish()
        tell(f"harvest held {most} entries at most while MongoDB was away")
        assert 0 < most <= 2000 + 5 * 200
        running.assert_exact()
        _assert_sent_once(running)


def _keep_down(running: Month, seconds: float) -> int:
    """Kills mongod whenever it comes back; ten minutes pass in the sandbox. Redis stays below its
    limit meanwhile.
    """
    clock = f"{running.sandbox}/_sandbox/clock"
    httpx.post(
        clock, headers=running.control, json={"rate": 600 / seconds}, timeout=30
    ).raise_for_status()
    most, until = 0, time.monotonic() + seconds
    with running.redis() as redis:
        while time.monotonic() < until:
            for pid in running.running("mongod "):
                os.kill(pid, signal.SIGKILL)
            most = max(most, int(redis.xlen(keys.HARVEST)))
            memory: Any = redis.info("memory")
            assert memory["maxmemory_policy"] == "noeviction"
            assert memory["used_memory"] < 0.7 * memory["maxmemory"], "not even near the alarm"
    httpx.post(clock, headers=running.control, json={"rate": 0}, timeout=30).raise_for_status()
    return most


def test_redis_is_emptied(tmp_path: Path) -> None:
    with month(tmp_path, SMALL) as running:
        for calls in (150, 300, 450):
            running.until_calls(calls)
            with running.redis() as redis:
                redis.flushall()
        running.finish()
        tell(f"outcomes {running.outcomes()}")
        running.assert_exact()
        assert running.gaps() == [], "whatever it lost was due again at the same instant"


def test_poison_is_set_aside(tmp_path: Path) -> None:
    poison = [b"", b"\xff\xfe", b"{}", b'{"type":"page/99"}', b'{"type":"closed","visit":7}']
    with month(tmp_path, SMALL) as running:
        running.until_calls(150)
        with running.redis() as redis:
            for message in poison:
                redis.xadd(keys.HARVEST, {"m": message, "raw": message})
                redis.xadd(keys.visit_queue("x"), {"m": message})
            redis.xadd(keys.HARVEST, {"nothing": "of ours"})
            wait_until(
                lambda: redis.xlen(keys.DEAD) == 2 * len(poison) + 1, process=running.process
            )
            dead = [fields for _, fields in redis.xrange(keys.DEAD)]  # type: ignore[union-attr]
        assert all(fields[b"why"] for fields in dead)
        running.finish()
        running.assert_exact()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own for the servers."""
    folder.mkdir(parents=True, mode=0o700)
    # Servers refuse a home that others may write to.
    size = f"size={megabytes}m,mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("megabytes", [620] if os.geteuid() == 0 else [])
def test_the_disk_of_the_servers_is_full(megabytes: int, tmp_path: Path) -> None:
    servers = tmp_path / "demo" / "servers"
    with small_disk(servers, megabytes), month(tmp_path, SMALL) as running:
        running.until_calls(150)
        ballast = servers / "ballast"
        before = set(running.running("mongod ")) | set(running.running("valkey-server"))
        _fill(ballast)
        calls = running.calls()
        harmed = wait_until(lambda: _harmed(running, before, ballast), process=running.process)
        ballast.unlink()
        running.finish()
        tell(f"full at call {calls}: {harmed}")
        running.assert_exact()


def _fill(path: Path) -> None:
    with path.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            return


def _harmed(running: Month, before: set[int], ballast: Path) -> str:
    """What the full disk did; what a dying server gives free is taken from it again."""
    _fill(ballast)
    now = set(running.running("mongod ")) | set(running.running("valkey-server"))
    if before - now:
        return "a server gave up"
    try:
        with running.redis() as redis:
            redis.set("probe", "x")
    except RedisError as error:
        return f"Redis refuses writes: {error}"
    return ""
