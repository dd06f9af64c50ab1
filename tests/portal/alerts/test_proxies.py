"""Proxies of the environment: never to this machine; one that cannot be used is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal.alerts.channels import DeliveryError, ping, send
from portal.alerts.config import ChannelConfig
from portal.alerts.wording import Summary
from tests.portal.alerts.receivers import web

AT = datetime(2025, 5, 1, tzinfo=UTC)
NAMES = ("http_proxy", "https_proxy", "ALL_PROXY", "all_proxy")
PROXIES = ("http://127.0.0.1:9", "socks5://127.0.0.1:9", "socks5h://me:secret@127.0.0.1:9")


@pytest.mark.parametrize("proxy", PROXIES)
def test_this_machine_is_reached_directly(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, proxy)
    with web() as receiver:
        ping(f"{receiver.url}/alive")
        given = {"kind": "webhook", "secret": "s", "url": f"{receiver.url}/all"}
        send(ChannelConfig.model_validate(given), Summary("all well", {}, AT))
        assert (receiver.asked, len(receiver.posted)) == (["/alive"], 1)


@pytest.mark.slow
@pytest.mark.parametrize("proxy", ["socks5://me:secret@127.0.0.1:9", "nonsense://x"])
def test_a_proxy_that_cannot_be_used_is_one_sentence(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, proxy)
    with pytest.raises(DeliveryError) as caught:
        ping("https://hooks.example.invalid/secret-path")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
