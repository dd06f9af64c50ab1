"""The engine alone, on a table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cityreach.cli.options import JsonFlag
from cityreach.cli.output import emit_json, emit_table, say
from operations.errors import UsageError

if TYPE_CHECKING:
    from scoring import Method, Result

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)

_Cells = dict[str, str | float | int | None]


def index(
    method: Annotated[str, typer.Option(help="A shipped method's id, or a method file.")],
    source: Annotated[
        Path, typer.Option("--input", help="CSV or XLSX: column unit, and the measures.")
    ],
    out: Annotated[Path | None, typer.Option(help="CSV with every node's score.")] = None,
    panel: Annotated[
        list[Path] | None,
        typer.Option(
            help="Tables of other periods, earlier ones first: normalise over all, so that scores"
            " compare."
        ),
    ] = None,
    months: Annotated[
        list[str] | None,
        typer.Option(
            "--month",
            help="YYYY-MM of --input, then of each --panel; default: as the files' names say.",
        ),
    ] = None,
    across_breaks: Annotated[
        bool, typer.Option(help="With --panel, also where a counter changed its meaning between.")
    ] = False,
    tier_sizes: Annotated[
        str | None, typer.Option("--tiers", help="Sizes of the first tiers, such as 20,30.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Compute an index from a table of indicator values; needs no database."""
    from scoring import compute, load_method
    from scoring.analysis.panel import compute_panel
    from scoring.cities.index_table import index_rows, read_index_input

    if not source.is_file():
        raise UsageError(f"--input {source}: there is no such file")
    chosen = load_method(method)
    given = read_index_input(source, chosen)
    others = [read_index_input(path, chosen).table for path in panel or []]
    if others and not across_breaks:
        _refuse_breaks(chosen, [source, *(panel or [])], months)
    tables = {f"{at:06}": table for at, table in enumerate([*others, given.table])}
    result = compute_panel(chosen, tables)[max(tables)] if others else compute(chosen, given.table)
    rows = _with_tiers(index_rows(result), result, tier_sizes)
    for name in given.ignored:
        say(f"column {name} is no measure or node of {chosen.id}; it was ignored")
    for note in result.notes:
        say(str(note))
    _emit(rows, f"{chosen.id} {chosen.version}", out, as_json)


def _emit(rows: list[_Cells], title: str, out: Path | None, as_json: bool) -> None:
    from scoring.cities.index_table import write_rows

    if out is not None:
        write_rows(rows, out)
        say(f"{out}: {len(rows)} units")
    if as_json:
        emit_json(rows)
    elif out is None:
        emit_table(title, ", ".join(rows[0]), rows)


def _refuse_breaks(method: Method, files: list[Path], given: list[str] | None) -> None:
    """Raises BreakSpanned as `refuse_span` does; says so where the months are not known."""
    from scoring.cities.breaks import reads_changed_counters, refuse_span
    from scoring.errors import BreakSpanned

    if given and len(given) != len(files):
        raise UsageError(f"--month: {len(given)} months for {len(files)} tables; expected as many")
    months = given or [found[0] for path in files if (found := _MONTH.search(path.stem))]
    for month in months:
        if not _MONTH.fullmatch(month):
            raise UsageError(f"--month {month}: expected YYYY-MM")
    if len(months) == len(files):
        try:
            refuse_span(method, months)
        except BreakSpanned as error:
            raise UsageError(f"{error}; leave those months out, or add --across-breaks") from error
    elif reads_changed_counters(method):
        say(
            "the months of the tables are not known, so whether a counter changed its meaning "
            "between them was not checked; name them with --month"
        )


def _with_tiers(rows: list[_Cells], result: Result, sizes: str | None) -> list[_Cells]:
    """The rows with the number of each unit's tier, where tiers are asked for."""
    from scoring.analysis.tiers import unit_tiers

    if sizes is None:
        return rows
    numbers = unit_tiers(result, _sizes(sizes))
    return [{**row, "tier": numbers[str(row["unit"])]} for row in rows]


def _sizes(text: str) -> list[int]:
    sizes = text.split(",")
    if not all(size.strip().isdecimal() and int(size) > 0 for size in sizes):
        raise UsageError(f"--tiers {text}: expected numbers of units, such as 20,30")
    return [int(size) for size in sizes]
