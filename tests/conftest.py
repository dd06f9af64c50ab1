"""Settings and marks of all tests."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

from crawler.browser import available, why_unavailable
from embedded.binaries import MONGOD
from model.machine.programs import missing_libraries, needs_packages
from operations.running.installed import portal_installed
from tests.shared import FOLDER

pytest_plugins = ["tests.fixtures"]

# A loaded machine is no failure: examples are bounded in number, not in time.
settings.register_profile("patient", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))

SERVERS = {"kept", "mongod", "redis_uri", "sandbox_process", "shared_stack"}
"""Fixtures that start a server."""
PROCESSES = ("embedded", "security")
"""Folders whose tests start servers of their own."""
STARTERS = {
    "operations.rehearsal.world_run",
    "subprocess",
    "tests.cityreach.demo_process",
    "tests.crawler.platforms.bad_site",
    "tests.sandbox.running",
    "tests.sentinel",
    "tests.servers",
}
"""Modules that start servers or processes; test modules that import them are taken to do so."""
_NONE_FAST = re.compile(
    r"^pytestmark = (?:\[[^]]*)?pytest\.mark\.(?:servers|slow|long|browser)\b"
    rf"|^(?:import|from) (?:{'|'.join(map(re.escape, sorted(STARTERS)))})\b",
    re.MULTILINE,
)
"""In test modules of which no test is fast."""
BROWSER = ("crawler/browser", "operations/evidence", "portal/web/browser")
"""Folders whose tests open pages in a browser."""
_HERE = Path(__file__).parent
_AVAILABLE = available()
collect_ignore_glob = [] if _AVAILABLE else [f"{folder}/test_*.py" for folder in BROWSER]
if not portal_installed():
    collect_ignore_glob += ["portal/web", "portal/web/*"]


@pytest.fixture(autouse=True)
def nothing_asked_afterwards() -> Iterator[None]:
    """What a command was asked for is known to its process, which in tests runs on."""
    yield
    if (forms := sys.modules.get("cityreach.cli.forms")) is not None:
        forms.forget()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where fast tests alone are wanted, modules without any are not imported."""
    wanted = str(config.getoption("markexpr"))
    if "not servers" not in wanted or "not slow" not in wanted or collection_path.suffix != ".py":
        return None
    return bool(_NONE_FAST.search(collection_path.read_text("utf-8"))) or None


@cache
def _imports(module: ModuleType | None) -> bool:
    """Whether a test module has imported one of STARTERS or a name of theirs."""
    names = vars(module).values() if module else ()
    return any(
        (getattr(x, "__name__", "") if isinstance(x, ModuleType) else getattr(x, "__module__", ""))
        in STARTERS
        for x in names
    )


def _mongod_lacks() -> list[str]:
    """Libraries without which the MongoDB that comes along cannot run."""
    wheel = MONGOD.in_wheel()
    return missing_libraries(wheel) if wheel is not None else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out, and what failures may be due to."""
    failed = any(terminalreporter.stats.get(kind) for kind in ("failed", "error"))
    if failed and (missing := _mongod_lacks()):
        terminalreporter.write_line(f"MongoDB cannot run: it needs {needs_packages(missing)}")
    if not _AVAILABLE:
        left = ", ".join(f"tests/{folder}" for folder in BROWSER)
        terminalreporter.write_line(
            f"left out: {left}; {why_unavailable()} (`make .venv/.browser`)"
        )
    if not portal_installed():
        terminalreporter.write_line("left out: tests/portal/web; no portal (`make .venv/.dev`)")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, files in the order of `tests.order`."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.order import LongFilesFirst

    return LongFilesFirst(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what needs servers or a browser; leaves out what needs recordings that lack. What
    takes long comes first."""
    if config.pluginmanager.has_plugin("xdist"):
        from tests.order import sort_items

        sort_items(items)
    for item in items:
        place = str(item.path.relative_to(_HERE))
        starts = place.startswith(PROCESSES) or _imports(getattr(item, "module", None))
        if starts or SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
        if place.startswith(BROWSER):
            item.add_marker("browser")
    if not FOLDER.is_dir():
        lacking = [item for item in items if item.get_closest_marker("shared")]
        items[:] = [item for item in items if item not in lacking]
        config.hook.pytest_deselected(items=lacking)
