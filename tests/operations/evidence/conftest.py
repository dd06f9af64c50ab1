"""A runtime for tests that photograph real pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from model.platform import PLATFORMS
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from store.database import Store
from tests.operations.evidence.one_browser import OneBrowser
from tests.sandbox.running import Sandbox
from tests.store.mongod import Mongod

MakeRuntime = Callable[..., Runtime]


@pytest.fixture
def make_runtime(
    mongod: Mongod,
    db: Store,
    redis_uri: str,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MakeRuntime]:
    """A runtime with a database of its own, at the sandbox's time; its pages are the sandbox's."""
    monkeypatch.setenv("CITYREACH_MONGO_URI", mongod.uri)
    monkeypatch.setenv("CITYREACH_REDIS_URI", redis_uri)
    monkeypatch.setenv("CITYREACH_MONGO_DATABASE", db.name)
    clock = tmp_path / "clock"
    set_file_clock(clock, sandbox.now)
    monkeypatch.setenv("CITYREACH_CLOCK_FILE", str(clock))
    made = []

    def make(base: str = "", **values: Any) -> Runtime:
        patient: dict[str, Any] = {"web_pause": 0, "quiet": 3, "timeout": 15}
        for name in PLATFORMS:
            patient["web_url"] = base or f"{sandbox.base}/web/{name}"
            for key, value in patient.items():
                monkeypatch.setenv(f"CITYREACH_{name.upper()}__{key.upper()}", str(value))
        made.append(open_runtime(load_settings(env_file=None, **values)))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[OneBrowser]:
    one = OneBrowser()
    yield one
    one.close()


@pytest.fixture
def in_one_browser(browser: OneBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are taken in a browser that is running; for tests whose claim is not its start."""
    monkeypatch.setattr("operations.evidence.asyncio", browser)
    monkeypatch.setattr("crawler.browser.screenshot.portraits", browser.portraits)


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> Runtime:
    return make_runtime()
