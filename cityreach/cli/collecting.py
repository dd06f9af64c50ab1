"""One-off collection, and what today's mappers make of one raw answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from cityreach.cli.exits import ERROR, PARTIAL
from cityreach.cli.output import emit_json, emit_table, say
from cityreach.cli.parts import platform_name, route_name, stop_on_signals
from cityreach.instants import instant
from operations.errors import UsageError

_LINE_EVERY = 30.0


def collect(
    account: Annotated[
        list[str] | None, typer.Option(help="`platform:id`; may be given several times.")
    ] = None,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    since: Annotated[str | None, typer.Option(help="Posts from then on (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Posts before then (ISO 8601).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcomes as JSON.")] = False,
) -> None:
    """Collect now: counters of the accounts, and their posts of a stretch of time."""
    from cityreach.running import run_collection
    from cityreach.settings import load_settings
    from operations.collect import CollectRequest

    request = CollectRequest(
        accounts=tuple(account or ()),
        platform=platform_name(platform) if platform else None,
        since=instant(since) if since else None,
        until=instant(until) if until else None,
    )
    with _progress() as report:
        outcomes = run_collection(load_settings(), request, stop_on_signals(), say, report)
    if as_json:
        emit_json(outcomes)
    else:
        columns = {"visit": "visit", "outcome": "outcome", "detail": "detail"}
        emit_table(f"{len(outcomes)} visits", columns, outcomes)
    if any(row["outcome"] not in {"ok", "ok_nothing_new"} for row in outcomes):
        raise typer.Exit(PARTIAL)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, otherwise one line per 30 s."""
    said = time.monotonic()
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("visits")

        def report(ended: int, total: int) -> None:
            nonlocal said
            bar.update(task, completed=ended, total=total)
            if bar.disable and ended < total and time.monotonic() - said >= _LINE_EVERY:
                said = time.monotonic()
                say(f"{ended} of {total} visits have ended")

        yield report


def map_file(
    file: Annotated[Path, typer.Argument(help="One raw answer, as the platform sent it.")],
    platform: Annotated[str, typer.Option(help="facebook, x, instagram, youtube or tiktok.")],
    route: Annotated[str | None, typer.Option(help="api or web; default: recognised.")] = None,
    observed_at: Annotated[
        str | None, typer.Option(help="When it was received (ISO 8601); default: now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what the mappers read in one raw answer; the call is recognised from its shape."""
    from cityreach.clock import SystemClock

    name = platform_name(platform)
    by = route_name(route) if route is not None else None
    try:
        body = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from error
    at = instant(observed_at) if observed_at else SystemClock().now()
    from operations.map_answer import mapped_answer

    result = mapped_answer(name, body, at, by)
    if as_json:
        emit_json(result)
    else:
        _show(result)
    if result["outcome"] != "ok":
        raise typer.Exit(PARTIAL if result["rows"] or result["recognised"] else ERROR)


def _show(result: dict[str, Any]) -> None:
    rows = [
        {**row, "counts": _pairs(row["counts"]), "missing": _pairs(row["missing"])}
        for row in result["rows"]
    ]
    columns = {
        "kind": "kind",
        "id": "id",
        "account": "account",
        "published_at": "published",
        "type": "type",
        "counts": "counts",
        "missing": "missing",
    }
    emit_table(f"{result['shape']}: {len(rows)} rows", columns, rows)
    if result["outcome"] != "ok":
        say(f"outcome: {result['outcome']} ({result['detail']})")
    for path in result["unmapped"]:
        say(f"could not be mapped: {path}")


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
