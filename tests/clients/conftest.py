"""A sandbox for the clients, with the world that ships and, where it is there, a real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.served import SMALL, Sandbox, serving
from tests.shared import FOLDER, WORLDS

HERE = Path(__file__).parent
REAL = WORLDS / "real-dev.jsonl.gz"
EACH = [pytest.param(SMALL, id="small")]
if REAL.exists():
    EACH.append(pytest.param(REAL, id="real-dev", marks=pytest.mark.shared))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Nothing here belongs to a run with another configuration: the clients live elsewhere."""
    if config.inipath != HERE / "pytest.ini":
        return True
    documents = collection_path.name == "test_x_openapi.py"
    return True if documents and not (FOLDER / "platforms").is_dir() else None


@pytest.fixture(scope="session", autouse=True)
def _loopback_is_not_behind_a_proxy() -> None:
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"


@pytest.fixture(scope="session", params=EACH)
def _each(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with serving(request.param) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def _small() -> Iterator[Sandbox]:
    with serving(SMALL) as sandbox:
        yield sandbox


@pytest.fixture
def each(_each: Sandbox) -> Sandbox:
    """A sandbox at the cut-off, once with each world."""
    _each.reset()
    return _each


@pytest.fixture
def sandbox(_small: Sandbox) -> Sandbox:
    """A sandbox at the cut-off, with the world that ships."""
    _small.reset()
    return _small
