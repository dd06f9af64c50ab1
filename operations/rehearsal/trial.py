"""`cityreach try`: a month of a world with the settings' plan and alerts, rehearsed at speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

from model.period import Period
from model.route import Route
from operations.errors import UsageError
from operations.jobs import recurring
from operations.rehearsal.closing import prefix, program
from operations.rehearsal.duties import TICK, ClockPace, Duties
from operations.rehearsal.keeping import Life, begin, finish
from operations.rehearsal.months import Agenda, as_set, months_asked
from operations.rehearsal.notice import RehearsalNotice, posted
from operations.rehearsal.patience import patiently
from operations.rehearsal.shown_portal import open_portal_if_installed
from operations.rehearsal.walk import Progress, StepWalk
from operations.rehearsal.world_run import (
    DemoRun,
    SettingsSource,
    open_settings,
    put_world_accounts,
    started,
)
from operations.running.clock import SystemClock
from operations.running.parts import require_configured
from operations.settings import Settings
from sandbox.world.file import load_world

_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOptions:
    """What `cityreach try` was asked for."""

    world: Path
    period: str | None = None
    speed: float = 3600.0
    """How many times as fast as ours the clock runs; 0: as fast as the visits allow."""
    route: Route = Route.API
    fresh: Callable[[str], bool] = lambda _: False
    anew: bool = False
    """Whether what was kept of the same month is emptied too."""


def run_trial(
    load: SettingsSource,
    options: TryOptions,
    stop: Event,
    say: Callable[[str], None],
    report: Callable[[Progress], None],
) -> None:
    """Lives through the month until it is sealed, then stays up until `stop` is set."""
    plain = load()
    require_configured(plain)
    if not options.world.is_file():
        raise UsageError(f"--world {options.world}: there is no such file")
    world = load_world(options.world)
    (period,) = months_asked(world, plain.months, options.period, 1)
    settings = _settings(load, plain, options.speed)
    life = Life.of(world.name, options.world, [period], options.route)
    # The clock stands still while visits run, so that edges need no lead.
    with started(
        load, settings, options.world, period.start, say, options.route, {"edge_lead": "0h"}
    ) as run:
        notice = RehearsalNotice(
            what=f"{life}", settings={**open_settings(), **run.given}, env_file=True
        )
        with posted([settings.data_dir, plain.data_dir], notice):
            over = patiently(
                lambda: begin(run.runtime, life, True, options.fresh, anew=options.anew), stop
            )
            patiently(lambda: put_world_accounts(run.runtime.db, world), stop)
            open_portal_if_installed(run, period.name, say, settings.portal.port)
            _tell(run, period, options, say)
            _live(run, period, options, over, stop, say, report)


def _settings(load: SettingsSource, plain: Settings, speed: float) -> Settings:
    step = speed * TICK if speed else _DAY
    return load(
        data_dir=plain.data_dir / "try",
        mongo_database="cityreach_try",
        clock_step=step,
    )


def _live(
    run: DemoRun,
    period: Period,
    options: TryOptions,
    over: bool,
    stop: Event,
    say: Callable[[str], None],
    report: Callable[[Progress], None],
) -> None:
    agenda = as_set(run.runtime, period, options.route)
    if over:
        run.move(agenda.steps[-1])
    else:
        _walk(run, agenda, options.speed, stop, report)
        patiently(lambda: finish(run.runtime), stop)
        say(f"{period.name} is over: sealed and drafted; the clock stands still; Ctrl-C stops all")
    recurring(run.runtime, SystemClock(), agenda.plan).serve(stop)


def _walk(
    run: DemoRun, agenda: Agenda, speed: float, stop: Event, report: Callable[[Progress], None]
) -> None:
    duties = Duties(run.runtime, agenda.plan)

    def turn(_at: datetime | None = None) -> None:
        patiently(duties.run, stop)

    def told(progress: Progress) -> None:
        patiently(duties.lead, stop)
        report(progress)

    pace = ClockPace(run.runtime, speed, run.move, turn, stop)
    steps = sorted({*agenda.steps, *duties.daily(agenda.steps[0], agenda.steps[-1])})
    try:
        StepWalk(
            run.runtime.queries, agenda.plan, steps, run.move, told, stop, turn, pace.until
        ).run()
    finally:
        patiently(duties.release, Event())


def _tell(run: DemoRun, period: Period, options: TryOptions, say: Callable[[str], None]) -> None:
    """Where everything is."""
    folder, command = run.runtime.settings.data_dir.resolve(), f"{prefix()}{program()}"
    speed = f"{options.speed:g} times as fast as ours" if options.speed else "as fast as it can"
    say(
        f"{period.name} of {options.world} is rehearsed; its clock runs {speed}, and stands still "
        "while visits are on their way\n"
        f"  in another shell: {command} status; {command} gaps --period {period.name}\n"
        f"  what goes wrong: {command} faults add rate_limited platform=x ratio=0.1\n"
        f"  the platforms: {run.sandbox_url}, their pages at /web/<platform>; any token is taken "
        "that does not begin with invalid, expired or forbidden\n"
        f"  the sandbox's controls: /_sandbox/clock, faults, limits, usage; their token is in "
        f"{folder / 'sandbox-token'}\n"
        f"  data: {folder}; Ctrl-C stops all"
    )
