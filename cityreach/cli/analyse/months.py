"""Why a number is what it is, what moved it, what would, and how sure it is."""

from __future__ import annotations

import sys
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.forms import asked, spoken
from cityreach.cli.indexing import index_of, require_data, scope_of
from cityreach.cli.options import (
    JsonFlag,
    LiveFlag,
    MethodOption,
    PeriodOption,
    ScopeOption,
    command_runtime,
)
from cityreach.cli.output import emit, emit_json, emit_table, say, show_line
from model.tables.numbers import many
from model.untrusted import visible_text
from operations.errors import UsageError

if TYPE_CHECKING:
    from portal.month import MonthIndex

_City = Annotated[str, typer.Argument(help="City id, or its Chinese or English name.")]


def city_id(index: MonthIndex, given: str) -> str:
    """A city of the month by id or name. Raises UsageError."""
    from registry.cities import cities_like, city_called

    try:
        return city_called(given, index.inputs.cities)
    except LookupError as error:
        unknown = f"city {given!r}: not in the panel of {index.period.name}"
        if alike := ", ".join(cities_like(given, index.inputs.cities)):
            unknown = f"city {given!r}: not in the panel of {index.period.name}; nearest: {alike}"
        raise UsageError(str(error.args[0]) if error.args else unknown) from None


def explain_command(
    city: _City,
    period: PeriodOption,
    method: MethodOption = None,
    node: Annotated[
        str, typer.Option(help="Begin at this node, e.g. facebook_interact.")
    ] = "index",
    depth: Annotated[
        int | None, typer.Option(min=0, help="Levels below the node; beyond the leaves: posts.")
    ] = None,
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """A city's score down the tree to measures, posts and the raw answers behind them."""
    from portal.explain import explained

    runtime = command_runtime()
    index = index_of(runtime, period, method, live=live)
    unit = city_id(index, city)
    tree = explained(runtime.db, index, unit, node, depth)
    if as_json:
        emit_json(tree)
    else:
        _show_tree(index, unit, tree)
    if tree["score"] is None:
        # As `top` ends where a city is left out: no score is no result.
        raise typer.Exit(PARTIAL)


def _show_tree(index: MonthIndex, unit: str, tree: dict[str, Any]) -> None:
    from portal.explain import flat_rows, remarks
    from portal.telling import told_lines

    title = f"{index.names[unit][spoken() == 'en']}, {index.period.name}, {index.method.id}"
    if asked.table:
        columns = "node, level, name, value, score, weight, contribution, rank, note"
        emit_table(title, columns, flat_rows(tree, spoken()))
    else:
        for line in (title, *told_lines(tree, spoken())):
            show_line(line)
    for remark in remarks(index, unit, spoken()):
        say(remark)


def raw(
    sha256: Annotated[str, typer.Argument(help="As `explain --json` names it.")],
) -> None:
    """One raw answer of a platform, or one row of media data, as it came; on a terminal without
    control characters."""
    from store.media.rows import any_raw

    body = any_raw(command_runtime().db, sha256)
    typer.echo(visible_text(body.decode("utf-8", "replace")) if sys.stdout.isatty() else body)


def diff_command(
    earlier: Annotated[str, typer.Argument(help="YYYY-MM")],
    later: Annotated[str, typer.Argument(help="YYYY-MM")],
    method: MethodOption = None,
    scope: ScopeOption = "composite",
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """What moved each city's score between two months; the parts sum to the change."""
    from scoring.analysis.diff import diff
    from scoring.cities.breaks import breaks_between, breaks_of_unit
    from scoring.publish.wording import word_change

    runtime = command_runtime()
    if runtime.settings.period(earlier).start > runtime.settings.period(later).start:
        raise UsageError(f"diff {earlier} {later}: expected the earlier month first")
    one = index_of(runtime, earlier, method, live=live)
    two = index_of(runtime, later, method, live=live)
    scope = scope_of(two, scope)
    require_data(one, scope)
    require_data(two, scope)
    code = "index" if scope == "composite" else scope
    changes = diff(one.result, two.result, code)
    between = breaks_between(two.method, one.period, two.period, code)
    of_unit = {c.unit: breaks_of_unit(between, c.unit, one.table, two.table) for c in changes}
    if as_json:
        emit_json(
            [{**asdict(c), "breaks": [one.plain() for one in of_unit[c.unit]]} for c in changes]
        )
        return
    for change in changes:
        language = spoken()
        name = two.names.get(change.unit, (change.unit, change.unit))[language == "en"]
        breaks = of_unit[change.unit]
        show_line(word_change(change, two.method, name, language, breaks=breaks))


def whatif_command(
    period: PeriodOption,
    method: MethodOption = None,
    weight: Annotated[
        list[str] | None, typer.Option(help="NODE=NUMBER; may be given several times.")
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option(help="CITY:MEASURE=NUMBER, e.g. nanjing:x:likes=9000.")
    ] = None,
    reach: Annotated[
        str | None,
        typer.Option(
            help="CITY:PLATFORM:MEASURE or CITY:INDICATOR; what it takes to reach --target."
        ),
    ] = None,
    target: Annotated[int, typer.Option(min=1, help="The rank to reach.")] = 10,
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Ranks under other weights or measures; the least change that reaches a rank."""
    from portal.explain import moved, needed

    if not (weight or value or reach):
        raise UsageError("whatif: expected --weight, --value or --reach")
    runtime = command_runtime()
    index = index_of(runtime, period, method, live=live)
    require_data(index)
    if reach is not None:
        found = needed(index, reach, target)
        emit_json(found) if as_json else say(_reach_text(found, reach, target))
        return
    rows = moved(index, weight or [], value or [])
    columns = (
        "city, score_before: before, score_after: after, rank_before: rank before, "
        "rank_after: rank after"
    )
    emit(rows, f"other ranks or scores: {many(len(rows), 'cities')}", columns, as_json=as_json)


def _reach_text(found: dict[str, Any] | None, reach: str, target: int) -> str:
    if found is None:
        return f"{reach}: no number of them reaches rank {target}"
    return (
        f"{found['measure']}: {found['change']:+,.0f} (from {found['before']:,.0f} to "
        f"{found['after']:,.0f}) leads from rank {found['rank_before']} to {found['rank_after']}"
    )


def _with_shares(given: bool | None) -> bool:
    """Whether Sobol shares are computed: where nothing is said, if what they take is there."""
    if given is None and find_spec("SALib") is None:
        say("Sobol shares are left out: `make .venv/.analysis` installs what they take")
        return False
    return given is not False


def robust(
    period: PeriodOption,
    method: MethodOption = None,
    scope: ScopeOption = "composite",
    runs: Annotated[int, typer.Option(min=10, help="Runs for the rank bands.")] = 1000,
    shares: Annotated[
        bool | None,
        typer.Option(help="Sobol shares too (extra analysis); default: where it is installed."),
    ] = None,
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """How sure the ranks are: bands, Sobol shares, correlations, effective weights, redundancy."""
    from scoring.analysis.report import robust_report
    from scoring.analysis.robust import standard_plan

    runtime = command_runtime()
    index = index_of(runtime, period, method, live=live)
    scope = scope_of(index, scope)
    require_data(index, scope)
    code = "index" if scope == "composite" else scope
    plan = standard_plan(index.method, runs=runs)
    report = robust_report(index.method, index.table, plan, code, shares=_with_shares(shares))
    if as_json:
        emit_json(report)
        return
    columns = "unit: city, nominal: rank, rank_low: 5 %, rank_high: 95 %, mean"
    emit_table(f"Ranks in {runs} runs", columns, report["bands"])
    for name, heading in (("shares", "What moves the ranks"), ("flags", "Flags")):
        if report.get(name):
            emit_table(heading, ", ".join(report[name][0]), report[name])
