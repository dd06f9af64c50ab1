"""Measures, scores and top lists of a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.forms import asked, spoken
from cityreach.cli.indexing import (
    frozen_rows,
    heading,
    index_of,
    require_data,
    scope_of,
    state_line,
)
from cityreach.cli.options import (
    AccountOption,
    JsonFlag,
    LiveFlag,
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
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """The month's measures, one row an account: posts of the month, counts as of the cut-off."""
    from portal.month import increment_rows

    runtime = command_runtime()
    month = runtime.settings.period(period)
    name = any_platform(platform)
    rows: list[dict[str, Any]]
    if increments:
        rows = increment_rows(runtime.db, month, name, account)
        title = heading(month, "gains of the month")
    else:
        found, state = _rows_of(runtime, month, name, account, live)
        rows = [row.flat() if asked.table else row.plain() for row in found]
        title = heading(month, state)
    if account is not None and not rows:
        raise UsageError(f"--account {account}: not in the registry; expected platform:id")
    columns = _INCREMENTS if increments else _MEASURES
    if asked.table and not increments:
        emit_csv(rows, MeasureRow.flat_columns())
    else:
        emit(rows, title, columns, as_json=as_json)
    _say_breaks(month, {row["platform"] for row in rows}, increments=increments)


def _say_breaks(month: Period, platforms: set[PlatformName], *, increments: bool) -> None:
    """Which counters of the platforms shown changed their meaning within the month."""
    from scoring.cities.breaks import breaks_on, increment_breaks, row_breaks
    from scoring.publish.wording import word_definition

    within = increment_breaks if increments else row_breaks
    for platform in sorted(platforms):
        for entry in breaks_on(platform, within(platform, month)):
            told = word_definition(platform, entry, spoken())
            say(f"counted differently within {month.name}: {told}")


def _rows_of(
    runtime: Runtime, month: Period, platform: PlatformName | None, account: str | None, live: bool
) -> tuple[list[MeasureRow], str]:
    """The rows as published, or as known now, and which of the two they are."""
    from portal.month import measure_rows
    from portal.wording import word_as_of, word_frozen

    as_of = word_as_of(month, runtime.clock.now(), spoken())
    index = frozen_rows(runtime, month, live=live)
    if index is None or index.issue is None:
        rows, state = measure_rows(runtime.db, month, platform, account), as_of
    else:
        state = f"{word_frozen(index.issue, runtime.settings.zone, spoken())}, {as_of}"
        rows = [
            row
            for row in index.inputs.rows
            if platform in (None, row.platform) and account in (None, row.account)
        ]
    if index is not None or runtime.clock.now() < month.cutoff:
        say(f"{month.name}: {state}")
    return rows, state


def score(
    period: PeriodOption,
    method: MethodOption = None,
    preset: PresetOption = None,
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Every city's composite and platform indices, best first."""
    runtime = command_runtime()
    index = index_of(runtime, period, method, preset, live=live)
    require_data(index)
    rows = index.top("composite", len(index.names))
    _emit_top(runtime, index, "composite", rows, as_json=as_json)


def top(
    period: PeriodOption,
    method: MethodOption = None,
    preset: PresetOption = None,
    scope: ScopeOption = "composite",
    count: Annotated[int, typer.Option("-n", min=1, help="How many cities.")] = 10,
    unordered: Annotated[
        bool | None,
        typer.Option(
            "--unordered/--ordered",
            help="A set without ranks and values, or both; default: as the method is published.",
        ),
    ] = None,
    bands: Annotated[
        int, typer.Option(min=0, help="Runs for the rank bands (5-95 %); 0: no bands.")
    ] = 0,
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """The month's top list of a platform or of the composite."""
    runtime = command_runtime()
    index = index_of(runtime, period, method, preset, live=live)
    scope = scope_of(index, scope)
    require_data(index, scope)
    ranges = index.bands(scope, bands) if bands else None
    rows = index.top(scope, count, unordered, ranges)
    if unordered is None and not as_json and not index.method.ordered:
        say(_SET[spoken()].format(method=index.method.id))
    _emit_top(runtime, index, scope, rows, as_json=as_json)


_SET = {
    "zh": "{method} 发布时不分先后，不列名次和分值；--ordered 显示两者",
    "en": "{method} is published as a set, without ranks and values; --ordered shows both",
}
_TOP = "rank, city, name_zh, name_en, index, coverage"


def show_top(runtime: Runtime, index: MonthIndex, scope: str, rows: list[Any]) -> None:
    """One top list as a table."""
    from scoring.method.tree import ROOT
    from scoring.publish.top import COMPOSITE

    parts = list(rows[0]["parts"]) if rows else []
    columns = ["rank, name_zh: 城市, name_en: city, index"]
    names = {node.code: node.name.in_language(spoken()) for node in index.method.nodes}
    if any(row["rank_low"] is not None for row in rows):
        columns.append("rank_low: rank 5 %, rank_high: rank 95 %")
    columns += [
        f"parts.{name}: {names.get(name) or names.get(f'{scope}_{name}', name)}" for name in parts
    ]
    columns.append("coverage")
    flat = [{**row, **{f"parts.{k}": v for k, v in row["parts"].items()}} for row in rows]
    shown = scope if spoken() == "en" else names.get(ROOT if scope == COMPOSITE else scope, scope)
    title = f"{shown}: top {len(rows)} of {state_line(runtime, index)}"
    emit_table(title, ", ".join(columns), flat)


def _emit_top(
    runtime: Runtime,
    index: MonthIndex,
    scope: str,
    rows: list[Any],
    *,
    as_json: bool,
) -> None:
    """The rows, then which cities are left out and why; the exit code is 3 then."""
    if as_json or asked.table:
        emit(rows, "", _TOP, as_json=as_json)
    else:
        show_top(runtime, index, scope, rows)
    if breaks := index.breaks(scope):
        from scoring.publish.wording import word_breaks

        say(f"changes of rank: {word_breaks(breaks, spoken())}")
    left_out = index.left_out()
    for line in left_out:
        say(line)
    if left_out:
        raise typer.Exit(PARTIAL)
