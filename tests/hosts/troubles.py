"""What is done to five hosts: cables pulled, links slowed, servers and parts killed, by a seed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from tests.hosts.network import Host
from tests.hosts.stand import Stand
from tests.hosts.walk import Pulse
from tests.waiting import wait_until

_KINDS = (
    "cut host",
    "cut host",
    "cut mongod primary",
    "cut valkey primary",
    "kill mongod",
    "kill mongod",
    "kill valkey",
    "kill valkey",
    "kill crawl",
    "kill crawl",
    "kill write",
    "kill write",
    "kill schedule",
    "kill portal",
    "slow host",
    "slow host",
)
"""Each once; those with `mongod` and `valkey` meet the primary server of the moment."""
_AWAY = (5.0, 9.0)
"""Seconds that a host is cut off or slow: longer than the servers take to notice."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One cut, kill or slow link."""

    step: int
    kind: str
    share: float
    """How much of the step's visits has ended when it comes."""
    seconds: float
    chance: float
    """Which of several it meets."""


def schedule_of(seed: int, steps: Sequence[int]) -> list[Trouble]:
    """All kinds in an order by the seed, spread over steps in which there is much to do."""
    draw = random.Random(seed)
    kinds = draw.sample(_KINDS, len(_KINDS))
    return [
        Trouble(
            step=steps[place * len(steps) // len(kinds)],
            kind=kind,
            share=draw.uniform(0.0, 0.4),
            seconds=draw.uniform(*_AWAY),
            chance=draw.random(),
        )
        for place, kind in enumerate(kinds)
    ]


@dataclass(slots=True)
class Mischief:
    """Does the troubles of each step, one after the other, beside the walk."""

    stand: Stand
    pulse: Pulse
    planned: Sequence[Trouble]
    visits: int
    """About as many fall due in a step."""
    done: list[str] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def begin(self, step: int) -> None:
        """Starts with those of a step."""
        mine = [trouble for trouble in self.planned if trouble.step == step]
        self._thread = threading.Thread(target=self._work, args=[mine], name="mischief")
        self._thread.start()

    def end(self, step: int) -> None:
        """Returns when those of the step are over, and all is whole again."""
        del step
        if self._thread is not None:
            self._thread.join()
        if self.failures:
            raise self.failures[0]

    def _work(self, mine: Sequence[Trouble]) -> None:
        try:
            for trouble in mine:
                self._await_share(trouble)
                began, ended = time.monotonic(), self.pulse.total
                what = self._do(trouble)
                self.stand.servers.await_health()
                self.stand.await_parts()
                took, meanwhile = time.monotonic() - began, self.pulse.total - ended
                self._note(f"{what}; whole after {took:.0f} s, {meanwhile} visits meanwhile")
        except BaseException as error:  # noqa: BLE001 - told by the main thread
            self.failures.append(error)

    def _note(self, line: str) -> None:
        """Also into a file beside the logs, for whoever waits."""
        self.done.append(line)
        with (self.stand.clock_file.parent / "troubles.log").open("a") as log:
            log.write(f"{line}\n")

    def _await_share(self, trouble: Trouble) -> None:
        """Until so many of the step's visits have ended, or too few will."""
        wanted, patience = trouble.share * self.visits, time.monotonic() + 8
        while self.pulse.ended < wanted and time.monotonic() < patience:
            time.sleep(0.02)

    def _do(self, trouble: Trouble) -> str:
        verb, what = trouble.kind.split(" ", 1)
        if verb == "kill":
            name = self._victim(what, trouble.chance)
            self.stand.kill(name)
            return f"kill {name}"
        host = self._host(what, trouble.chance)
        if verb == "slow":
            return self._slow(host, trouble.seconds)
        host.cut()
        try:
            time.sleep(trouble.seconds)
        finally:
            host.join()
        return f"cut h{host.number} ({what}) for {trouble.seconds:.0f} s"

    @staticmethod
    def _slow(host: Host, seconds: float) -> str:
        how = host.slow()
        try:
            time.sleep(seconds)
        finally:
            host.quick()
        return f"slow link of h{host.number} ({how}) for {seconds:.0f} s"

    def _victim(self, what: str, chance: float) -> str:
        if what in ("mongod", "valkey"):
            return f"h{self._primary(what).number} {what}"
        found = sorted(wait_until(lambda: self.stand.pids(what), f"a {what} runs"))
        return found[int(chance * len(found))]

    def _host(self, what: str, chance: float) -> Host:
        if what == "host":
            hosts = self.stand.network.hosts
            return hosts[int(chance * len(hosts))]
        return self._primary(what.removesuffix(" primary"))

    def _primary(self, what: str) -> Host:
        servers = self.stand.servers
        if what == "mongod":
            return wait_until(servers.mongo_primary, "MongoDB has a primary member")

        def named() -> Host | None:
            try:
                return servers.valkey_primary()
            except RedisError:
                return None

        return wait_until(named, "Valkey has a primary server")
