"""Calls by a real proxy: it sees all of them, its failures are told apart, secrets stay here."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadFailedError
from scrapy.http import Response

from crawler.engine.http_download import downloading
from crawler.proxied import PROXY, ProxiedCalls, ProxyFailed, Way
from tests.proxies.running import PASSWORD, USER, RunningProxy, proxy
from tests.sandbox.running import Sandbox
from tests.shared import ROOT
from tests.waiting import LIMIT

pytestmark = pytest.mark.servers
SCHEMES = ["http", "https", "socks5", "socks5h"]
Download = Callable[[Request], Awaitable[Response]]


async def by_engine(request: Request) -> Response:
    """As the download handler of Scrapy's engine does it."""
    calls = ProxiedCalls()
    try:
        return await calls.download(request, request.meta[PROXY])
    finally:
        await calls.close()


async def by_command(request: Request) -> Response:
    """As commands do that make a few calls themselves."""
    async with downloading("tests") as download:
        return await download(request)


def request(url: str, through: str) -> Request:
    return Request(f"{url}/2/users/by/username/none", meta={PROXY: Way(through)})


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("download", [by_engine, by_command])
async def test_a_call_goes_by_the_proxy(
    download: Download, scheme: str, running_proxy: RunningProxy, far: str
) -> None:
    before = len(running_proxy.asked)
    answer = await download(request(far, running_proxy.url(scheme)))
    assert answer.status == 401
    assert b"Unauthorized" in answer.body
    assert len(running_proxy.asked) == before + 1


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_wrong_password_is_the_proxys_own_outcome(
    scheme: str, running_proxy: RunningProxy, far: str
) -> None:
    with pytest.raises(ProxyFailed) as caught:
        await by_engine(request(far, running_proxy.url(scheme, "nobody-here:wrong-password")))
    assert "wrong-password" not in str(caught.value)
    assert "***@127.0.0.1" in str(caught.value)
    # httpcore leaves the connection of a refused SOCKS login to the collector.
    del caught
    gc.collect()


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_so_is_a_proxy_that_has_died(scheme: str, tmp_path: Path, far: str) -> None:
    with proxy(tmp_path) as dying:
        dying.die()
        with pytest.raises(ProxyFailed) as caught:
            await by_command(request(far, dying.url(scheme)))
    assert PASSWORD not in str(caught.value)
    assert USER not in repr(caught.value)


async def test_without_a_way_it_is_direct(sandbox: Sandbox, running_proxy: RunningProxy) -> None:
    before = len(running_proxy.asked)
    assert (await by_command(Request(f"{sandbox.base}/2/users/1"))).status == 401
    assert len(running_proxy.asked) == before
    with pytest.raises((DownloadConnectionRefusedError, DownloadFailedError)) as caught:
        await by_command(Request("http://127.0.0.1:9/"))
    assert not isinstance(caught.value, ProxyFailed)


def test_scrapys_engine_goes_by_the_way_of_a_request(
    running_proxy: RunningProxy, sandbox: Sandbox, far: str
) -> None:
    def said(url: str, way: str) -> str:
        command = [sys.executable, "-m", "tests.proxies.engine_process", url, way]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)
        assert PASSWORD not in done.stderr
        return done.stdout

    before = len(running_proxy.asked)
    assert said(f"{far}/web/x/robots.txt", running_proxy.url("socks5h")).startswith("200")
    assert len(running_proxy.asked) == before + 1
    assert said(f"{sandbox.base}/web/x/robots.txt", "").startswith("200")
    assert len(running_proxy.asked) == before + 1
