"""How a demo ends: what happened, where it lies, what to try next."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.period import Period
from operations.runtime import Runtime


def program() -> str:
    """How whoever reads it can start the program from here: a path, unless it is on PATH."""
    command = Path(sys.argv[0])
    if not command.is_absolute() and os.sep not in sys.argv[0]:
        return "cityreach"
    if command.name != "cityreach":
        return f"{sys.executable} -m cityreach"
    if shutil.which("cityreach") == str(command):
        return "cityreach"
    here = Path.cwd()
    return str(command.relative_to(here)) if command.is_relative_to(here) else str(command)


def prefix() -> str:
    """What another shell has to know: where the data are, if this one was told."""
    told = os.environ.get("CITYREACH_DATA_DIR")
    return f"CITYREACH_DATA_DIR={Path(told).resolve()} " if told else ""


def closing_lines(
    runtime: Runtime,
    periods: Sequence[Period],
    top: Sequence[Mapping[str, Any]],
    run: Mapping[str, Any],
    *,
    kept: bool,
    out: Path | None,
) -> list[str]:
    """Five lines; `top`: the first ten of the last month's composite."""
    first, last = periods[0].name, periods[-1].name
    months = last if first == last else f"{first} to {last}, each sealed and drafted in turn"
    items, visits = run["items"], sum(run["visits"].values())
    ours = runtime.settings.data_dir.resolve()
    command = f"{prefix()}{program()}"
    return [
        f"{months}: {visits:,} visits to {items['accounts']} accounts, "
        f"{items['post_readings']:,} post readings of {items['posts']:,} posts, "
        f"in {run['duration_seconds']:.0f} s",
        _first_places(top, last),
        _place(ours, runtime.settings.mongo_database, out, kept=kept),
        _next(command, last, kept=kept),
        f"Your own accounts: {program()} doctor says what is needed; a month with your plan and "
        f"alerts, rehearsed: {program()} try --world FILE --period {last}",
    ]


def _first_places(top: Sequence[Mapping[str, Any]], month: str) -> str:
    if not top:
        return f"{month}: no city has a rank"
    named = ", ".join(f"{row['name_zh']} {row['name_en']} {row['index']:.1f}" for row in top[:3])
    moved = [row for row in top if row.get("change")]
    if not moved:
        return f"First in {month}: {named}"
    most = max(moved, key=lambda row: abs(row["change"]))
    city, before = f"{most['name_zh']} {most['name_en']}", most["rank"] + most["change"]
    return f"First in {month}: {named}; {city} went from place {before} to {most['rank']}"


def _place(ours: Path, database: str, out: Path | None, *, kept: bool) -> str:
    how = "everything stays up" if kept else "nothing runs any more"
    if out is None:
        return f"It lies in {ours} (MongoDB database {database}); {how}"
    return f"It lies in {ours} (MongoDB database {database}); {how}; tables as JSON in {out}"


def _next(command: str, month: str, *, kept: bool) -> str:
    if not kept:
        return f"Try next: {command} demo --keep leaves it running, with the portal in your browser"
    return (
        f"Try next, in another shell: {command} status; {command} top --period {month}; "
        f"{command} explain beijing --period {month}; Ctrl-C here stops all, and the next "
        "`demo --keep` finds it again"
    )
