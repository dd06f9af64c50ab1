"""Whole months by a proxy: exact, all of it by the proxy, nothing of this machine by it, and its
password nowhere in what is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.browser import available
from embedded import running_servers
from tests.long.month import Month, month
from tests.proxies.running import NAME, PASSWORD, RunningProxy, proxy
from tests.security.searching import in_files, in_mongo, in_redis
from tests.shared import WORLDS

pytestmark = [pytest.mark.long, pytest.mark.shared]
WORLD = WORLDS / "real-dev.jsonl.gz"
ROUTES = ["api", "web"] if available() else ["api"]


@pytest.mark.parametrize("scheme", ["http", "https", "socks5h"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_month_by_a_proxy(route: str, scheme: str, tmp_path: Path) -> None:
    data, beside = tmp_path / "data", tmp_path / "proxy"
    data.mkdir()
    beside.mkdir()
    with proxy(beside) as between:
        more = {"PROXY": f"{between.url(scheme)} {NAME}", "SSL_CERT_FILE": str(between.authority)}
        with month(data, WORLD, ROUTE=route, **more) as running:
            running.finish(within=1800)
            if route == "api":
                running.assert_exact()
            else:
                running.assert_as_pages_show()
            _nothing_left(running, data)
        _all_by(between)
    assert in_files(data, PASSWORD) == []


def _all_by(between: RunningProxy) -> None:
    """Nobody but the proxy can find the platforms, so that whatever was read came by it."""
    assert len(between.asked) > 0
    assert between.asked_for_others == []


def _nothing_left(running: Month, data: Path) -> None:
    servers = running_servers(data / "demo")
    assert servers is not None
    assert running.calls() > 0
    assert in_files(data, PASSWORD) == []
    assert in_mongo(servers.mongo_uri, PASSWORD) == []
    assert in_redis(servers.redis_uri, PASSWORD) == []
