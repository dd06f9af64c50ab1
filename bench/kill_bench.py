"""Visits that are lost when crawlers are killed: our queue beside scrapy-redis, on the same kills.

Both work through as many visits of one account each against the same sandbox, which answers every
call after a short pause. The crawler gets SIGKILL at the same numbers of answered calls and is
started again at once; then it is left alone until nothing moves any more. A visit is lost if its
outcome (ours) or its answer (theirs: an entry that the spider's callback writes into Redis) never
comes. scrapy-redis is installed into a temporary folder for the run, without dependencies of ours.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx

from bench.crawl_bench import PLATFORM, world
from bench.measuring.figures import Figure, tell
from bench.measuring.peers import placed
from bus.dispatch import Dispatcher
from cityreach.settings import load_settings
from model.messages import Visit, VisitKind, Window
from model.period import Period
from operations.rehearsal.world_run import TOKEN, DemoRun, started, world_accounts
from sandbox.world.file import load_world
from store.accounts import put_accounts

VISITS = 600
KILLS = 6
_PERIOD = Period.month("2025-05")
_QUIET = 15.0
_THEIRS = """
import json, os, sys
import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy_redis.spiders import RedisSpider

class Peer(RedisSpider):
    name = "peer"
    redis_key = "peer:start"
    def make_request_from_data(self, data):
        headers = {"authorization": "Bearer " + sys.argv[2]}
        return scrapy.Request(data.decode(), headers=headers, dont_filter=True)
    def parse(self, response):
        if response.status == 200:
            self.server.sadd("peer:done", response.url)

process = AsyncCrawlerProcess({
    "SCHEDULER": "scrapy_redis.scheduler.Scheduler", "SCHEDULER_PERSIST": True,
    "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
    "REDIS_URL": sys.argv[1], "LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0, "TELNETCONSOLE_ENABLED": False,
})
process.crawl(Peer)
process.start()
"""


def main() -> None:
    """Prints lost visits of both."""
    moments = sorted(random.Random(7).sample(range(20, VISITS - 100), KILLS))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = world(folder, accounts=VISITS, posts=50)
        load = partial(load_settings, None)
        settings = load(data_dir=folder / "data", mongo_database="cityreach_bench")
        with started(
            partial(load_settings, None), settings, path, _PERIOD.cutoff, lambda _: None
        ) as run:
            run.move(_PERIOD.cutoff)
            put_accounts(run.runtime.db, world_accounts(load_world(path)))
            slow = {"kind": "slow", "seconds": 0.05}
            httpx.post(
                f"{run.sandbox_url}/_sandbox/faults", json=slow, headers=run.control
            ).raise_for_status()
            run.supervisor.end("crawl")
            ours = _ours(run, moments)
            httpx.delete(
                f"{run.sandbox_url}/_sandbox/usage", headers=run.control
            ).raise_for_status()
            theirs = _theirs(run, moments)
    print(f"crawler killed {KILLS} times in {VISITS} visits, after {moments} calls")
    lost = f"of {VISITS} visits"
    tell(Figure(name="visits lost", value=VISITS - ours, at_most=0, portable=True, note=lost))
    if theirs is not None:
        tell(Figure(name="visits lost by scrapy-redis", value=VISITS - theirs, note=lost))


def _ours(run: DemoRun, moments: list[int]) -> int:
    """Visits with a complete outcome in MongoDB."""
    window = Window(_PERIOD.start, _PERIOD.end)
    visits = [
        Visit(
            platform=PLATFORM,
            account=str(10**17 + number),
            handle=f"bench{number}",
            kind=VisitKind.TIMELINE,
            slot=_PERIOD.cutoff,
            window=window,
        )
        for number in range(VISITS)
    ]
    Dispatcher(run.runtime.redis).dispatch(visits)
    environment = {**run.environment, "CITYREACH_CRAWLER__LEASE_SECONDS": "2"}
    command = [sys.executable, "-m", "cityreach", "crawl", "--platform", PLATFORM]
    visits_kept = run.runtime.db.visits

    def done() -> int:
        return visits_kept.count_documents({"outcome": {"$in": ["ok", "ok_nothing_new"]}})

    return _kill(run, command, environment, moments, done)


def _theirs(run: DemoRun, moments: list[int]) -> int | None:
    """Addresses whose answer the spider has handled; None if there is no such spider to be got."""
    place = placed("scrapy-redis==0.9.1", "six==1.17.0")
    if place is None:
        return None
    redis = run.runtime.redis
    base = f"{run.sandbox_url}/2/users"
    redis.rpush("peer:start", *(f"{base}/{10**17 + n}/tweets" for n in range(VISITS)))
    environment = {**os.environ, "PYTHONPATH": str(place)}
    command = [sys.executable, "-c", _THEIRS, run.runtime.redis_uri, TOKEN]
    return _kill(run, command, environment, moments, lambda: int(redis.scard("peer:done")))


def _kill(
    run: DemoRun,
    command: list[str],
    environment: dict[str, str],
    moments: list[int],
    done: Callable[[], int],
) -> int:
    """Kills and starts again at these numbers of calls; then waits until nothing moves."""

    def calls() -> int:
        return _calls(run)

    def reached(moment: int) -> Callable[[], bool]:
        return lambda: calls() >= moment or done() >= VISITS

    process = subprocess.Popen(command, env=environment)
    for moment in moments:
        _until(reached(moment), calls)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process = subprocess.Popen(command, env=environment)
    _until(lambda: done() >= VISITS, done)
    process.kill()
    process.wait()
    return done()


def _until(reached: Callable[[], bool], count: Callable[[], int]) -> None:
    """Returns as well when the count has not moved for a while."""
    found, since = count(), time.monotonic()
    while not reached() and time.monotonic() - since < _QUIET:
        time.sleep(0.02)
        if (now := count()) != found:
            found, since = now, time.monotonic()


def _calls(run: DemoRun) -> int:
    rows = json.loads(httpx.get(f"{run.sandbox_url}/_sandbox/usage", headers=run.control).content)[
        "calls"
    ]
    return sum(row["calls"] for row in rows)


if __name__ == "__main__":
    main()
