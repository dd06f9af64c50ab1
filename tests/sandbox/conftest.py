"""One sandbox for all tests of this folder, as new for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.running import SMALL, Sandbox, running


@pytest.fixture(scope="session")
def started() -> Iterator[Sandbox]:
    with running(SMALL) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(started: Sandbox) -> Sandbox:
    """At the cut-off of its month, without faults, with usage at nothing and its own limits."""
    started.reset()
    started.limits(**started.first_limits)
    return started
