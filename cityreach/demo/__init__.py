"""The demo: a month of a sandboxed world, collected by the real parts on real servers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from cityreach.cli.exits import Failed, UsageError
from cityreach.clock import set_file_clock
from cityreach.demo.results import make_folder, run_report, write_json
from cityreach.demo.walk import Progress, Walk
from cityreach.house import House
from cityreach.monthly import MonthIndex, index_of_month, measure_rows
from cityreach.running import part, part_environment
from cityreach.settings import BaseAll, load_settings
from cityreach.stack import Servers, Stack
from cityreach.supervise import Part, Supervisor
from model.account import Account
from model.period import Period
from model.platform import PLATFORMS
from sandbox.world import World
from sandbox.worldfile import load_world
from scheduler.plan import Plan
from store.registry import upsert_accounts

SHIPPED = "small.jsonl.gz"
PLAN = Plan(
    profile_every=timedelta(days=366),
    timeline_every=timedelta(days=7),
    timeline_back=timedelta(days=8),
    refresh_every=timedelta(days=14),
    edge_lead=timedelta(),
)
"""Accounts at the edges, posts weekly, older ones fortnightly, everything at the cut-off. The clock
stands still while visits run, so that edges need no lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What `cityreach demo` was asked for."""

    world: Path | None = None
    period: str | None = None
    out: Path | None = None
    keep: bool = False


@dataclass(slots=True)
class DemoRun:
    """A demo whose parts are running."""

    options: DemoOptions
    world: World
    period: Period
    house: House
    sandbox_url: str
    clock_file: Path

    def move(self, instant: datetime) -> None:
        """Sets the sandbox's clock, then ours: no answer is ever from our future."""
        answer = httpx.post(
            f"{self.sandbox_url}/_sandbox/clock", json={"now": instant.isoformat()}, timeout=30
        )
        answer.raise_for_status()
        set_file_clock(self.clock_file, instant)


def shipped_world() -> Path:
    """The small world that comes with the project."""
    import sandbox

    return Path(sandbox.__file__).parent / "worlds" / SHIPPED


def world_accounts(world: World) -> list[Account]:
    """The accounts of a world as a registry would hold them, ids known."""
    return [
        Account(
            platform=account.platform,
            id=account.id,
            handle=account.handle,
            city=account.city,
            name=account.name,
            source=f"world {world.name}",
        )
        for platform in PLATFORMS
        for account in world.accounts[platform].values()
    ]


def period_of(world: World, settings: BaseAll, name: str | None) -> Period:
    """The month asked for, else the first whole one of the world, as far as its cut-off."""
    if name is not None:
        period = settings.period(name)
    else:
        first = Period.containing(world.start, settings.zone, timedelta(days=settings.cutoff_days))
        period = first if first.start >= world.start else first.following()
    if period.start > world.end or period.end <= world.start:
        known = f"{world.start:%Y-%m-%d} to {world.end:%Y-%m-%d}"
        raise UsageError(f"--period {period.name}: world {world.name} knows {known} alone")
    return period


def run_demo(
    options: DemoOptions, say: Callable[[str], None], report: Callable[[Progress], None]
) -> DemoResult:
    """Collects and scores one month of a world. Servers and parts stop with the end of the demo."""
    began = time.monotonic()
    settings = load_settings(env_file=None)
    path = options.world or shipped_world()
    if not path.is_file():
        raise UsageError(f"--world {path}: there is no such file")
    world = load_world(path)
    period = period_of(world, settings, options.period)
    if options.out is not None:
        make_folder(options.out)
    with started(options, settings, world, path, period, say) as run:
        walk = Walk(
            run.house.truth,
            run.house.planner(PLAN, retry_scale=0.0),
            period,
            PLAN,
            run.move,
            report,
        )
        walk.run()
        result = results(run, time.monotonic() - began)
        if options.out is not None:
            write_results(options.out, result)
        if options.keep:
            say(_kept(run))
            run.keep_until_stopped()
    return result


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo found."""

    period: Period
    measures: list[dict[str, Any]]
    index: MonthIndex
    run: dict[str, Any]


def results(run: DemoRun, seconds: float) -> DemoResult:
    """Measures and index of the month that was walked through."""
    rows = measure_rows(run.house, run.period)
    index = index_of_month(run.house.settings.method, run.period, rows)
    return DemoResult(run.period, rows, index, run_report(run.house, seconds))


def write_results(folder: Path, result: DemoResult) -> None:
    """`measures.json`, `top-<scope>.json` of all scopes, `run.json`."""
    write_json(folder, "measures.json", result.measures)
    for scope in result.index.scopes:
        write_json(folder, f"top-{scope}.json", result.index.top(scope))
    write_json(folder, "run.json", result.run)


def _kept(run: DemoRun) -> str:
    folder = run.house.settings.data_dir
    return (
        f"kept running on data directory {folder}; from another shell, for instance:\n"
        f"  CITYREACH_DATA_DIR={folder} cityreach measures --period {run.period.name}\n"
        "Ctrl-C stops servers and parts; the next `cityreach demo --keep` finds everything again."
    )
