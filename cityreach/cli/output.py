"""Tables for people, JSON and CSV for programs, and messages on standard error."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

_Row = Mapping[str, Any]


def complain(message: str) -> None:
    """One message for people, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(message, style="red", markup=False)


def say(message: str) -> None:
    """One line for people, on standard error, so that standard output stays data."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(message, markup=False)


def emit(
    rows: Sequence[_Row],
    title: str,
    columns: str,
    *,
    as_json: bool = False,
    as_csv: bool = False,
    bom: bool = False,
) -> None:
    """Rows in the form that was asked for: JSON, CSV, or a table with these columns."""
    if as_json:
        emit_json(rows)
    elif as_csv:
        emit_csv(rows, bom=bom)
    else:
        emit_table(title, columns, rows)


def emit_list(
    rows: Sequence[_Row], noun: str, columns: str, *, as_json: bool = False, as_csv: bool = False
) -> None:
    """As `emit`, titled with their number; without any, people read `no <noun>`."""
    if rows or as_json or as_csv:
        emit(rows, f"{len(rows)} {noun}", columns, as_json=as_json, as_csv=as_csv)
    else:
        say(f"no {noun}")


def emit_json(value: object) -> None:
    """JSON on standard output; Chinese as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def emit_csv(rows: Sequence[_Row], bom: bool = False) -> None:
    """CSV on standard output; unknown is empty, zero is 0."""
    out = io.StringIO()
    flat = [flatten(row) for row in rows]
    writer = csv.DictWriter(out, fieldnames=list(flat[0]) if flat else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    typer.echo(("\ufeff" if bom else "") + out.getvalue(), nl=False)


def flatten(row: _Row) -> dict[str, Any]:
    """Nested mappings become columns with a dot; cells that a spreadsheet would run are quoted."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            flat.update({f"{name}.{inner}": safe_cell(v) for inner, v in value.items()})
        else:
            flat[name] = safe_cell(value)
    return flat


def safe_cell(value: Any) -> Any:
    """Text that begins like a formula gets an apostrophe in front."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"}:
        return "'" + value
    return value


def emit_table(title: str, columns: str, rows: Sequence[_Row]) -> None:
    """A table for people; "—" stands for unknown.

    `columns` names the keys, with a heading where it is not the key: `platform, day: its day`.
    """
    table = Table(title=title, title_justify="left", pad_edge=False)
    headings = dict(_heading(column) for column in columns.split(", "))
    for key, heading in headings.items():
        numeric = any(isinstance(row.get(key), int | float) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(shown(row.get(key)) for key in headings))
    width = None if sys.stdout.isatty() else 120
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def _heading(column: str) -> tuple[str, str]:
    key, _, heading = column.partition(": ")
    return key, heading or key


def shown(value: object) -> str:
    """A cell for people."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
