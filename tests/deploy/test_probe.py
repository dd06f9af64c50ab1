"""Whether a part lives, as health checks of containers ask; and the state as gauges."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from redis import Redis

from bus import keys
from bus.heartbeat import Heartbeat
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from operations.health.gauges import gauges_of
from operations.runtime import process_name
from portal.figures.gauges import GAUGES
from tests.shared import ROOT
from tests.waiting import wait_until


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch, redis_uri: str, tmp_path: Path) -> Any:
    """The script, with the address in a file of the secrets directory."""
    (tmp_path / "CITYREACH_REDIS_URI").write_text(f"{redis_uri}\n")
    monkeypatch.setenv("CITYREACH_SECRETS_DIR", str(tmp_path))
    monkeypatch.delenv("CITYREACH_REDIS_URI", raising=False)
    spec = importlib.util.spec_from_file_location("probe", ROOT / "deploy" / "probe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_part_of_this_host_is_seen_to_live(probe: Any, redis: Redis) -> None:
    assert probe.main("write") == "write: no sign of life"
    redis.set(keys.alive("write", "another-host-1"), "1")
    assert probe.main("write") == "write: no sign of life"
    with Heartbeat(redis, "crawl-x-api", process_name()):
        wait_until(lambda: probe.main("crawl") == "", "the crawler is seen")
        assert probe.main("write") != ""


def test_a_server_that_is_away_is_no_sign_of_life(probe: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("CITYREACH_REDIS_URI", "redis://127.0.0.1:1/0")
    assert probe.main("write") == "write: ConnectionError"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CITYREACH_PORTAL__PORT", str(taken.getsockname()[1]))
        assert probe.main("portal") == "portal: URLError"


def test_the_state_is_given_as_gauges(redis: Redis, redis_uri: str, tmp_path: Path) -> None:
    nowhere = SecretStr("mongodb://127.0.0.1:1/?replicaSet=none")
    given = {"redis_uri": SecretStr(redis_uri), "mongo_uri": nowhere, "data_dir": tmp_path}
    settings = load_settings(None, **given)
    runtime = open_runtime(settings)
    try:
        redis.xadd(keys.HARVEST, {"m": "x"})
        redis.set(keys.alive("write", "host-1"), "1")
        found = {(one.name, *one.labels.values()): one.value for one in gauges_of(runtime)}
    finally:
        runtime.close()
    assert found["cityreach_harvest_waiting",] == 1
    assert found["cityreach_writers",] == 1
    assert found["cityreach_scheduler_leads",] == 0
    assert found["cityreach_crawlers", "x", "api"] == 0
    assert {name for name, *_ in found} <= set(GAUGES)
    # Nothing waits for visits, and no limit is set: unknown is absent, never zero.
    assert ("cityreach_visits_oldest_seconds", "x") not in found
