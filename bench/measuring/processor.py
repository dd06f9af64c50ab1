"""CPU time of processes with all that they have started, from /proc."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_below(pid: int) -> float:
    """Seconds of user and system of a process, its ended children and those that live."""
    rows = _processes()
    children: dict[int, list[int]] = defaultdict(list)
    for child, (parent, _) in rows.items():
        children[parent].append(child)
    total, left = 0.0, [pid]
    while left:
        one = left.pop()
        total += rows[one][1] if one in rows else 0.0
        left.extend(children[one])
    return total


def spent_by(pids: Mapping[str, int]) -> Callable[[], dict[str, float]]:
    """Begins to count; what it returns tells the seconds by name since then."""
    before = {name: cpu_below(pid) for name, pid in pids.items()}
    return lambda: {name: cpu_below(pid) - before[name] for name, pid in pids.items()}


def own_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process for some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _processes() -> dict[int, tuple[int, float]]:
    """Parent and CPU seconds, with those of ended children, by process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue  # It has ended meanwhile.
        found[int(folder.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / _TICKS)
    return found
