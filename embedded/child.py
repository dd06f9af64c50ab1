"""Processes of ours: they end with us, even when we are killed, and say why they ended."""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from embedded import shim
from embedded.errors import StackError, cannot_use

GRACE = 8.0
"""Seconds from SIGTERM to SIGKILL; with the reaping, everything has ended within ten."""
_LOG_LIMIT = 10_000_000
_TAIL = 200_000
_Started = subprocess.Popen[bytes]


class _Launcher(threading.Thread):
    """The one thread that starts processes, living as long as this process does.

    The signal of a parent's death is tied to the thread that started the child (prctl(2)), so a
    thread that may end earlier must not do it.
    """

    def __init__(self) -> None:
        super().__init__(name="launcher", daemon=True)
        self.pid = os.getpid()
        self._jobs: queue.SimpleQueue[tuple[Callable[[], _Started], Future[_Started]]]
        self._jobs = queue.SimpleQueue()

    def run(self) -> None:
        while True:
            job, future = self._jobs.get()
            try:
                future.set_result(job())
            except (StackError, OSError, ValueError, subprocess.SubprocessError) as error:
                future.set_exception(error)

    def do(self, job: Callable[[], _Started]) -> _Started:
        future: Future[_Started] = Future()
        self._jobs.put((job, future))
        return future.result()


_launcher: _Launcher | None = None
_launcher_lock = threading.Lock()


def _the_launcher() -> _Launcher:
    global _launcher  # noqa: PLW0603
    with _launcher_lock:
        # A fork has a copy of the object, but not the thread.
        if _launcher is None or _launcher.pid != os.getpid():
            _launcher = _Launcher()
            _launcher.start()
        return _launcher


def _plain(_: str) -> str:
    return ""


@dataclass(eq=False, kw_only=True)
class Process:
    """A program that can be started again and again under one name."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    """The whole environment; None: ours."""
    log: Path | None = None
    """Takes both output streams, appended; None: ours."""
    death_signal: signal.Signals = signal.SIGTERM
    """What it gets when we die."""
    keep_open: tuple[int, ...] = ()
    """Descriptors it inherits."""
    umask: int = -1
    """Of the program; -1: ours."""
    explain: Callable[[str], str] = _plain
    """Finds the reason of a failure in what the program wrote; empty if there is none."""
    _started: _Started | None = field(default=None, init=False, repr=False)
    _log_start: int = field(default=0, init=False, repr=False)

    def start(self) -> None:
        """Raises StackError if it runs already, or its log or a process cannot be had."""
        if self.running:
            raise StackError(f"{self.name} is running already")
        program = [sys.executable, "-I", "-S", str(Path(shim.__file__)), str(os.getpid())]
        argv = [*program, str(int(self.death_signal)), *self.argv]
        try:
            self._started = _the_launcher().do(functools.partial(self._spawn, argv))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise StackError(f"{self.name} cannot be started: {error}") from error

    def _spawn(self, argv: Sequence[str]) -> _Started:
        with contextlib.ExitStack() as closing:
            output = None if self.log is None else closing.enter_context(_append(self.log))
            if output is not None:
                self._log_start = output.tell()
            # A process group of its own: Ctrl-C on the terminal reaches it through us alone.
            return subprocess.Popen(
                argv,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                pass_fds=self.keep_open,
                umask=self.umask,
                process_group=0,
            )

    @property
    def pid(self) -> int | None:
        """The process id; None before the first start."""
        return None if self._started is None else self._started.pid

    def poll(self) -> int | None:
        """The exit code (negative: the signal), or None while it runs."""
        if self._started is None:
            return 0
        return self._started.poll()

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.poll() is None

    def terminate(self) -> None:
        """Asks it to end."""
        if self._started is not None:
            self._started.terminate()

    def kill(self) -> None:
        """Ends it and what it has started, at once."""
        if self._started is None or self._started.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._started.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Until it has ended."""
        if self._started is not None:
            self._started.wait()

    def said(self) -> str:
        """The last of what it wrote to its log since it was started."""
        if self.log is None:
            return ""
        try:
            with self.log.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(self._log_start, end - _TAIL))
                return file.read(_TAIL).decode(errors="replace")
        except OSError:
            return ""

    def ending(self) -> str:
        """How it ended, in words, with the reason if its log gives one."""
        how = describe_exit(self.poll())
        reason = self.explain(self.said())
        return f"{how}: {reason}" if reason else how


def describe_exit(code: int | None) -> str:
    """An exit code in words: `exit code 1`, `signal 9 (SIGKILL)`."""
    if code is None:
        return "still running"
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"signal {-code}"


def _append(log: Path) -> BinaryIO:
    """Opens the log at its end, for its owner alone; a long one is set aside, one generation."""
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(f"{log.suffix}.1"))
        file = open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")  # noqa: PTH123, SIM115
    except OSError as error:
        raise cannot_use(log, error) from error
    file.seek(0, os.SEEK_END)
    return file


def end_all(
    processes: Iterable[Process],
    grace: float = GRACE,
    hurry: Callable[[], bool] = lambda: False,
) -> list[str]:
    """SIGTERM to all, and SIGKILL to those still there after `grace` seconds, or once `hurry()`.

    Returns the names of those that had to be killed. None is running afterwards.
    """
    running = [process for process in processes if process.running]
    try:
        for process in running:
            process.terminate()
        deadline = time.monotonic() + grace
        while any(p.running for p in running) and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
    finally:
        killed = [process for process in running if process.running]
        for process in killed:
            process.kill()
        for process in killed:
            process.wait()
    return [process.name for process in killed]
