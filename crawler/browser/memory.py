"""How much memory the processes below this one use: the browser and its driver."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_KB = 1024


def descendants(root: int) -> Iterator[int]:
    """Ids of all processes below `root`; none where there is no /proc."""
    children = defaultdict(list)
    for process, parent in _parents():
        children[parent].append(process)
    waiting = [root]
    while waiting:
        below = children[waiting.pop()]
        yield from below
        waiting.extend(below)


def _parents() -> Iterator[tuple[int, int]]:
    if not _PROC.is_dir():
        return
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                continue  # It has ended meanwhile.
            yield int(entry.name), int(fields[1])


def memory_below(root: int | None = None) -> int:
    """Bytes in use below a process (by default ours), pages that are shared counted once."""
    return sum(_used(process) for process in descendants(root or os.getpid()))


def _used(process: int) -> int:
    """The proportional set size of one process (proc(5), smaps_rollup); 0 if it has ended."""
    try:
        for line in (_PROC / str(process) / "smaps_rollup").read_text("utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * _KB
    except OSError:
        return 0
    return 0
