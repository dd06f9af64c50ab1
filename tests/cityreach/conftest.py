from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cityreach.demo_process import demo, wait_until


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a demo that stays up, its results in `out`."""
    data = tmp_path_factory.mktemp("kept")
    with demo(data, "--keep", "--out", str(data / "out")) as process:
        wait_until((data / "out" / "run.json").exists, process, 120)
        yield data
