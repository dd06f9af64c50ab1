"""These tests open real pages. Without a browser none of them is collected, and the run says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cityreach.clock import set_file_clock
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from cityreach.stack import Stack
from crawler.browser import available
from model.platform import PLATFORMS
from model.servers import Servers
from operations.runtime import Runtime
from tests.crawler.browser.site import Site
from tests.sandbox.running import SMALL, Sandbox, running

_AVAILABLE = available()
collect_ignore_glob = [] if _AVAILABLE else ["test_*.py"]
_numbers = count()
MakeHouse = Callable[..., Runtime]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _AVAILABLE:
        terminalreporter.write_line(
            "tests/evidence was left out: there is no browser (`make .venv/.browser`)"
        )


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack.start()


@pytest.fixture(scope="session")
def served() -> Iterator[Sandbox]:
    with running(SMALL) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """At the cut-off of its month, without faults."""
    served.reset()
    return served


@pytest.fixture
def make_house(
    servers: Servers, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeHouse]:
    """A house with a database of its own, at the sandbox's time; its pages are the sandbox's."""
    monkeypatch.setenv("CITYREACH_MONGO_URI", servers.mongo_uri)
    monkeypatch.setenv("CITYREACH_REDIS_URI", servers.redis_uri)
    monkeypatch.setenv("CITYREACH_MONGO_DATABASE", f"evidence{next(_numbers)}")
    clock = tmp_path / "clock"
    set_file_clock(clock, sandbox.now)
    monkeypatch.setenv("CITYREACH_CLOCK_FILE", str(clock))
    houses = []

    def make(base: str = "", **values: Any) -> Runtime:
        calm: dict[str, Any] = {"web_pause": 0, "quiet": 3, "timeout": 15}
        for name in PLATFORMS:
            calm["web_url"] = base or f"{sandbox.base}/web/{name}"
            for key, value in calm.items():
                monkeypatch.setenv(f"CITYREACH_{name.upper()}__{key.upper()}", str(value))
        houses.append(open_runtime(load_settings(env_file=None, **values)))
        return houses[-1]

    yield make
    for runtime in houses:
        runtime.db.client.drop_database(runtime.db.name)
        runtime.close()


@pytest.fixture
def runtime(make_house: MakeHouse) -> Runtime:
    return make_house()


@pytest.fixture
def site() -> Iterator[Site]:
    """A server of the test's own."""
    with Site() as running:
        yield running
