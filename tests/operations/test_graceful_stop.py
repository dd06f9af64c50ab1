"""Asked to stop in the middle of its work, every part ends in time and gives back what it holds."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis import Redis
from scrapy import Request
from scrapy.http import Response

from bus import keys
from bus.connection import connect_async
from bus.dispatch import Dispatcher
from bus.harvest import HarvestOut
from bus.leader import Leader
from bus.lease import VisitLeases
from crawler.engine.bus_worker import BusWorker
from crawler.engine.context import Patience, Recycling
from crawler.engine.spider import WebSpider
from embedded import running_servers
from model.messages import Outcome, Visit, VisitClosed, VisitKind, decode_harvest, encode
from model.platform import PlatformName
from model.route import Route
from operations.rehearsal.world_run import sandbox_environment
from store.database import Store
from tests.cityreach.demo_process import ROOT, environment
from tests.crawler.engine import stub
from tests.crawler.platforms.opening import visit
from tests.sandbox.running import Sandbox
from tests.store.harvest import day
from tests.store.mongod import Mongod
from tests.waiting import LIMIT, wait_until

NAMES: tuple[PlatformName, ...] = ("facebook", "x", "instagram", "youtube", "tiktok")


@contextmanager
def cityreach(
    *args: str,
    folder: Path,
    sandbox: Sandbox,
    route: Route = Route.API,
    start: Sequence[str] = ("-m", "cityreach"),
    **more: str,
) -> Iterator[subprocess.Popen[bytes]]:
    """A part as a process of its own; killed with the test if it is still there."""
    env = {
        **environment(folder),
        "PYTHONPATH": str(ROOT),
        **sandbox_environment(sandbox.base, route),
        "CITYREACH_CRAWLER__LEASE_SECONDS": "3600",
        **more,
    }
    command = [sys.executable, *start, *args]
    with (folder / "part.log").open("w") as log:
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def stopped(process: subprocess.Popen[bytes]) -> int:
    """Asks it to stop; its exit code. It ends although what it waits for takes an hour."""
    process.terminate()
    return process.wait(timeout=LIMIT)


def hanging(sandbox: Sandbox, **where: str) -> None:
    sandbox.fault(kind="timeout", seconds=3600, ratio=1.0, **where)


def timelines(sandbox: Sandbox, names: tuple[PlatformName, ...], route: Route) -> list[Visit]:
    return [
        msgspec.structs.replace(visit(sandbox, account, VisitKind.TIMELINE), route=route)
        for name in names
        for account in sandbox.world.accounts[name].values()
    ]


def held(redis: Redis, route: Route = Route.API) -> int:
    """Visits that some crawler has leased."""
    found = 0
    for name in NAMES:
        stream = keys.visit_queue(name, route)
        if redis.exists(stream):
            pending: Any = redis.xpending(stream, keys.CRAWLERS)
            found += int(pending["pending"])
    return found


async def taken_by_another(uri: str, route: Route) -> list[str]:
    """The visits that another crawler gets at once."""
    client, found = connect_async(uri), []
    for name in NAMES:
        leases = VisitLeases(client, name, "another", 3_600_000, route)
        await leases.open()
        while batch := await leases.take(500, 50):
            found += [lease.visit.id for lease in batch]
    await client.aclose()
    return found


def ended(redis: Redis) -> list[str]:
    messages = [decode_harvest(fields[b"m"]) for _, fields in redis.xrange(keys.HARVEST)]
    return [message.visit.id for message in messages if isinstance(message, VisitClosed)]


@pytest.mark.parametrize("route", list(Route))
async def test_a_crawler_gives_its_visits_back(
    route: Route, redis: Redis, redis_uri: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Some have ended, many hang: another crawler gets all of these at once, and no other."""
    sandbox.reset()
    names = NAMES if route is Route.API else ("tiktok", "facebook")
    visits = timelines(sandbox, names, route)
    hanging(sandbox, platform="facebook", route=route)
    Dispatcher(redis).dispatch(visits)
    more = {"CITYREACH_REDIS_URI": redis_uri, "CITYREACH_CRAWLER__FIRST_DELAY": "0.1"}
    with cityreach(
        "crawl", "--route", route, folder=tmp_path, sandbox=sandbox, route=route, **more
    ) as process:
        wait_until(lambda: ended(redis) and held(redis, route) >= 2, process=process)
        hanging(sandbox)
        assert stopped(process) == 0, (tmp_path / "part.log").read_text()
    left = await taken_by_another(redis_uri, route)
    assert left
    assert sorted([*left, *ended(redis)]) == sorted(one.id for one in visits)


def ended_visit(number: int) -> VisitClosed:
    one = Visit(
        platform="x", account=f"{number}", handle="town", kind=VisitKind.PROFILE, slot=day(3)
    )
    return VisitClosed(visit=one, outcome=Outcome.OK, observed_at=day(3))


@contextmanager
def frozen(mongod: Mongod) -> Iterator[None]:
    """The database takes no answer and breaks no connection: the longest of all waits."""
    mongod.send(signal.SIGSTOP)
    try:
        yield
    finally:
        mongod.send(signal.SIGCONT)


def servers(redis_uri: str, mongod: Mongod, db: Store) -> dict[str, str]:
    return {
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_MONGO_URI": mongod.uri,
        "CITYREACH_MONGO_DATABASE": db.name,
    }


def test_a_writer_gives_back_what_it_has_not_stored(
    redis: Redis, redis_uri: str, mongod: Mongod, db: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    ends = [ended_visit(number) for number in range(6)]
    more = servers(redis_uri, mongod, db)
    with cityreach("write", folder=tmp_path, sandbox=sandbox, **more) as process:
        redis.xadd(keys.HARVEST, {"m": encode(ends[0])})
        wait_until(lambda: db.visits.count_documents({}) == 1, process=process)
        with frozen(mongod):
            for end in ends[1:]:
                redis.xadd(keys.HARVEST, {"m": encode(end)})
            wait_until(lambda: _unstored(redis), process=process)
            assert stopped(process) == 0, (tmp_path / "part.log").read_text()
    other = HarvestOut(redis, "another", idle_ms=3_600_000)
    found = []
    while batch := other.read(100, 50):
        found += [entry.message for entry in batch]
        other.ack(batch)
    assert found == ends[1:]


def _unstored(redis: Redis) -> int:
    pending: Any = redis.xpending(keys.HARVEST, keys.WRITERS)
    return int(pending["pending"])


def test_a_scheduler_gives_up_its_lead(
    redis: Redis, redis_uri: str, mongod: Mongod, db: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    more = servers(redis_uri, mongod, db)
    with cityreach("schedule", folder=tmp_path, sandbox=sandbox, **more) as process:
        wait_until(lambda: redis.hexists(keys.JOBS, "plan"), process=process)
        with frozen(mongod):
            wait_until(lambda: redis.get(keys.LEADER), process=process)
            assert stopped(process) == 0, (tmp_path / "part.log").read_text()
    assert Leader(redis, "another").hold()


STUCK = """
import os, pathlib, signal, threading
from cityreach.cli.parts import stop_on_signals
from operations.running.stopping import in_time
stop = stop_on_signals()
with in_time(stop) as held:
    held.callback(lambda: pathlib.Path("given back").touch())
    os.kill(os.getpid(), signal.SIGTERM)
    {then}
"""


HANGS = "threading.Thread(target=threading.Event().wait).start(); threading.Event().wait()"


@pytest.mark.parametrize(("then", "code"), [(HANGS, 0), ("stop.wait()", 0), ("raise OSError", 1)])
def test_what_is_held_is_given_back_in_any_case(then: str, code: int, tmp_path: Path) -> None:
    """Work that never ends is broken off, also where another thread would keep the process."""
    env = {**environment(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", STUCK.format(then=then)]
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.DEVNULL)
    try:
        assert process.wait(LIMIT) == code
    finally:
        process.kill()
    assert (tmp_path / "given back").exists()


async def test_a_worn_process_that_finishes_its_visits_stops_in_time_as_well(
    redis: Redis, redis_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives its last visits minutes, unless it is asked to stop."""
    begun, stopping = asyncio.Event(), asyncio.Event()

    async def hang(request: Request) -> Response:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError(request.url)

    given = replace(
        stub.parts(stub.Stub(), stub.Hand()),
        redis_uri=redis_uri,
        lease_seconds=3600,
        patience=Patience(drain=0.1),
    )
    work = BusWorker(given, hang, stopping)
    spider = WebSpider([given], Recycling())
    monkeypatch.setattr(spider, "_works", [work])
    Dispatcher(redis).dispatch([stub.visit("a"), stub.visit("b")])
    running = asyncio.create_task(work.run())
    await begun.wait()
    work.drain = Recycling().drain
    stopping.set()
    done, _ = await asyncio.wait({running}, timeout=1.0)
    assert not done, "it waits for its visits"
    spider.ask_to_stop()
    await asyncio.wait_for(running, LIMIT)
    assert len(await taken_by_another(redis_uri, "api")) == 2


PATIENT = f"""
from cityreach.cli import main
from embedded.supervise import Supervisor
Supervisor.__init__.__kwdefaults__["grace"] = {LIMIT}
main()
"""
"""`up` that kills no part for being slow: on a busy machine all take many times as long."""


def test_all_parts_together_end_in_time(sandbox: Sandbox, tmp_path: Path) -> None:
    """Servers and parts, with visits that hang; the next start finds them free."""
    sandbox.reset()
    hanging(sandbox)
    log = tmp_path / "part.log"
    fewer = {f"CITYREACH_{name}__ENABLED": "false" for name in ("INSTAGRAM", "YOUTUBE")}
    with cityreach(
        "up", folder=tmp_path, sandbox=sandbox, start=("-c", PATIENT), **fewer
    ) as process:
        wait_until(lambda: "parts are running" in log.read_text(), process=process)
        found = running_servers(tmp_path)
        assert found is not None
        with Redis.from_url(found.redis_uri) as redis:
            Dispatcher(redis).dispatch(timelines(sandbox, ("x", "tiktok", "facebook"), "api"))
            wait_until(lambda: held(redis) > 10, process=process)
            assert stopped(process) == 0, log.read_text()
    assert "was killed" not in log.read_text()
    assert "all parts have stopped" in log.read_text()
