from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import Stack
from model.servers import Servers


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Servers]]:
    """Both servers, for tests that leave them as they are."""
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder) as stack:
        yield folder, stack.start()
