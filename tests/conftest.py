"""Settings and marks of all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from crawler.browser import available
from tests.shared import FOLDER

pytest_plugins = ["tests.fixtures"]

# A loaded machine is no failure: examples are bounded in number, not in time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SERVERS = {"kept", "mongod", "redis_uri", "sandbox_process", "shared_stack"}
"""Fixtures that start a server."""
PROCESSES = ("embedded", "security")
"""Folders whose tests start servers of their own; so do modules that import `subprocess`."""
BROWSER = ("crawler/browser", "operations/evidence")
"""Folders whose tests open pages in a browser."""
_HERE = Path(__file__).parent
_AVAILABLE = available()
collect_ignore_glob = [] if _AVAILABLE else [f"{folder}/test_*.py" for folder in BROWSER]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out."""
    if not _AVAILABLE:
        left = ", ".join(f"tests/{folder}" for folder in BROWSER)
        terminalreporter.write_line(f"left out: {left}; no browser (`make .venv/.browser`)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what needs servers or a browser; leaves out what needs recordings that lack."""
    for item in items:
        place = str(item.path.relative_to(_HERE))
        starts = place.startswith(PROCESSES) or "subprocess" in vars(getattr(item, "module", item))
        if starts or SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
        if place.startswith(BROWSER):
            item.add_marker("browser")
    if not FOLDER.is_dir():
        lacking = [item for item in items if item.get_closest_marker("shared")]
        items[:] = [item for item in items if item not in lacking]
        config.hook.pytest_deselected(items=lacking)
