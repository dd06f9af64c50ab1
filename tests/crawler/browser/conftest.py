"""These tests open real pages. Without a browser none of them is collected, and the run says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from crawler.browser import available
from tests.crawler.browser.site import Site

_AVAILABLE = available()
collect_ignore_glob = [] if _AVAILABLE else ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _AVAILABLE:
        terminalreporter.write_line(
            "tests/browser was left out: there is no browser (`make .venv/.browser`)"
        )


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
def site() -> Iterator[Site]:
    """A server of the test's own."""
    with Site() as running:
        yield running


@pytest.fixture
async def opener() -> AsyncIterator[object]:
    """Opens pages as the web crawler does; browser and driver end with the test."""
    from tests.crawler.browser.opening import Opener

    one = Opener()
    yield one
    assert one.open_pages == 0
    await one.close()
