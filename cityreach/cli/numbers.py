"""Measures, scores and top lists of a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.options import (
    AccountOption,
    BomFlag,
    CsvFlag,
    JsonFlag,
    MethodOption,
    PeriodOption,
    PlatformOption,
    PresetOption,
    ScopeOption,
    any_platform,
    command_runtime,
)
from cityreach.cli.output import emit, emit_csv, emit_table, say
from model.measures import MeasureRow
from model.period import Period
from model.platform import PlatformName
from operations.errors import UsageError

if TYPE_CHECKING:
    from operations.runtime import Runtime
    from portal.month import MonthIndex


_MEASURES = (
    "city, platform, handle, posts, likes, comments, shares, interactions, "
    "interaction_rate: per post, views, view_rate: per video, followers_end: followers, "
    "follower_gain: gain"
)

_INCREMENTS = (
    "city, platform, handle, posts, unread: without a start, likes_gained: likes, "
    "comments_gained: comments, shares_gained: shares, views_gained: views"
)


def measures(
    period: PeriodOption,
    platform: PlatformOption = None,
    account: AccountOption = None,
    increments: Annotated[
        bool, typer.Option("--increments", help="What posts of any month gained in this one.")
    ] = False,
    as_json: JsonFlag = False,
    as_csv: CsvFlag = False,
    bom: BomFlag = False,
) -> None:
    """The month's measures, one row an account: posts of the month, counts as of the cut-off."""
    from portal.month import increment_rows, measure_rows

    runtime = command_runtime()
    month = runtime.settings.period(period)
    name = any_platform(platform)
    rows: list[dict[str, Any]]
    if increments:
        rows = increment_rows(runtime.db, month, name, account)
    else:
        found = measure_rows(runtime.db, month, name, account)
        rows = [row.flat() if as_csv else row.plain() for row in found]
    if account is not None and not rows:
        raise UsageError(f"--account {account}: not in the registry; expected platform:id")
    title = f"{month.name} ({month.tz}), gains of the month" if increments else _heading(month)
    columns = _INCREMENTS if increments else _MEASURES
    if as_csv and not increments:
        emit_csv(rows, bom, MeasureRow.flat_columns())
    else:
        emit(rows, title, columns, as_json=as_json, as_csv=as_csv, bom=bom)
    _say_breaks(month, {row["platform"] for row in rows}, increments=increments)


def _say_breaks(month: Period, platforms: set[PlatformName], *, increments: bool) -> None:
    """Which counters of the platforms shown changed their meaning within the month."""
    from scoring.cities.breaks import breaks_on, increment_breaks, row_breaks
    from scoring.publish.wording import word_definition

    within = increment_breaks if increments else row_breaks
    for platform in sorted(platforms):
        for entry in breaks_on(platform, within(platform, month)):
            told = word_definition(platform, entry, "en")
            say(f"counted differently within {month.name}: {told}")


def _heading(period: Period) -> str:
    return f"{period.name} ({period.tz}), counts as of {period.cutoff:%Y-%m-%d %H:%M}Z"


def index_of(
    runtime: Runtime, period: str, method: str | None = None, preset: str | None = None
) -> MonthIndex:
    """A month's index, with the month before for changes of rank. Raises UsageError."""
    from portal.month import month_index

    month = runtime.settings.period(period)
    return month_index(runtime.db, month, method or runtime.settings.method, preset)


def score(
    period: PeriodOption,
    method: MethodOption = None,
    preset: PresetOption = None,
    as_json: JsonFlag = False,
    as_csv: CsvFlag = False,
    bom: BomFlag = False,
) -> None:
    """Every city's composite and platform indices, best first."""
    runtime = command_runtime()
    index = index_of(runtime, period, method, preset)
    rows = index.top("composite", len(index.names))
    _emit_top(index, "composite", rows, as_json=as_json, as_csv=as_csv, bom=bom)


def top(
    period: PeriodOption,
    method: MethodOption = None,
    preset: PresetOption = None,
    scope: ScopeOption = "composite",
    count: Annotated[int, typer.Option("-n", min=1, help="How many cities.")] = 10,
    unordered: Annotated[bool, typer.Option(help="A set without ranks.")] = False,
    bands: Annotated[
        int, typer.Option(min=0, help="Runs for the rank bands (5-95 %); 0: no bands.")
    ] = 0,
    as_json: JsonFlag = False,
    as_csv: CsvFlag = False,
    bom: BomFlag = False,
) -> None:
    """The month's top list of a platform or of the composite."""
    runtime = command_runtime()
    index = index_of(runtime, period, method, preset)
    if scope not in index.scopes:
        raise UsageError(f"--scope {scope}: expected one of {', '.join(index.scopes)}")
    ranges = index.bands(scope, bands) if bands else None
    rows = index.top(scope, count, unordered or None, ranges)
    _emit_top(index, scope, rows, as_json=as_json, as_csv=as_csv, bom=bom)


_TOP = "rank, city, name_zh, name_en, index, coverage"


def show_top(index: MonthIndex, scope: str, rows: list[Any]) -> None:
    """One top list as a table."""
    parts = list(rows[0]["parts"]) if rows else []
    columns = ["rank, name_zh: 城市, name_en: city, index"]
    if any(row["rank_low"] is not None for row in rows):
        columns.append("rank_low: rank 5 %, rank_high: rank 95 %")
    columns += [f"parts.{name}: {name}" for name in parts]
    columns.append("coverage")
    flat = [{**row, **{f"parts.{k}": v for k, v in row["parts"].items()}} for row in rows]
    emit_table(f"{scope}: top {len(rows)} of {_heading(index.period)}", ", ".join(columns), flat)


def _emit_top(
    index: MonthIndex,
    scope: str,
    rows: list[Any],
    *,
    as_json: bool,
    as_csv: bool,
    bom: bool,
) -> None:
    """The rows, then which cities are left out and why; the exit code is 3 then."""
    if as_json or as_csv:
        emit(rows, "", _TOP, as_json=as_json, as_csv=as_csv, bom=bom)
    else:
        show_top(index, scope, rows)
    if breaks := index.breaks(scope):
        from scoring.publish.wording import word_breaks

        say(f"changes of rank: {word_breaks(breaks, 'en')}")
    left_out = index.left_out()
    for line in left_out:
        say(line)
    if left_out:
        raise typer.Exit(PARTIAL)
