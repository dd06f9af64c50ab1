"""The engine alone, on a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cityreach.cli.options import JsonFlag
from cityreach.cli.output import emit_json, emit_table, say
from operations.errors import UsageError


def index(
    method: Annotated[str, typer.Option(help="A shipped method's id, or a method file.")],
    source: Annotated[Path, typer.Option("--input", help="CSV: column unit, and the measures.")],
    out: Annotated[Path | None, typer.Option(help="CSV with every node's score.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Compute an index from a table of indicator values; needs no database."""
    from scoring import compute, load_method
    from scoring.cities.index_table import index_rows, read_index_input, write_rows

    if not source.is_file():
        raise UsageError(f"--input {source}: there is no such file")
    chosen = load_method(method)
    given = read_index_input(source, chosen)
    result = compute(chosen, given.table)
    rows = index_rows(result)
    for name in given.ignored:
        say(f"column {name} is no measure or node of {chosen.id}; it was ignored")
    for note in result.notes:
        say(str(note))
    if out is not None:
        write_rows(rows, out)
        say(f"{out}: {len(rows)} units")
    if as_json:
        emit_json(rows)
    elif out is None:
        emit_table(f"{chosen.id} {chosen.version}", ", ".join(rows[0]), rows)
