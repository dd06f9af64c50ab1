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
from cityreach.cli.options import (
    JsonFlag,
    PlatformOption,
    any_instant,
    any_platform,
    given_instant,
    platform_name,
    route_name,
)
from cityreach.cli.output import emit, emit_json, emit_table, in_words, say
from cityreach.cli.parts import stop_on_signals
from model.bounds import MOST_RAW
from model.platform import PLATFORMS
from model.tables.numbers import many
from operations.errors import UsageError

_LINE_EVERY = 30.0


def collect(
    account: Annotated[
        list[str] | None, typer.Option(help="`platform:id`; may be given several times.")
    ] = None,
    platform: PlatformOption = None,
    since: Annotated[str | None, typer.Option(help="Posts from then on (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Posts before then (ISO 8601).")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Collect now: counters of the accounts, and their posts of a stretch of time."""
    from cityreach.settings import command_settings
    from operations.collect import CollectRequest
    from operations.running.parts import run_collection

    request = CollectRequest(
        accounts=tuple(account or ()),
        platform=any_platform(platform),
        since=any_instant(since),
        until=any_instant(until),
    )
    with progress_of("visits") as report:
        outcomes = run_collection(command_settings(), request, stop_on_signals(), say, report)
    emit(outcomes, many(len(outcomes), "visits"), _COLLECTED, as_json=as_json)
    if any(row["outcome"] not in {"ok", "ok_nothing_new"} for row in outcomes):
        raise typer.Exit(PARTIAL)


_COLLECTED = "platform, handle, city, kind, posts, outcome, detail"


@contextmanager
def progress_of(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, otherwise one line per 30 s."""
    said = time.monotonic()
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(in_words(what))

        def report(ended: int, total: int) -> None:
            nonlocal said
            bar.update(task, completed=ended, total=total)
            if bar.disable and ended < total and time.monotonic() - said >= _LINE_EVERY:
                said = time.monotonic()
                say(f"{ended} of {total} {what} have ended")

        yield report


def map_file(
    file: Annotated[Path, typer.Argument(help="One raw answer, as the platform sent it.")],
    platform: Annotated[str, typer.Option(help=f"One of {', '.join(PLATFORMS)}.")],
    route: Annotated[str | None, typer.Option(help="api or web; default: recognised.")] = None,
    observed_at: Annotated[
        str | None, typer.Option(help="When it was received (ISO 8601); default: now.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what the mappers read in one raw answer; the call is recognised from its shape."""
    from operations.running.clock import SystemClock

    name = platform_name(platform)
    by = route_name(route) if route is not None else None
    try:
        with file.open("rb") as opened:
            body = opened.read(MOST_RAW + 1)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from error
    if len(body) > MOST_RAW:
        raise UsageError(f"{file}: an answer has at most {MOST_RAW >> 20} MB")
    at = given_instant(observed_at) if observed_at else SystemClock().now()
    from operations.replay import mapped_answer

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
    columns = "kind, id, account, published_at: published, type, counts, missing"
    emit_table(f"{result['shape']}: {many(len(rows), 'rows')}", columns, rows)
    if result["outcome"] != "ok":
        say(f"outcome: {result['outcome']} ({result['detail']})")
    for path in result["unmapped"]:
        say(f"could not be mapped: {path}")


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
