"""How much memory the processes below this one use, the browser and its driver; and its limit."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

_PROC = Path("/proc")
_KB = 1024
_DRIVER = b"playwright"
"""In the command line of a browser's driver, the process between it and ours."""
_LOOK_EVERY, _LOOK_SOON = 0.2, 0.03
"""Seconds; soon where more than half of the limit is used: a page can take gigabytes a second."""
_FREED_EVERY = 0.02


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


class MemoryLimit:
    """Ends the largest of the browser's processes as soon as all together use too much. Other
    processes below this one do not count and are never ended.

    A page that takes gigabytes within a second is not for a graceful end: its own process (the
    browser has one for each site) is killed, and its visit ends as that of a page that broke. It
    looks from a thread of its own, for the event loop may be busy.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory limit", daemon=True)
        self.ended = 0
        """How many processes it has ended."""

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Looks no more."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        pause = _LOOK_EVERY
        while not self._stop.wait(pause):
            # Cheap figures first: they count pages that are shared once for each process.
            held = sum(map(_resident, _browsers()))
            if held > self._most:
                self._relieve()
            pause = _LOOK_SOON if held > self._most / 2 else _LOOK_EVERY

    def _relieve(self) -> None:
        used = {process: _used(process) for process in _browsers()}
        if sum(used.values()) <= self._most:
            return
        largest = max(used, key=used.__getitem__)
        log.warning(
            "the browser uses %d MB, more than %d: its largest process is ended",
            *(sum(used.values()) // _KB**2, self._most // _KB**2),
        )
        with contextlib.suppress(OSError):
            os.kill(largest, signal.SIGKILL)
        self.ended += 1
        # Until the system has its memory back, it still counts: another process would be ended too.
        while _resident(largest) and not self._stop.wait(_FREED_EVERY):
            pass


def _browsers() -> Iterator[int]:
    """Ids of the processes of browsers that this one has started, their drivers left out."""
    own = os.getpid()
    for process, parent in list(_parents()):
        if parent == own and _DRIVER in _command(process):
            yield from descendants(process)


def _command(process: int) -> bytes:
    try:
        return (_PROC / str(process) / "cmdline").read_bytes()
    except OSError:
        return b""


def _resident(process: int) -> int:
    try:
        pages = int((_PROC / str(process) / "statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _used(process: int) -> int:
    """The proportional set size of one process (proc(5), smaps_rollup); 0 if it has ended."""
    try:
        for line in (_PROC / str(process) / "smaps_rollup").read_text("utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * _KB
    except OSError:
        return 0
    return 0
