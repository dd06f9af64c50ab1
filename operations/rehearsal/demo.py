"""The demo: months of a sandboxed world, collected by the real parts on real servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import sandbox
from model.period import Period
from model.platform import PLATFORMS
from model.route import Route
from operations.documents.reports import write_reports
from operations.errors import Failed, UsageError
from operations.jobs import recurring
from operations.media.collecting import collect_media
from operations.media.stored import count_media
from operations.rehearsal.closing import closing_lines
from operations.rehearsal.duties import Lead
from operations.rehearsal.keeping import Life, begin, finish
from operations.rehearsal.months import Agenda, alone, in_turn, months_asked
from operations.rehearsal.notice import RehearsalNotice, posted
from operations.rehearsal.patience import patiently
from operations.rehearsal.results import make_folder, run_report, write_json
from operations.rehearsal.shown_portal import open_portal_if_installed
from operations.rehearsal.walk import Progress, StepWalk
from operations.rehearsal.world_run import (
    DemoRun,
    SettingsSource,
    open_settings,
    put_world_accounts,
    started,
)
from operations.remedies import GET_BROWSER
from operations.running.clock import SystemClock
from operations.running.parts import require_configured
from operations.runtime import Runtime
from operations.settings import Settings
from portal.month import MonthIndex, index_of_month, inputs_of, previous_ranks
from portal.published import shown_index
from sandbox.world.file import load_world
from sandbox.world.model import World
from scoring.errors import ExtraMissing

Say = Callable[[str], None]
HUNDRED = "comm-power-100"
"""The method whose table is printed beside those of the settings' method."""
SHIPPED = Path(sandbox.__file__).parent / "worlds" / "three-months.jsonl.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What `cityreach demo` was asked for."""

    world: Path = SHIPPED
    period: str | None = None
    months: int | None = None
    route: Route = Route.API
    out: Path | None = None
    keep: bool = False
    fresh: Callable[[str], bool] = lambda _: False
    """Asked before something else that was kept is emptied."""
    anew: bool = False
    """Whether what was kept of the same months is emptied too."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo found in its last month, and how the walk went."""

    period: Period
    measures: list[dict[str, Any]]
    index: MonthIndex
    run: dict[str, Any]
    runtime: Runtime
    hundred: MonthIndex | None = None
    """The index of media and posts, of the last month."""


def run_demo(
    load: SettingsSource,
    options: DemoOptions,
    stop: Event,
    say: Say,
    report: Callable[[Progress], None],
    show: Callable[[DemoResult], None],
) -> None:
    """Collects and scores months of a world. Servers and parts stop with the end of the demo."""
    began = time.monotonic()
    settings = demo_settings(load)
    require_configured(settings)
    if not options.world.is_file():
        raise UsageError(f"--world {options.world}: there is no such file")
    world = load_world(options.world)
    periods = _periods(options, world, settings)
    if options.out is not None:
        make_folder(options.out)
    _check_route(settings, options.route)
    life = Life.of(world.name, options.world, periods, options.route)
    plan = {"name": "demo" if len(periods) == 1 else "demo-before"}
    with started(load, settings, options.world, periods[0].start, say, options.route, plan) as run:
        over = patiently(lambda: _prepare(run, world, life, options), stop)
        if over:
            say(f"{life} was collected before, and is shown as kept; --fresh collects it anew")
        agenda = _agenda(run.runtime, periods, options.route)
        places = [settings.data_dir, settings.data_dir.parent] if options.keep else []
        given = {**open_settings(), **run.given}
        with posted(places, RehearsalNotice(what=f"{life}", settings=given)):
            lead = Lead(run.runtime)
            _live(run, agenda, over, stop, report, lead)
            patiently(lambda: _media(run, periods[-1], stop), stop)
            results = patiently(lambda: _results(run, periods, time.monotonic() - began), stop)
            if options.out is not None:
                _write(options.out, results)
                _write_report(options.out, results[-1], say)
            show(results[-1])
            _close(run, results, options, say)
            if options.keep:
                patiently(lead.release, stop)
                # Nothing falls due while the clock stands still; what is asked for is answered.
                recurring(run.runtime, SystemClock(), agenda.plan).serve(stop)


def _periods(options: DemoOptions, world: World, settings: Settings) -> tuple[Period, ...]:
    """By public pages, each of which takes a browser its time, one month is usual."""
    number = options.months
    if number is None and options.route is Route.WEB:
        number = 1
    return months_asked(world, settings.months, options.period, number)


def _check_route(settings: Settings, route: Route) -> None:
    """Raises Failed where the pages of a route cannot be opened on this machine."""
    unable = set(PLATFORMS) - set(settings.browsable(PLATFORMS))
    if route is Route.WEB and unable:
        raise Failed(f"--route web: {', '.join(sorted(unable))} need a browser: {GET_BROWSER}")


def demo_settings(load: SettingsSource) -> Settings:
    """A demo keeps apart from the real collection: a data directory of its own below the other."""
    plain = load()
    return load(data_dir=plain.data_dir / "demo", mongo_database="cityreach_demo")


def _prepare(run: DemoRun, world: World, life: Life, options: DemoOptions) -> bool:
    """Begins afresh, unless an earlier demo of the same was kept; whether that one was whole."""
    over = begin(run.runtime, life, options.keep, options.fresh, anew=options.anew)
    put_world_accounts(run.runtime.db, world)
    return over


def _agenda(runtime: Runtime, periods: Sequence[Period], route: Route) -> Agenda:
    """A single month stands by itself; several follow one another."""
    if len(periods) == 1:
        return alone(runtime, periods[0], route)
    return in_turn(runtime, periods, route)


def _live(
    run: DemoRun,
    agenda: Agenda,
    over: bool,
    stop: Event,
    report: Callable[[Progress], None],
    lead: Lead,
) -> None:
    """Walks through the months, or goes to their end where that was done before."""
    if over:
        run.move(agenda.steps[-1])
        return

    def after(at: datetime) -> None:
        patiently(lambda: agenda.after(at), stop)

    def told(progress: Progress) -> None:
        patiently(lead.keep, stop)
        report(progress)

    StepWalk(run.runtime.queries, agenda.plan, agenda.steps, run.move, told, stop, after).run()
    patiently(lambda: finish(run.runtime), stop)


def _media(run: DemoRun, period: Period, stop: Event) -> None:
    """What media wrote in the last month; of a demo that was kept, all is there."""
    collect_media(run.runtime, [period], stop)
    count_media(run.runtime, period)


def _results(run: DemoRun, periods: Sequence[Period], seconds: float) -> list[DemoResult]:
    """A result of each month, oldest first."""
    report = run_report(run.runtime, seconds)
    first = periods[0]
    found = [_result(run, period, report, follows=period is not first) for period in periods]
    return [*found[:-1], replace(found[-1], hundred=_hundred(run.runtime, periods[-1]))]


def _hundred(runtime: Runtime, period: Period) -> MonthIndex | None:
    """The index of media and posts; None where a package lacks that tells languages."""
    try:
        return index_of_month(HUNDRED, period, inputs_of(runtime.db, period, HUNDRED))
    except ExtraMissing:
        return None


def _result(run: DemoRun, period: Period, report: dict[str, Any], *, follows: bool) -> DemoResult:
    db, method = run.runtime.db, run.runtime.settings.method
    inputs = inputs_of(db, period, method)
    before = previous_ranks(db, period.previous(), method) if follows else None
    index = index_of_month(method, period, inputs, before)
    rows = [row.plain() for row in inputs.rows]
    return DemoResult(period, rows, index, {"period": period.name, **report}, run.runtime)


def _close(run: DemoRun, results: Sequence[DemoResult], options: DemoOptions, say: Say) -> None:
    """What happened, where it lies, what to try next; of a demo that is kept, the portal first."""
    periods, last = [result.period for result in results], results[-1]
    if options.keep:
        open_portal_if_installed(run, last.period.name, say)
    lines = closing_lines(
        run.runtime,
        periods,
        last.index.top("composite"),
        last.run,
        kept=options.keep,
        out=options.out,
    )
    for line in lines:
        say(line)


def _write(folder: Path, results: Sequence[DemoResult]) -> None:
    """`measures.json`, `top-<scope>.json` of all scopes, `run.json` of the last month; measures of
    the months before in `measures-YYYY-MM.json`."""
    *before, last = results
    for result in before:
        write_json(folder, f"measures-{result.period.name}.json", result.measures)
    write_json(folder, "measures.json", last.measures)
    for scope in last.index.scopes:
        write_json(folder, f"top-{scope}.json", last.index.top(scope))
    if last.hundred is not None:
        write_json(
            folder, f"top-{HUNDRED}.json", last.hundred.top("composite", 100, unordered=False)
        )
    write_json(folder, "run.json", last.run)


def _write_report(folder: Path, result: DemoResult, say: Say) -> None:
    """The month as people read it, in both languages, beside the month before."""
    runtime = result.runtime
    index = shown_index(runtime.db, result.period, runtime.settings.method)
    files = write_reports(runtime, index, folder)
    say(f"the report of {result.period.name}: {' '.join(map(str, files))}")
