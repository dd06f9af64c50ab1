"""Measures, scores and top lists of a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.output import emit_csv, emit_json, emit_table, say
from cityreach.cli.parts import platform_name
from model.period import Period
from operations.errors import UsageError

if TYPE_CHECKING:
    from portal.month import MonthIndex

PeriodName = Annotated[str, typer.Option("--period", help="The month, YYYY-MM.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Preset = Annotated[
    str | None, typer.Option(help="Platform weights: a preset of the method, e.g. with-tiktok.")
]
Bom = Annotated[bool, typer.Option(help="With --csv, for Excel: begin with a byte order mark.")]

_MEASURES = {
    "city": "city",
    "platform": "platform",
    "handle": "handle",
    "posts": "posts",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "interactions": "interactions",
    "interaction_rate": "per post",
    "views": "views",
    "view_rate": "per video",
    "followers_end": "followers",
    "follower_gain": "gain",
}

_INCREMENTS = {
    "city": "city",
    "platform": "platform",
    "handle": "handle",
    "posts": "posts",
    "unread": "without a start",
    "likes_gained": "likes",
    "comments_gained": "comments",
    "shares_gained": "shares",
    "views_gained": "views",
}


def _house() -> Any:
    from cityreach.runtime import open_runtime

    return open_runtime()


def measures(
    period: PeriodName,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    account: Annotated[str | None, typer.Option(help="Only this account, platform:id.")] = None,
    increments: Annotated[
        bool, typer.Option("--increments", help="What posts of any month gained in this one.")
    ] = False,
    as_json: Json = False,
    as_csv: Csv = False,
    bom: Bom = False,
) -> None:
    """The month's measures, one row an account: posts of the month, counts as of the cut-off."""
    from portal.month import increment_rows, measure_rows

    runtime = _house()
    month = runtime.settings.period(period)
    name = platform_name(platform) if platform else None
    rows: list[dict[str, Any]]
    if increments:
        rows = increment_rows(runtime.db, month, name, account)
    else:
        rows = [row.plain() for row in measure_rows(runtime.db, month, name, account)]
    if account is not None and not rows:
        raise UsageError(f"--account {account}: not in the registry; expected platform:id")
    if as_json:
        emit_json(rows)
    elif as_csv:
        emit_csv(rows, bom=bom)
    elif increments:
        emit_table(f"{month.name} ({month.tz}), gains of the month", _INCREMENTS, rows)
    else:
        emit_table(_heading(month), _MEASURES, rows)


def _heading(period: Period) -> str:
    return f"{period.name} ({period.tz}), counts as of {period.cutoff:%Y-%m-%d %H:%M}Z"


def month_index(
    runtime: Any, period: Period, method: str | None = None, preset: str | None = None
) -> MonthIndex:
    """A month's index, with the month before for changes of rank."""
    from portal import month as monthly

    return monthly.month_index(runtime.db, period, method or runtime.settings.method, preset)


def score(
    period: PeriodName,
    method: Annotated[str | None, typer.Option(help="Method; default: the settings'.")] = None,
    preset: Preset = None,
    as_json: Json = False,
    as_csv: Csv = False,
    bom: Bom = False,
) -> None:
    """Every city's composite and platform indices, best first."""
    runtime = _house()
    index = month_index(runtime, runtime.settings.period(period), method, preset)
    rows = index.top("composite", len(index.names))
    if as_json:
        emit_json(rows)
    elif as_csv:
        emit_csv(rows, bom=bom)
    else:
        show_top(index, "composite", rows)
    _partial(index)


def top(
    period: PeriodName,
    method: Annotated[str | None, typer.Option(help="Method; default: the settings'.")] = None,
    preset: Preset = None,
    scope: Annotated[str, typer.Option(help="composite or a platform.")] = "composite",
    count: Annotated[int, typer.Option("-n", min=1, help="How many cities.")] = 10,
    unordered: Annotated[bool, typer.Option(help="A set without ranks.")] = False,
    bands: Annotated[
        int, typer.Option(min=0, help="Runs for the rank bands (5-95 %); 0: no bands.")
    ] = 0,
    as_json: Json = False,
    as_csv: Csv = False,
    bom: Bom = False,
) -> None:
    """The month's top list of a platform or of the composite."""
    runtime = _house()
    index = month_index(runtime, runtime.settings.period(period), method, preset)
    if scope not in index.scopes:
        raise UsageError(f"--scope {scope}: expected one of {', '.join(index.scopes)}")
    ranges = index.bands(scope, bands) if bands else None
    rows = index.top(scope, count, unordered or None, ranges)
    if as_json:
        emit_json(rows)
    elif as_csv:
        emit_csv(rows, bom=bom)
    else:
        show_top(index, scope, rows)
    _partial(index)


def show_top(index: MonthIndex, scope: str, rows: list[Any]) -> None:
    """One top list as a table."""
    parts = list(rows[0]["parts"]) if rows else []
    columns = {"rank": "rank", "name_zh": "城市", "name_en": "city", "index": "index"}
    if any(row["rank_low"] is not None for row in rows):
        columns |= {"rank_low": "rank 5 %", "rank_high": "rank 95 %"}
    columns |= {f"parts.{name}": name for name in parts}
    columns["coverage"] = "coverage"
    flat = [{**row, **{f"parts.{k}": v for k, v in row["parts"].items()}} for row in rows]
    emit_table(f"{scope}: top {len(rows)} of {_heading(index.period)}", columns, flat)


def _partial(index: MonthIndex) -> None:
    """Says which cities are left out and why; the exit code is 3 then."""
    left_out = index.left_out()
    for line in left_out:
        say(line)
    if left_out:
        raise typer.Exit(PARTIAL)
