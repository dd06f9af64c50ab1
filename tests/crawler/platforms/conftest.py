"""One sandbox for the tests of this folder that collect from a running one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.running import SMALL, Sandbox, running
from tests.store.conftest import db, mongod

__all__ = ["db", "mongod"]


@pytest.fixture(scope="session")
def served() -> Iterator[Sandbox]:
    with running(SMALL) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """At the cut-off of its month, without faults."""
    served.reset()
    return served
