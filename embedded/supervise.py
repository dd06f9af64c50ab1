"""Runs parts as processes of their own, and starts again those that die."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from embedded.child import GRACE, Process, end_all
from embedded.errors import StackError
from model.backoff import Backoff

USAGE = 2
"""The exit code of a part that was asked for something impossible: again will not help."""
RECYCLED = 75
"""The exit code of a part that has reached its age limit and is restarted at once."""
_LOOK_EVERY = 0.1
SETTLED = 60.0
"""Seconds after which a part counts as healthy: its next death is the first again."""
_BACK = 5.0
"""Seconds of running after which what was started again is told to be back."""
_RESTARTS = Backoff()


@dataclass(frozen=True, slots=True)
class Part:
    """One process to run."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    """The whole environment; None: ours."""
    log: Path | None = None
    """Takes both output streams; None: ours."""
    until_done: bool = False
    """Whether exit code 0 means that it has finished and is not wanted again."""


class PartState(StrEnum):
    """What a part is doing."""

    RUNNING = "running"
    WAITING = "waiting"
    """It died and is started again after a while."""
    FINISHED = "finished"
    REFUSED = "refused"
    """It was started with something wrong (exit code 2) and is not started again."""


@dataclass(frozen=True, slots=True)
class PartStatus:
    """A part at a glance."""

    name: str
    state: PartState
    pid: int | None
    restarts: int


@dataclass(slots=True)
class _Watched:
    process: Process
    ours: bool
    """Whether we end it: parts are ours, servers belong to their stack."""
    until_done: bool = False
    state: PartState = PartState.WAITING
    failures: int = 0
    starts: int = 0
    started: float = 0.0
    due: float = field(default=0.0)
    away: bool = False
    """Whether its end was told and its return was not."""


class Interrupts:
    """Counts Ctrl-C and SIGTERM: the first asks to finish, the second to stop at once."""

    def __init__(self) -> None:
        self._count = 0
        self._before: dict[signal.Signals, Any] = {}

    @property
    def finish(self) -> bool:
        """Whether there was one."""
        return self._count >= 1

    @property
    def stop(self) -> bool:
        """Whether there was a second one."""
        return self._count >= 2

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        # A plain number: a lock taken in a signal handler may be held by what it interrupted.
        self._count += 1


class Supervisor:
    """Starts parts, restarts those that die, and ends them all.

    `say` gets one line for each death, and one when what died is back. `servers` are watched and
    started again as well, but left running at the end, as parts need them until then.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        say: Callable[[str], None],
        *,
        servers: Iterable[Process] = (),
        backoff: Backoff = _RESTARTS,
        settled: float = SETTLED,
        grace: float = GRACE,
        back: float = _BACK,
        interrupts: Interrupts | None = None,
    ) -> None:
        self._say = say
        self._backoff = backoff
        self._settled = settled
        self._grace = grace
        self._back = back
        self._interrupts = interrupts
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._watched: dict[str, _Watched] = {}
        for server in servers:
            self._watched[server.name] = _Watched(server, ours=False, state=PartState.RUNNING)
        for part in parts:
            self.add(part)

    def add(self, part: Part) -> None:
        """Takes one more part, and starts it if the others are running already."""
        with self._lock:
            if part.name in self._watched:
                raise ValueError(f"there is a part {part.name!r} already")
            watched = _Watched(_process(part), ours=True, until_done=part.until_done)
            self._watched[part.name] = watched
            if self._thread is not None:
                self._launch(watched)

    def start(self) -> None:
        """Starts all parts and begins to watch them."""
        with self._lock:
            if self._thread is not None:
                return
            for watched in self._watched.values():
                if watched.ours:
                    self._launch(watched)
            self._stopping.clear()
            self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends all parts: SIGTERM, then SIGKILL after the grace or at a second Ctrl-C."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._end([watched for watched in self._watched.values() if watched.ours])

    def end(self, name: str) -> None:
        """Ends one part and forgets it. Raises KeyError if there is none of this name."""
        with self._lock:
            watched = self._watched.pop(name)
        self._end([watched])

    def run(self) -> None:
        """Runs in the foreground until Ctrl-C or SIGTERM, or until no part is wanted any more."""
        with Interrupts() as interrupts:
            self._interrupts = interrupts
            with self:
                while not interrupts.finish and self.wanted:
                    time.sleep(_LOOK_EVERY)

    @property
    def wanted(self) -> bool:
        """Whether any part is running or will be started again."""
        with self._lock:
            states = [watched.state for watched in self._watched.values() if watched.ours]
        return any(state in (PartState.RUNNING, PartState.WAITING) for state in states)

    def statuses(self) -> list[PartStatus]:
        """All that is watched, as it was last seen."""
        with self._lock:
            return [
                PartStatus(
                    name, w.state, w.process.pid, max(w.starts - 1, 0) if w.ours else w.starts
                )
                for name, w in self._watched.items()
            ]

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _end(self, watched: Iterable[_Watched]) -> None:
        hurry = (lambda: interrupts.stop) if (interrupts := self._interrupts) else (lambda: False)
        for name in end_all([w.process for w in watched], self._grace, hurry):
            self._tell(f"{name} did not end when asked and was killed")

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            with self._lock:
                for watched in self._watched.values():
                    self._look_at(watched)

    def _look_at(self, watched: _Watched) -> None:
        if watched.state is PartState.RUNNING:
            code = watched.process.poll()
            if code is not None:
                self._ended(watched, code)
            elif watched.away and time.monotonic() - watched.started >= self._back:
                watched.away = False
                self._tell(f"{watched.process.name} runs again")
        elif watched.state is PartState.WAITING and time.monotonic() >= watched.due:
            self._launch(watched)

    def _launch(self, watched: _Watched) -> None:
        watched.starts += 1
        watched.started = time.monotonic()
        try:
            watched.process.start()
        except StackError as error:
            self._again(watched, str(error))
        else:
            watched.state = PartState.RUNNING

    def _ended(self, watched: _Watched, code: int) -> None:
        name, how = watched.process.name, watched.process.ending()
        if code == 0 and watched.until_done:
            watched.state = PartState.FINISHED
        elif code == USAGE and watched.ours:
            watched.state = PartState.REFUSED
            self._tell(f"{name} ended, {how}: something it was given is wrong; not started again")
        elif code == RECYCLED and watched.ours:
            self._launch(watched)
        else:
            self._again(watched, f"{name} ended, {how}")

    def _again(self, watched: _Watched, what: str) -> None:
        if time.monotonic() - watched.started >= self._settled:
            watched.failures = 0
        delay = self._backoff.delay(watched.failures)
        watched.failures += 1
        watched.state, watched.away = PartState.WAITING, True
        watched.due = time.monotonic() + delay
        self._tell(f"{what}; started again in {delay:g} s")

    def _tell(self, line: str) -> None:
        # A closed terminal must not end the watch over the parts.
        with contextlib.suppress(OSError):
            self._say(line)


def _process(part: Part) -> Process:
    # Parts may be killed at any point without harm, and a hung one must not outlive us.
    return Process(
        name=part.name,
        argv=part.argv,
        env=part.env,
        log=part.log,
        death_signal=signal.SIGKILL,
    )
