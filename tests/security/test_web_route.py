"""Visits by public pages go without any credential, and leave none behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from redis import Redis

from bus import keys
from bus.dispatch import Dispatcher
from model.messages import VisitClosed, VisitKind, decode_harvest
from model.route import Route
from operations.rehearsal.world_run import sandbox_environment
from tests.cityreach.demo_process import environment
from tests.crawler.platforms.opening import visit
from tests.sandbox.running import Sandbox
from tests.security.searching import in_files, in_redis
from tests.servers import valkey
from tests.waiting import end, wait_until

TOKEN = "EAAB|pages/9c1d+7f3a=Zq5"


def ends(client: Redis) -> list[VisitClosed]:
    messages = [decode_harvest(fields[b"m"]) for _, fields in client.xrange(keys.HARVEST)]
    return [message for message in messages if isinstance(message, VisitClosed)]


def test_pages_are_opened_without_a_token(sandbox: Sandbox, tmp_path: Path) -> None:
    """With tokens in the settings, the log at its loudest, and pages that fail."""
    env = {
        **environment(tmp_path),
        **sandbox_environment(sandbox.base, Route.WEB),
        "CITYREACH_LOG_LEVEL": "DEBUG",
        "CITYREACH_TIKTOK__CLIENT_SECRET": TOKEN,
    }
    for name in ("FACEBOOK", "X", "INSTAGRAM", "YOUTUBE", "TIKTOK"):
        env[f"CITYREACH_{name}__TOKENS"] = json.dumps([TOKEN])
    accounts = [a for name in ("tiktok", "youtube") for a in sandbox.world.accounts[name].values()]
    visits = [visit(sandbox, one, VisitKind.PROFILE) for one in accounts[:3] + accounts[-3:]]
    sandbox.fault(
        platform="tiktok", route=Route.WEB, kind="server_error", match=f"@{visits[0].handle}"
    )
    command = [sys.executable, "-m", "cityreach", "crawl", "--route", "web"]
    with valkey(tmp_path) as (uri, _), (tmp_path / "crawl.log").open("w") as log:
        client = Redis.from_url(uri)
        Dispatcher(client).dispatch(visits)
        process = subprocess.Popen(
            command, env={**env, "CITYREACH_REDIS_URI": uri}, cwd=tmp_path, stdout=log, stderr=log
        )
        try:
            wait_until(lambda: len(ends(client)) == len(visits), "all visits ended", process)
        finally:
            end(process)
        assert {end.outcome.value for end in ends(client)} >= {"ok", "server_error"}
        assert in_redis(uri, TOKEN) == []
        client.close()
    assert (tmp_path / "crawl.log").stat().st_size > 1000
    assert in_files(tmp_path, TOKEN) == []
    rows = sandbox.http.get("/_sandbox/usage").json()["calls"]
    assert rows
    assert {row["credential"] for row in rows} == {"-"}, "the platforms' own books"
