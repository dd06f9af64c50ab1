"""Where robots.txt may lead: within its site, by HTTP."""

from __future__ import annotations

import pytest

from crawler.engine.robots import Robots
from crawler.errors import GiveUp
from model.messages import Outcome

_FORBIDDEN = (200, "", b"User-agent: *\nDisallow: /private")


def leading(to: str) -> tuple[Robots, list[str]]:
    """Rules of a host whose robots.txt leads elsewhere once, and the addresses that were asked."""
    asked: list[str] = []

    async def get(url: str) -> tuple[int, str, bytes]:
        asked.append(url)
        return (302, to, b"") if len(asked) == 1 else _FORBIDDEN

    return Robots("agent", get), asked


@pytest.mark.parametrize(
    "to",
    ["/other.txt", "https://example.org/robots.txt", "https://www.example.org/robots.txt"],
)
async def test_a_redirect_within_the_site_is_followed(to: str) -> None:
    robots, asked = leading(to)
    rules = await robots.rules("https://example.org/page")
    assert not rules.allows("https://example.org/private/page")
    assert len(asked) == 2


@pytest.mark.parametrize(
    "to",
    [
        "https://other.example/robots.txt",
        "https://example.org:8443/robots.txt",
        "https://example.org.other.example/robots.txt",
        "//127.0.0.1/robots.txt",
        "http://example.org/robots.txt",
        "file:///etc/passwd",
        "data:text/plain,hello",
        "ftp://example.org/robots.txt",
    ],
)
async def test_a_redirect_to_another_place_opens_nothing(to: str) -> None:
    robots, asked = leading(to)
    with pytest.raises(GiveUp) as error:
        await robots.rules("https://example.org/page")
    assert error.value.outcome is Outcome.FORBIDDEN
    assert asked == ["https://example.org/robots.txt"]
