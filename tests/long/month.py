"""A month that runs in processes of its own, and what a test does to it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from pymongo.errors import PyMongoError
from redis import Redis
from redis.exceptions import RedisError

from bus import keys
from embedded import running_servers
from model.period import Period
from model.platform import PLATFORMS
from model.route import Route
from operations.gaps import expected
from store.accounts import accounts
from store.quality.gaps import Gap, find_gaps
from tests import oracle
from tests.cityreach.demo_process import ROOT, control_of, database, environment, load, parts
from tests.long.month_plan import CUTOFF_DAYS, PERIOD, PLAN
from tests.waiting import LIMIT, wait_until

TARGETS = ("cityreach crawl", "cityreach write", "mongod ", "valkey-server", "second_planner")
TRANSIENT = (
    "rate_limited",
    "quota_spent",
    "server_error",
    "expired_token",
    "login_wall",
    "timeout",
    "cut",
    "slow",
    "truncated",
    "malformed",
    "empty_body",
    "empty_page",
    "unknown_fields",
    "duplicate_page",
    "shuffled",
)
"""All that passes by itself. Not among them: a field that is missing, which cannot be told from one
that is hidden, and challenges, which meet pages and not APIs (there a 403 means forbidden)."""


@dataclass
class Month:
    """A running month."""

    data: Path
    world: Path
    process: subprocess.Popen[str]
    redelivered: int = 0

    @property
    def out(self) -> Path:
        return self.data / "out"

    @property
    def sandbox(self) -> str:
        """The sandbox's address."""
        return str(wait_until(self._address, process=self.process))

    @property
    def control(self) -> dict[str, str]:
        """The headers that open the sandbox's controls."""
        return control_of(self.data)

    def _address(self) -> str:
        path = self.data / "demo" / "sandbox"
        return path.read_text() if path.exists() else ""

    def calls(self) -> int:
        """How many calls the sandbox has answered so far."""
        rows = httpx.get(f"{self.sandbox}/_sandbox/usage", headers=self.control, timeout=30).json()[
            "calls"
        ]
        return sum(row["calls"] for row in rows)

    def until_calls(self, number: int) -> None:
        """Waits for a moment of the month that is told by its calls."""
        wait_until(lambda: self.calls() >= number or self.ended, process=self.process)

    @property
    def ended(self) -> bool:
        """Whether all results are written."""
        return (self.out / "run.json").exists()

    def disturb(self, ratio: float, seed: int) -> None:
        """Random faults of every transient kind; together they hit so large a share of calls."""
        share = ratio / len(TRANSIENT)
        faults = [
            {"kind": kind, "ratio": share, "seed": seed + number, "seconds": 5}
            for number, kind in enumerate(TRANSIENT)
        ]
        answer = httpx.post(
            f"{self.sandbox}/_sandbox/faults", json=faults, headers=self.control, timeout=30
        )
        answer.raise_for_status()

    def hits(self) -> Counter[str]:
        """How many calls each kind of fault has hit."""
        states = httpx.get(
            f"{self.sandbox}/_sandbox/faults", headers=self.control, timeout=30
        ).json()["faults"]
        return Counter({state["fault"]["kind"]: state["hits"] for state in states})

    def running(self, name: str) -> list[int]:
        """Process ids of parts and servers of this kind."""
        return parts(self.process, name)

    def kill(self, pid: int) -> None:
        """SIGKILL; visits that it held are counted: they will be delivered again."""
        os.kill(pid, signal.SIGKILL)
        try:
            self.redelivered += self._held_by(pid)
        except RedisError:
            return

    def _held_by(self, pid: int) -> int:
        held = 0
        with self.redis() as redis:
            for stream in streams():
                if redis.exists(stream):
                    consumers: Any = redis.xpending(stream, keys.CRAWLERS)["consumers"]
                    held += sum(c["pending"] for c in consumers if c["name"].endswith(b"-%d" % pid))
        return held

    def kill_one(self, chance: random.Random) -> str:
        """Kills a random part or server that runs; its kind."""
        # Right after some kills, all that is left may be about to be started again.
        found = wait_until(
            lambda: [(name, pid) for name in TARGETS for pid in self.running(name)],
            process=self.process,
        )
        name, pid = chance.choice(found)
        self.kill(pid)
        return name.removeprefix("cityreach ").strip()

    def redis(self) -> Redis:
        """Its queue server."""
        servers = running_servers(self.data / "demo")
        assert servers is not None
        return Redis.from_url(servers.redis_uri, socket_timeout=5)

    def finish(self, within: float = 900) -> None:
        """Waits for the results."""
        wait_until(lambda: self.ended, "the month has ended", self.process, within)

    def assert_exact(self) -> None:
        """Measures as the world says, nothing twice, every visit at one outcome."""
        got = load(self.out / "measures.json")
        want = oracle.expected(self.world, PERIOD, CUTOFF_DAYS)
        assert list(oracle.differences(got, want)) == []
        with database(self.data) as db:
            for name in ("post_readings", "account_readings"):
                found = Counter(
                    (r.get("post") or r.get("account"), r["slot"]) for r in db[name].find()
                )
                assert found
                assert max(found.values()) == 1
            posts = Counter(p["_id"].split(":", 1)[-1] for p in db.posts.find())
            assert max(posts.values()) == 1
            assert db.visits.count_documents({"outcome": None}) == 0
            ids = [visit["_id"] for visit in db.visits.find()]
            assert len(ids) == len(set(ids))

    def assert_as_pages_show(self) -> None:
        """Measures as the public pages of the world show them."""
        got = load(self.out / "measures.json")
        want = oracle.expected(self.world, PERIOD, CUTOFF_DAYS)
        assert list(oracle.web_differences(got, want)) == []

    def gaps(self) -> list[Gap]:
        """What is missing of the month by its plan, after its cut-off."""
        period = Period.month(PERIOD, delay=timedelta(days=CUTOFF_DAYS))
        due = expected(period, PLAN)
        with database(self.data) as db:
            now = period.cutoff + timedelta(days=31)
            return find_gaps(db, period, accounts(db), lambda _: due, now)

    def run_report(self) -> dict[str, Any]:
        """What the month wrote about itself."""
        return dict(load(self.out / "run.json"))

    def attempts(self) -> int:
        """Attempts of visits that came to an outcome."""
        with database(self.data) as db:
            return sum(len(visit["attempts"]) for visit in db.visits.find())

    def dispatched(self) -> int:
        """Entries ever put into the streams of visits."""
        with self.redis() as redis:
            found = [redis.xinfo_stream(name) for name in streams() if redis.exists(name)]
        return sum(int(info["entries-added"]) for info in found)

    def outcomes(self) -> dict[str, int]:
        """Visits by their outcome."""
        return dict(self.run_report()["visits"])


def tell(line: str) -> None:
    """Figures of a run, for whoever runs it with `-s`."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def streams() -> list[str]:
    """All streams of visits."""
    return [keys.visit_queue(name, route) for name in PLATFORMS for route in Route]


@contextmanager
def month(
    data: Path, world: Path, writers: int = 1, crawlers: int = 1, planners: int = 1, **extra: str
) -> Iterator[Month]:
    """A month that has just been started; ended with the test."""
    numbers = [str(writers), str(crawlers), str(planners)]
    command = [sys.executable, "-m", "tests.long.month_process", str(world), str(data / "out")]
    more = {"CITYREACH_CUTOFF_DAYS": str(CUTOFF_DAYS), "PYTHONPATH": str(ROOT), **extra}
    with (data / "month.log").open("w") as log:
        process = subprocess.Popen(
            [*command, *numbers],
            env={**environment(data), **more},
            stdout=log,
            stderr=log,
            cwd=data,
            text=True,
        )
        running = Month(data, world, process)
        try:
            # Both servers take orders before anything is done to them.
            wait_until(lambda: _up(running), process=process)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _up(running: Month) -> bool:
    try:
        return bool(running.running("cityreach crawl")) and running.calls() > 0
    except (OSError, AssertionError, httpx.HTTPError, PyMongoError):
        return False
