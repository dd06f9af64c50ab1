"""What benchmarks measure: one line as it is measured, and a row of the report of all."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NOT_LOOKED_INTO = "what stands in the way was not looked into"
FIGURES_FILE = "BENCH_FIGURES"
"""The variable that names where figures are collected, one JSON object a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    unit: str = ""
    """`s`, `MB`, `x` for a ratio; empty for a count."""
    at_most: float | None = None
    at_least: float | None = None
    """The goal: one of both, or none."""
    portable: bool = False
    """A ratio of CPU times of interleaved runs, or a count: it may be compared between machines."""
    note: str = ""
    way: str = ""
    """What stands in the way of the goal by a profile; told where it is missed."""

    @property
    def held(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    @property
    def goal(self) -> str:
        """`≤ 1 x`, or nothing."""
        if self.at_most is not None:
            return f"≤ {shown(self.at_most, self.unit)}"
        return "" if self.at_least is None else f"≥ {shown(self.at_least, self.unit)}"

    @property
    def shown(self) -> str:
        """The number with its unit."""
        return shown(self.value, self.unit)


def shown(value: float, unit: str) -> str:
    """`1,234 pages/s`, `0.034 s`: three digits or all of a whole number."""
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f} {unit}".rstrip()


def tell(figure: Figure) -> None:
    """Prints a figure, and keeps it where the report of all collects them."""
    goal = f"   (goal: {figure.goal})" if figure.goal else ""
    note = f"   {figure.note}" if figure.note else ""
    print(f"{figure.name:58} {figure.shown:>16}{goal}{note}", flush=True)
    if figure.held is False:
        print(f"    missed: {figure.way or NOT_LOOKED_INTO}", flush=True)
    kept = os.environ.get(FIGURES_FILE)
    if kept:
        with Path(kept).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(figure)) + "\n")


def collected(path: Path) -> list[Figure]:
    """What was told into this file."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    return [Figure(**row) for row in rows]
