"""Which hosts a proxy leads to, and what is no proxy."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from model.network.proxies import Proxies, ProxyUrl, is_loopback, without_user

URL = "http://proxy.office:3128"


@pytest.mark.parametrize(
    ("exempt", "host", "goes"),
    [
        ("", "graph.facebook.com", True),
        ("", "localhost", False),
        ("", "LOCALHOST.", False),
        ("", "mongo.localhost", False),
        ("", "127.0.0.1", False),
        ("", "127.8.9.1", False),
        ("", "[::1]", False),
        ("", "::ffff:127.0.0.1", False),
        ("", "0.0.0.0", False),
        ("", "10.0.0.8", True),
        ("*", "graph.facebook.com", False),
        ("example.com", "example.com", False),
        ("example.com", "www.example.com", False),
        (".example.com", "www.example.com", False),
        ("*.example.com", "www.example.com", False),
        ("example.com", "myexample.com", True),
        ("example.com", "example.com.cn", True),
        ("a.cn, Example.COM ,b.cn", "www.example.com", False),
        ("10.0.0.0/8", "10.20.30.40", False),
        ("10.0.0.0/8", "11.0.0.1", True),
        ("10.1.2.3", "10.1.2.3", False),
        ("fd00::/8", "fd12::1", False),
        (",,", "graph.facebook.com", True),
    ],
)
def test_what_goes_by_the_proxy(exempt: str, host: str, goes: bool) -> None:
    assert Proxies(URL, exempt).to(host) == (URL if goes else "")


def test_without_a_proxy_all_is_direct() -> None:
    assert Proxies().to_url("https://x.com/a") == ""
    assert Proxies("", "*").shown == ""
    assert not is_loopback("proxy.office")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://u:p@h:1", "http://***@h:1"),
        ("socks5h://u:p@ss@h:1", "socks5h://***@h:1"),
        ("socks5://h:1", "socks5://h:1"),
        ("https://u@h:1", "https://***@h:1"),
    ],
)
def test_user_and_password_are_never_shown(url: str, shown: str) -> None:
    assert without_user(url) == Proxies(url).shown == shown
    assert "p@ss" not in repr(Proxies(url))


class Section(BaseModel):
    proxy: ProxyUrl | None = None


@pytest.mark.parametrize(
    "url",
    [
        "proxy.office:3128",
        "http://proxy.office",
        "ftp://proxy.office:1",
        "socks4://proxy.office:1",
        "http://:3128",
        "http://proxy.office:port",
        "http://proxy.office:99999",
        "http://proxy.office:1/path",
        "http://proxy.office:1?a=b",
        "http://us er:pass@proxy.office:1",
        "http://代理:1",
        "yes",
    ],
)
def test_what_is_no_proxy_is_told_without_its_text(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Section(proxy=url)  # type: ignore[arg-type]
    (error,) = caught.value.errors(include_input=False)
    assert "socks5h://" in error["msg"]
    assert url not in error["msg"]


@pytest.mark.parametrize("url", ["", "none", " http://u:p%40@h:1 ", "socks5://h:1080/"])
def test_what_is_taken(url: str) -> None:
    given = Section(proxy=url).proxy  # type: ignore[arg-type]
    assert given is not None
    assert given.get_secret_value() == url.strip()
