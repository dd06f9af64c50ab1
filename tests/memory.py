"""Folders in memory, for servers of tests whose data need not outlive anything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.waiting import gone

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30
"""Bytes that must be free there."""
_PREFIX = "cityreach-tests-"


@contextmanager
def quick_folder(otherwise: Path) -> Iterator[Path]:
    """A folder in memory, so that a server waits for no disk; where there is no room, `otherwise`.

    It is removed at the end, and what killed tests have left with it.
    """
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM:
        yield otherwise
        return
    for left in _MEMORY.glob(f"{_PREFIX}*"):
        if gone(int(left.name.removeprefix(_PREFIX).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_MEMORY))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
