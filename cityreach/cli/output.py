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

Row = Mapping[str, Any]


def complain(message: str) -> None:
    """One message for people, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(message, style="red", markup=False)


def say(message: str) -> None:
    """One line for people, on standard error, so that standard output stays data."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(message, markup=False)


def emit_json(value: object) -> None:
    """JSON on standard output; Chinese as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def emit_csv(rows: Sequence[Row], bom: bool = False) -> None:
    """CSV on standard output; unknown is empty, zero is 0."""
    out = io.StringIO()
    flat = [flatten(row) for row in rows]
    writer = csv.DictWriter(out, fieldnames=list(flat[0]) if flat else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    typer.echo(("\ufeff" if bom else "") + out.getvalue(), nl=False)


def flatten(row: Row) -> dict[str, Any]:
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


def emit_table(title: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """A table for people. `columns` maps keys to headings; "—" stands for unknown."""
    table = Table(title=title, title_justify="left", pad_edge=False)
    for key, heading in columns.items():
        numeric = any(isinstance(row.get(key), int | float) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(shown(row.get(key)) for key in columns))
    width = None if sys.stdout.isatty() else 120
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def shown(value: object) -> str:
    """A cell for people."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
