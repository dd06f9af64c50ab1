"""These tests open real pages in this process, by Scrapy's reactor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.crawler.browser.site import Site


@pytest.fixture(scope="session", autouse=True)
def reactor() -> Iterator[None]:
    """Scrapy's handlers want the reactor that runs on asyncio; it is there, and does not run."""
    from scrapy.utils.reactor import install_reactor

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    yield
    from twisted.internet import reactor

    reactor.disconnectAll()  # type: ignore[attr-defined]
    reactor._asyncioEventloop.close()  # type: ignore[attr-defined]


@pytest.fixture
async def opener() -> AsyncIterator[object]:
    """Opens pages as the web crawler does; browser and driver end with the test."""
    from tests.crawler.browser.opening import Opener

    one = Opener()
    yield one
    assert one.open_pages == 0
    await one.close()


@pytest.fixture
def other() -> Iterator[Site]:
    """Another server of the machine: a service, or somebody else's site."""
    with Site() as serving:
        yield serving
