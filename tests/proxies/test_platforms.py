"""Platforms by a proxy of the settings: each by its own, pages too; doctor says by which."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from python_socks import ProxyError
from python_socks.async_.asyncio.v2 import Proxy

from cityreach.secrecy import redacted
from cityreach.settings import load_settings
from crawler.browser.gate import Gate, places
from model.account import Account
from model.clock import Clock
from model.messages import Outcome
from model.network.proxies import Proxies
from operations.doctor import try_online
from operations.rehearsal.world_run import sandbox_sections
from operations.settings import Settings
from portal.alerts.channels import DeliveryError, ping
from tests.proxies.running import NAME, PASSWORD, USER, RunningProxy, proxy
from tests.sandbox.running import Sandbox

pytestmark = pytest.mark.servers


class Now:
    """A clock that stands at the sandbox's present."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.now = lambda: sandbox.now


def settings_of(far: str, through: str, **more: Any) -> Settings:
    sections = sandbox_sections(far)
    return load_settings(None, **sections, proxy=through, **more)


def account_of(sandbox: Sandbox, name: Any) -> Account:
    known = next(iter(sandbox.world.accounts[name].values()))
    return Account(platform=name, id=known.id, handle=known.handle, city=known.city)


@pytest.mark.parametrize("name", ["facebook", "x", "instagram", "youtube", "tiktok"])
def test_doctor_reaches_a_platform_by_the_proxy_and_says_so(
    name: Any, sandbox: Sandbox, far: str, running_proxy: RunningProxy
) -> None:
    clock: Clock = Now(sandbox)
    before = len(running_proxy.asked)
    settings = settings_of(far, running_proxy.url("http"))
    found = try_online(settings, clock, account_of(sandbox, name))
    assert found.ok, found.text
    assert f"by the proxy http://***@127.0.0.1:{running_proxy.port} in " in found.text
    assert len(running_proxy.asked) > before


def test_a_proxy_that_dies_is_named_and_tried_again(
    sandbox: Sandbox, far: str, tmp_path: Path
) -> None:
    with proxy(tmp_path) as dying:
        dying.die()
        settings = settings_of(far, dying.url("socks5h"))
        found = try_online(settings, Now(sandbox), account_of(sandbox, "x"))
    assert found.text.startswith(Outcome.PROXY_FAILED)
    assert Outcome.PROXY_FAILED.transient
    assert "CITYREACH_PROXY" in found.remedy
    assert PASSWORD not in found.text


def test_each_section_goes_by_its_own_proxy_or_by_that_for_all() -> None:
    settings = load_settings(
        None,
        proxy="http://all:1",
        no_proxy="a.cn",
        x={"proxy": "socks5h://own:2", "no_proxy": "b.cn"},
        youtube={"proxy": "none"},
        alerts={
            "proxy": "https://alerts:3",
            "channels": {"team": {"kind": "slack", "url": "https://hooks.example.com/a"}},
        },
    )
    assert settings.platform("facebook").proxies == Proxies("http://all:1", "a.cn")
    assert settings.platform("x").proxies == Proxies("socks5h://own:2", "a.cn,b.cn")
    assert settings.platform("youtube").proxies.to("youtube.com") == ""
    through = settings.alerts.channels["team"].proxies
    assert through is not None
    assert through.url == "https://alerts:3"


def test_user_and_password_of_a_proxy_are_redacted(caplog: pytest.LogCaptureFixture) -> None:
    load_settings(None, proxy=f"http://{USER}:{PASSWORD}@proxy.office:1")
    logging.getLogger("tests").warning("by %s and %s", USER, PASSWORD)
    assert USER not in caplog.text
    assert PASSWORD not in caplog.text
    assert PASSWORD not in redacted(f"http://{USER}:{PASSWORD}@proxy.office:1")


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_alerts_leave_by_their_proxy(
    scheme: str, far: str, running_proxy: RunningProxy, tmp_path: Path
) -> None:
    before = len(running_proxy.asked)
    with pytest.raises(DeliveryError, match="HTTP 4"):
        ping(f"{far}/nothing-here", Proxies(running_proxy.url(scheme)))
    assert len(running_proxy.asked) == before + 1
    with proxy(tmp_path) as dying:
        dying.die()
        with pytest.raises(DeliveryError) as caught:
            ping(f"{far}/nothing-here", Proxies(dying.url(scheme)))
    assert "by the proxy" in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https", "socks5h"])
async def test_the_browsers_gate_leads_on_by_the_proxy(
    scheme: str, far: str, running_proxy: RunningProxy, tmp_path: Path
) -> None:
    gate, before = Gate(places([far])), len(running_proxy.asked)
    port = int(far.rpartition(":")[2])
    try:
        way = Proxy.from_url(await gate.start(Proxies(running_proxy.url(scheme))), rdns=True)
        stream = await way.connect(NAME, port)
        await stream.write(b"GET /web/x/robots.txt HTTP/1.0\r\n\r\n")
        assert b" 200 " in await stream.read()
        await stream.close()
        assert len(running_proxy.asked) == before + 1
        for private in ("intranet", "10.0.0.1", "nas.local", "127.0.0.1"):
            with pytest.raises(ProxyError):
                await way.connect(private, 80)
        with proxy(tmp_path) as dying:
            dying.die()
            way = Proxy.from_url(await gate.start(Proxies(dying.url(scheme))), rdns=True)
            with pytest.raises(ProxyError):
                await way.connect(NAME, port)
        assert gate.proxy_failed(far)
        assert PASSWORD not in gate.reason(far)
    finally:
        await gate.close()
