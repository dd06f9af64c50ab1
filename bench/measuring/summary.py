"""The report of all benchmarks: machine, versions, figures beside goals and the report before."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.measuring.figures import NOT_LOOKED_INTO, Figure
from embedded.binaries import MONGOD, VALKEY, choose, version_text

_PORTABLE, _SAME_MACHINE = 1.15, 1.30
"""By so much worse than before is named: ratios of one run anywhere, times on one machine alone."""
_MORE_IS_BETTER = ("pages/s", "rows/s", "readings/s")
_PACKAGES = ("Scrapy", "Twisted", "redis", "pymongo", "msgspec", "numpy", "pandas", "fastapi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What times depend on."""

    cpu: str
    cores: int
    memory_gb: float
    system: str

    @classmethod
    def here(cls) -> Machine:
        """This one."""
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return cls(
            cpu=_cpu_name(),
            cores=os.cpu_count() or 1,
            memory_gb=round(pages / 2**30, 1),
            system=f"{platform.system()} {platform.machine()}",
        )


@dataclass(slots=True, kw_only=True)
class Bench:
    """One benchmark's run."""

    seconds: float
    load: float
    """Of the machine when it began."""
    code: int
    figures: list[Figure] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Report:
    """One run of benchmarks, by name."""

    at: str
    machine: Machine
    versions: Mapping[str, str]
    benches: dict[str, Bench]

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def read_report(path: Path) -> Report | None:
    """A stored report; None if there is none."""
    if not path.exists():
        return None
    told = json.loads(path.read_text("utf-8"))
    benches = {
        name: Bench(**{**bench, "figures": [Figure(**one) for one in bench["figures"]]})
        for name, bench in told["benches"].items()
    }
    return Report(**{**told, "machine": Machine(**told["machine"]), "benches": benches})


def versions() -> dict[str, str]:
    """What was measured, and what it stands on."""
    found = [choose(MONGOD), choose(VALKEY)]
    servers = {one.path.name: version_text(one.version) for one in found}
    return {
        "cityreach": version("cityreach"),
        "Python": platform.python_version(),
        **servers,
        **{name: version(name) for name in _PACKAGES},
    }


def worse(now: Report, before: Report) -> Iterator[str]:
    """Figures that are worse than in the report before, as sentences."""
    alike = now.machine == before.machine
    for name, bench in now.benches.items():
        earlier = before.benches.get(name)
        known = {one.name: one for one in earlier.figures} if earlier else {}
        quiet = earlier is not None and max(bench.load, earlier.load) < now.machine.cores
        for figure in bench.figures:
            old = known.get(figure.name)
            if old is None or not (figure.portable or (alike and quiet)):
                continue
            bound = _PORTABLE if figure.portable else _SAME_MACHINE
            if _times_worse(figure, old) > bound:
                yield f"{name}: {figure.name}: {figure.shown}, before {old.shown}"


def _times_worse(now: Figure, before: Figure) -> float:
    if now.at_least is not None or now.unit in _MORE_IS_BETTER:
        now, before = before, now
    if before.value == 0:
        return float("inf") if now.value > 0 else 1.0
    return now.value / before.value


def markdown(report: Report, before: Report | None) -> str:
    """The report for people."""
    machine = report.machine
    lines = [
        "# Benchmarks",
        "",
        f"{report.at}; {machine.cpu}, {machine.cores} cores, {machine.memory_gb:g} GB, "
        f"{machine.system}.",
        "",
        ", ".join(f"{name} {number}" for name, number in report.versions.items()) + ".",
        "",
        f"{sum(bench.seconds for bench in report.benches.values()) / 60:.1f} minutes together.",
    ]
    for name, bench in report.benches.items():
        lines += ["", *_section(name, bench, before)]
    if before is not None:
        found = list(worse(report, before))
        lines += [
            "",
            f"## Worse than on {before.at}",
            "",
            *(f"- {one}" for one in found or ["none"]),
        ]
    return "\n".join(lines) + "\n"


def _section(name: str, bench: Bench, before: Report | None) -> Iterator[str]:
    ended = "" if bench.code == 0 else f"; it ended with {bench.code}"
    yield f"## {name}"
    yield ""
    yield f"{bench.seconds:.0f} s; load {bench.load:.1f} when it began{ended}."
    if not bench.figures:
        return
    yield ""
    yield "| | figure | goal | | before |"
    yield "|---|--:|--:|---|--:|"
    earlier = before.benches.get(name) if before else None
    known = {one.name: one.shown for one in earlier.figures} if earlier else {}
    for one in bench.figures:
        held = {True: "held", False: "**missed**", None: ""}[one.held]
        label = f"{one.name} ({one.note})" if one.note else one.name
        yield f"| {label} | {one.shown} | {one.goal} | {held} | {known.get(one.name, '')} |"
    missed = [one for one in bench.figures if one.held is False]
    if missed:
        yield ""
        yield "What stands in the way:"
        yield ""
        yield from (f"- {one.name}: {one.way or NOT_LOOKED_INTO}" for one in missed)


def _cpu_name() -> str:
    try:
        rows = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        rows = []
    names = (row.partition(":")[2].strip() for row in rows if row.startswith("model name"))
    return next(names, platform.processor() or "a processor without a name")
