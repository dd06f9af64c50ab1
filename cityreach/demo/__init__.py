"""The demo: a month of a sandboxed world, collected by the real parts on real servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import sandbox
from cityreach.demo.results import make_folder, run_report, write_json
from cityreach.demo.run import DemoRun, started, world_accounts
from cityreach.demo.walk import MonthWalk, Progress
from cityreach.installed import portal_installed
from cityreach.patience import patiently
from cityreach.running import require_configured
from cityreach.settings import load_settings
from model.period import Period
from model.platform import PLATFORMS
from model.route import Route
from operations.errors import Failed, UsageError
from operations.remedies import GET_BROWSER, GET_PORTAL
from operations.runtime import Runtime
from operations.settings import Settings
from portal.month import MonthIndex, index_of_month, inputs_of
from sandbox.world.file import load_world
from sandbox.world.model import World
from scheduler.calendar import instants
from scheduler.plans import named_plans
from store.accounts import put_accounts

Say = Callable[[str], None]
SHIPPED = Path(sandbox.__file__).parent / "worlds" / "small.jsonl.gz"
PLANS = named_plans()["demo"]
"""Accounts at the edges, posts weekly, older ones fortnightly, everything at the cut-off. The clock
stands still while visits run, so that edges need no lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What `cityreach demo` was asked for."""

    world: Path = SHIPPED
    period: str | None = None
    route: Route = Route.API
    out: Path | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo found."""

    period: Period
    measures: list[dict[str, Any]]
    index: MonthIndex
    run: dict[str, Any]
    runtime: Runtime


def period_of(world: World, settings: Settings, name: str | None) -> Period:
    """The month asked for, else the first that lies within the world."""
    if name is not None:
        period = settings.period(name)
    else:
        first = settings.months.containing(world.start)
        period = first if first.start >= world.start else first.following()
    if period.start > world.end or period.end <= world.start:
        known = f"{world.start:%Y-%m-%d} to {world.end:%Y-%m-%d}"
        raise UsageError(f"--period {period.name}: world {world.name} knows {known} alone")
    return period


def run_demo(
    options: DemoOptions,
    stop: Event,
    say: Say,
    report: Callable[[Progress], None],
    show: Callable[[DemoResult], None],
) -> None:
    """Collects and scores one month of a world. Servers and parts stop with the end of the demo."""
    began = time.monotonic()
    settings = demo_settings()
    require_configured(settings)
    if not options.world.is_file():
        raise UsageError(f"--world {options.world}: there is no such file")
    world = load_world(options.world)
    period = period_of(world, settings, options.period)
    if options.out is not None:
        make_folder(options.out)
    _check_route(settings, options.route)
    with started(settings, options.world, period.start, say, options.route) as run:
        patiently(lambda: _prepare(run, world, options.keep), stop)
        _walk(run, period, steps(period, options.route), stop, report)
        result = patiently(lambda: _result(run, period, time.monotonic() - began), stop)
        if options.out is not None:
            _write(options.out, result)
        show(result)
        if options.keep:
            _open_portal(run, period, say)
            say(_kept(run, period))
            stop.wait()


def _check_route(settings: Settings, route: Route) -> None:
    """Raises Failed where the pages of a route cannot be opened on this machine."""
    unable = set(PLATFORMS) - set(settings.browsable(PLATFORMS))
    if route is Route.WEB and unable:
        raise Failed(f"--route web: {', '.join(sorted(unable))} need a browser: {GET_BROWSER}")


def demo_settings() -> Settings:
    """A demo keeps apart from the real collection: a data directory of its own below the other."""
    plain = load_settings(None)
    return load_settings(None, data_dir=plain.data_dir / "demo", mongo_database="cityreach_demo")


def _prepare(run: DemoRun, world: World, keep: bool) -> None:
    """Begins afresh, unless an earlier demo of the same world was kept."""
    db, marks = run.runtime.db, {"_id": "demo", "world": world.name, "kept": True}
    if not (keep and db.demo.find_one(marks)):
        run.empty()
    put_accounts(run.runtime.db, world_accounts(world))
    run.runtime.db.demo.replace_one({"_id": "demo"}, {**marks, "kept": keep}, upsert=True)


def steps(period: Period, route: Route) -> list[datetime]:
    """The instants at which anything is due by the demo's plan."""
    return sorted({at for name in PLATFORMS for at in instants(period, PLANS.of(name, route))})


def _walk(
    run: DemoRun,
    period: Period,
    at: Sequence[datetime],
    stop: Event,
    report: Callable[[Progress], None],
) -> None:
    planner = run.runtime.planner(PLANS, retry_scale=0.0)
    MonthWalk(run.runtime.queries, planner, period, at, run.move, report, stop).run()


def _result(run: DemoRun, period: Period, seconds: float) -> DemoResult:
    method = run.runtime.settings.method
    inputs = inputs_of(run.runtime.db, period, method)
    index = index_of_month(method, period, inputs)
    report = run_report(run.runtime, seconds)
    rows = [row.plain() for row in inputs.rows]
    return DemoResult(period, rows, index, {"period": period.name, **report}, run.runtime)


def _write(folder: Path, result: DemoResult) -> None:
    """`measures.json`, `top-<scope>.json` of all scopes, `run.json`."""
    write_json(folder, "measures.json", result.measures)
    for scope in result.index.scopes:
        write_json(folder, f"top-{scope}.json", result.index.top(scope))
    write_json(folder, "run.json", result.run)


def _open_portal(run: DemoRun, period: Period, say: Say) -> None:
    if not portal_installed():
        say(f"no portal: {GET_PORTAL}")
        return
    # Imported late: its libraries are an extra.
    from cityreach.demo.readers import open_portal

    open_portal(run, period.name, say)


def _kept(run: DemoRun, period: Period) -> str:
    settings = run.runtime.settings
    return (
        "kept running; from another shell, for instance:\n"
        f"  CITYREACH_DATA_DIR={settings.data_dir} "
        f"CITYREACH_MONGO_DATABASE={settings.mongo_database} "
        f"cityreach measures --period {period.name}\n"
        "Ctrl-C stops servers and parts; the next `cityreach demo --keep` finds everything again"
    )
