"""Visits in the queues that nobody planned: each ends, or is set aside; the others are made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from redis import Redis

from bus import keys
from bus.connection import ensure_group
from bus.dead import read_dead_letters
from model.messages import Outcome, Visit, VisitClosed, VisitKind, decode_harvest, encode
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from operations.rehearsal.world_run import sandbox_environment
from tests.crawler.platforms.opening import visit
from tests.sandbox.running import Sandbox
from tests.waiting import end, wait_until


def _bad(good: Visit) -> Iterator[Visit]:
    def but(**changed: Any) -> Visit:
        return msgspec.structs.replace(good, **changed)

    for kind in VisitKind:
        yield but(kind=kind, window=None, posts=())
        yield but(kind=kind, account="1?fields=all#x", handle="../../2/dm_events?a=b#c")
        yield but(kind=kind, account="%2e%2e%2f", handle="x" * 2000)
        yield but(kind=kind, account="$gt", handle="\x00\r\nHost: other\u202e")
    yield but(kind=VisitKind.REFRESH, posts=("a&b=c", "1?x", "%00", "\U0001f600"))
    yield but(kind=VisitKind.REFRESH, posts=tuple(f"{n}" for n in range(3)), attempt=1_000_000)
    yield but(account="@nobody", handle="")


def _raw(good: Visit, other: PlatformName) -> Iterator[bytes]:
    """What is no visit of its queue."""
    yield encode(msgspec.structs.replace(good, platform=other))
    yield encode(msgspec.structs.replace(good, route=Route.WEB))
    yield encode(good).replace(b'"v":1', b'"v":2')
    yield encode(good)[:-9]
    yield b"[" * 100_000
    yield b""


def _ends(redis: Redis) -> list[VisitClosed]:
    found = [decode_harvest(fields[b"m"]) for _, fields in redis.xrange(keys.HARVEST)]
    return [message for message in found if isinstance(message, VisitClosed)]


def test_a_crawler_survives_them(
    redis: Redis, redis_uri: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    bad = set_aside = 0
    good: set[str] = set()
    for name, other in zip(PLATFORMS, PLATFORMS[1:] + PLATFORMS[:1], strict=True):
        account = next(iter(sandbox.world.accounts[name].values()))
        planned = visit(sandbox, account, VisitKind.TIMELINE)
        planned = msgspec.structs.replace(planned, route=Route.API)
        spoilt, raw = [encode(one) for one in _bad(planned)], list(_raw(planned, other))
        ensure_group(redis, keys.visit_queue(name), keys.CRAWLERS)
        for message in (*spoilt, *raw, encode(planned)):
            redis.xadd(keys.visit_queue(name), {"m": message})
        redis.xadd(keys.visit_queue(name), {"x": "y"})
        bad, set_aside = bad + len(spoilt), set_aside + len(raw) + 1
        good.add(planned.id)
    plain = {k: v for k, v in os.environ.items() if not k.startswith("CITYREACH_")}
    environment = {
        **plain,
        **sandbox_environment(sandbox.base),
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_DATA_DIR": str(tmp_path),
        "CITYREACH_CRAWLER__TRIES": "1",
        "CITYREACH_LOG_LEVEL": "CRITICAL",
    }
    argv = [sys.executable, "-m", "cityreach", "crawl"]
    process = subprocess.Popen(argv, env=environment, cwd=tmp_path)
    try:
        wait_until(lambda: len(_ends(redis)) == bad + len(good), "all ended", process)
        wait_until(lambda: len(read_dead_letters(redis)) == set_aside, "set aside", process)
    finally:
        end(process)
    ends = {one.visit.id: one for one in _ends(redis) if one.visit.id in good}
    assert {one.outcome for one in ends.values()} == {Outcome.OK}
    assert max(one.deliveries for one in _ends(redis)) == 1
    for name in PLATFORMS:
        pending: Any = redis.xpending(keys.visit_queue(name), keys.CRAWLERS)
        assert pending["pending"] == 0
