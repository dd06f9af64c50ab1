"""`cityreach demo`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from cityreach.cli.options import RouteOption, route_name
from cityreach.cli.output import emit_json, in_words, say
from cityreach.cli.parts import stop_on_signals

_LINE_EVERY = 30.0


def demo(
    world: Annotated[
        Path | None, typer.Option(help="World file; default: the one that is shipped.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="YYYY-MM; default: the last whole month of the world.")
    ] = None,
    months: Annotated[
        int | None,
        typer.Option(min=1, help="So many, up to that one; default: 3, or 1 with --period."),
    ] = None,
    route: RouteOption = "api",
    out: Annotated[
        Path | None, typer.Option(help="Write measures, top lists, run.json and the report there.")
    ] = None,
    keep: Annotated[bool, typer.Option(help="Stay up until Ctrl-C, and keep the data.")] = False,
    fresh: Annotated[bool, typer.Option(help="Empty what an earlier demo has kept.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the top lists as JSON.")] = False,
) -> None:
    """Collect and score months of a small world with the real parts, on a simulated clock."""
    from cityreach.settings import load_settings
    from operations.rehearsal.demo import SHIPPED, DemoOptions, DemoResult, run_demo

    def show(result: DemoResult) -> None:
        if as_json:
            emit_json({scope: result.index.top(scope) for scope in result.index.scopes})
        else:
            _show(result)

    by = route_name(route)
    options = DemoOptions(
        world=world or SHIPPED,
        period=period,
        months=months,
        route=by,
        out=out,
        keep=keep,
        fresh=lambda question: fresh or _agreed(question),
        anew=fresh,
    )
    with _reporting() as report:
        run_demo(partial(load_settings, None), options, stop_on_signals(), say, report, show)


def _agreed(question: str) -> bool:
    """Asks whoever sits at the terminal; nobody there is a no."""
    return sys.stdin.isatty() and typer.confirm(in_words(question), err=True)


def _show(result: Any) -> None:
    from cityreach.cli.numbers import show_top

    for scope in (*result.index.scopes[1:], result.index.scopes[0]):
        show_top(result.runtime, result.index, scope, result.index.top(scope))
    if result.hundred is not None:
        rows = result.hundred.top("composite", unordered=False)
        show_top(result.runtime, result.hundred, result.hundred.method.id, rows)


def try_command(
    world: Annotated[Path, typer.Option(help="World file (.jsonl or .jsonl.gz).")],
    period: Annotated[
        str | None, typer.Option(help="YYYY-MM; default: the last whole month of the world.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(
            min=0, max=1e6, help="How many times as fast as ours its clock runs; 0: as it can."
        ),
    ] = 3600.0,
    route: RouteOption = "api",
    fresh: Annotated[bool, typer.Option(help="Empty what an earlier `try` has kept.")] = False,
) -> None:
    """Rehearse a month of a world with your settings: sandbox, clock and `up` in one."""
    from cityreach.settings import load_settings
    from operations.rehearsal.trial import TryOptions, run_trial

    options = TryOptions(
        world=world,
        period=period,
        speed=speed,
        route=route_name(route),
        fresh=lambda question: fresh or _agreed(question),
        anew=fresh,
    )
    with _reporting() as report:
        run_trial(load_settings, options, stop_on_signals(), say, report)


@contextmanager
def _reporting() -> Iterator[Callable[[Any], None]]:
    """A progress bar on a terminal, one status line per 30 s otherwise."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}"))
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(in_words("collecting"), total=None, text="")

        def report(progress: Any) -> None:
            text = f"{progress.at:%Y-%m-%d %H:%M}Z, {progress.open} visits open"
            bar.update(task, total=progress.steps, completed=progress.step, text=in_words(text))

        yield report


def _lines() -> Callable[[Any], None]:
    last = time.monotonic()

    def report(progress: Any) -> None:
        nonlocal last
        if time.monotonic() - last >= _LINE_EVERY:
            last = time.monotonic()
            say(
                f"{progress.at:%Y-%m-%d %H:%M}Z: step {progress.step + 1} of {progress.steps}, "
                f"{progress.done} visits done, {progress.open} open"
            )

    return report
