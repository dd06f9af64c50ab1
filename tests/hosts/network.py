"""Hosts as network namespaces of this machine, joined by a bridge; needs root.

Nothing is left behind: what a killed run could not remove, the next one does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_MARK = "cr5"
_SLOW = {
    "netem": ("netem", "delay", "150ms", "50ms"),
    "tbf": ("tbf", "rate", "400kbit", "burst", "8kb", "latency", "800ms"),
}
"""How packets are held back: by a delay, or, where the kernel lacks that, by a narrow link, in
which they wait for one another."""


def why_not() -> str:
    """Why there can be no hosts here; empty if there can."""
    if os.geteuid() != 0:
        return "needs root: it makes network namespaces"
    if missing := [name for name in ("ip", "tc") if shutil.which(name) is None]:
        return f"needs {' and '.join(missing)} (iproute2)"
    name = f"{_MARK}-{os.getpid()}-try"
    if _run("ip", "netns", "add", name, check=False):
        return "needs network namespaces, which this machine refuses"
    _run("ip", "netns", "del", name)
    return ""


@dataclass(frozen=True, slots=True)
class Host:
    """One namespace, with one address on the bridge."""

    number: int
    name: str
    link: str
    """The bridge's end of its cable."""
    ip: str

    def inside(self, command: Sequence[str]) -> tuple[str, ...]:
        """The command line that runs another one on this host."""
        return ("ip", "netns", "exec", self.name, *command)

    def cut(self) -> None:
        """Pulls its cable."""
        _run("ip", "link", "set", self.link, "down")

    def join(self) -> None:
        """Plugs it in again."""
        _run("ip", "link", "set", self.link, "up")

    def slow(self) -> str:
        """Holds back what is sent to it and by it; gives how."""
        for how, words in _SLOW.items():
            if not _run("tc", "qdisc", "add", "dev", self.link, "root", *words, check=False):
                inner = ("tc", "qdisc", "add", "dev", "eth0", "root", *words)
                _run(*self.inside(inner))
                return how
        raise AssertionError("this kernel has neither netem nor tbf")

    def quick(self) -> None:
        """Lets packets go at once again."""
        _run("tc", "qdisc", "del", "dev", self.link, "root", check=False)
        _run(*self.inside(("tc", "qdisc", "del", "dev", "eth0", "root")), check=False)


@dataclass(frozen=True, slots=True)
class Network:
    """Hosts, and the address that they all reach this machine by."""

    hosts: tuple[Host, ...]
    gateway: str


@contextmanager
def network(number: int) -> Iterator[Network]:
    """So many hosts; removed in the end, whatever happens."""
    _sweep()
    own = os.getpid()
    bridge, subnet = f"{_MARK}b{own}", f"10.83.{own % 250}"
    hosts = tuple(
        Host(n, f"{_MARK}-{own}-{n}", f"{_MARK}{n}v{own}", f"{subnet}.{n}")
        for n in range(1, number + 1)
    )
    try:
        _run("ip", "link", "add", bridge, "type", "bridge")
        _run("ip", "address", "add", f"{subnet}.254/24", "dev", bridge)
        _run("ip", "link", "set", bridge, "up")
        for host in hosts:
            _add(host, bridge)
        yield Network(hosts, f"{subnet}.254")
    finally:
        _remove(own)


def _add(host: Host, bridge: str) -> None:
    _run("ip", "netns", "add", host.name)
    peer = ("peer", "name", "eth0", "netns", host.name)
    _run("ip", "link", "add", host.link, "type", "veth", *peer)
    _run("ip", "link", "set", host.link, "master", bridge, "up")
    within = ("ip", "-n", host.name)
    _run(*within, "address", "add", f"{host.ip}/24", "dev", "eth0")
    _run(*within, "link", "set", "eth0", "up")
    _run(*within, "link", "set", "lo", "up")


def leftovers(owner: int) -> list[str]:
    """Namespaces and links of a process that are there."""
    spaces = [path.name for path in Path("/run/netns").glob(f"{_MARK}-{owner}-*")]
    links = [path.name for path in Path("/sys/class/net").glob(f"{_MARK}*")]
    return spaces + [name for name in links if name.endswith(("b" + str(owner), "v" + str(owner)))]


def _remove(owner: int) -> None:
    """All that a process has made; a namespace takes its end of the cable with it."""
    for name in leftovers(owner):
        kind = ("netns", "del") if "-" in name else ("link", "del")
        _run("ip", *kind, name, check=False)


def _sweep() -> None:
    """Removes what runs have left that are no more."""
    for path in Path("/run/netns").glob(f"{_MARK}-*-*"):
        owner = int(path.name.split("-")[1])
        if not Path(f"/proc/{owner}").exists():
            _remove(owner)


def _run(*command: str, check: bool = True) -> int:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}"
    return done.returncode
