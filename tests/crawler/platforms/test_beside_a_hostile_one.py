"""One crawler, one platform whose every answer is an attack, and another one that is well."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from redis import Redis

from bus import keys
from bus.dispatch import Dispatcher
from model.messages import Outcome, Visit, VisitClosed, VisitKind, decode_harvest
from model.route import Route
from operations.rehearsal.world_run import sandbox_environment
from tests.crawler.platforms.opening import visit
from tests.long.hostile_site import hostile_site
from tests.sandbox.running import Sandbox
from tests.waiting import end, wait_until

MOST = 800 * 1024 * 1024
FINE = {Outcome.OK, Outcome.OK_NOTHING_NEW}


def _ends(redis: Redis) -> list[VisitClosed]:
    found = [decode_harvest(fields[b"m"]) for _, fields in redis.xrange(keys.HARVEST)]
    return [message for message in found if isinstance(message, VisitClosed)]


def _peak(process: subprocess.Popen[bytes]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_the_others_visits_end_well_and_no_lease_is_lost(
    redis: Redis, redis_uri: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    visits: list[Visit] = []
    for name in ("x", "youtube", "facebook"):
        for account in list(sandbox.world.accounts[name].values())[:8]:
            visits.append(visit(sandbox, account, VisitKind.TIMELINE))
    visits = [msgspec.structs.replace(one, route=Route.API) for one in visits]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("CITYREACH_")}
    with hostile_site(7) as site:
        environment = {
            **plain,
            **sandbox_environment(sandbox.base),
            "CITYREACH_X__API_URL": site.url,
            "CITYREACH_REDIS_URI": redis_uri,
            "CITYREACH_DATA_DIR": str(tmp_path),
            "CITYREACH_CRAWLER__TRIES": "1",
            "CITYREACH_LOG_LEVEL": "CRITICAL",
        }
        Dispatcher(redis).dispatch(visits)
        argv = [sys.executable, "-m", "cityreach", "crawl"]
        process = subprocess.Popen(argv, env=environment, cwd=tmp_path)
        try:
            wait_until(lambda: len(_ends(redis)) == len(visits), "all ended", process)
            assert _peak(process) < MOST
        finally:
            end(process)
    assert site.sent.total() >= 8
    ends = Counter((one.visit.platform, one.outcome in FINE) for one in _ends(redis))
    assert ends == {("x", False): 8, ("youtube", True): 8, ("facebook", True): 8}
    for name in ("x", "youtube", "facebook"):
        pending: Any = redis.xpending(keys.visit_queue(name), keys.CRAWLERS)
        assert pending["pending"] == 0
    assert redis.xlen(keys.DEAD) == 0
