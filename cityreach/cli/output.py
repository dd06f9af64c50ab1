"""Tables for people, JSON and CSV for programs, and messages on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cityreach.cli.forms import asked, spoken
from model.tables.chinese import chinese_head
from model.tables.numbers import many
from model.tables.writing import csv_text, union_of_columns
from model.tables.xlsx import xlsx_bytes
from model.untrusted import visible_json, visible_line, visible_text
from operations.errors import UsageError

_Row = Mapping[str, Any]
_FOLDED_ABOVE = 24
"""Width above which a text may be broken over lines; numbers never are."""
_BORDER = 3
"""A column's line and the spaces beside its cells."""
_UNLIMITED = 10_000
_YES_OR_NO = {"en": ("yes", "no"), "zh": ("是", "否")}
_OF_OTHERS = {"account", "city", "handle", "handle_now", "id", "name", "name_en", "url"}
"""Columns in which nothing is a word of ours."""
_IN_WAN = 100_000
"""From here on numbers are shown in 万 and 亿 where the language is Chinese."""


def complain(message: str) -> None:
    """One message for people, on standard error."""
    _print(message, sys.stderr, style="red")


def say(message: str) -> None:
    """One line for people, on standard error, so that standard output stays data."""
    _print(message, sys.stderr)


def show_line(message: str) -> None:
    """One line of a command's result, on standard output."""
    _print(message, sys.stdout)


def _print(message: str, stream: TextIO, style: str = "") -> None:
    """Taken literally: square brackets are no markup, colons no emoji."""
    text = Text(visible_text(in_words(message)), style=style)
    Console(file=stream, highlight=False, soft_wrap=True).print(text)


def in_words(message: str) -> str:
    """A line of ours in the language that is asked for."""
    if spoken() == "en":
        return message
    from portal.lines import chinese_line

    return chinese_line(message)


def emit(
    rows: Sequence[_Row],
    title: str,
    columns: str,
    *,
    as_json: bool = False,
) -> None:
    """Rows in the form that was asked for: JSON, CSV, XLSX, or a table with these columns."""
    if as_json:
        emit_json(rows)
    elif asked.table:
        emit_csv(rows, () if rows else [key for key, _ in _headings(columns)])
    else:
        emit_table(title, columns, rows)


def emit_list(rows: Sequence[_Row], noun: str, columns: str, *, as_json: bool = False) -> None:
    """As `emit`, titled with their number; without any, people read `no <noun>`."""
    if rows or as_json or asked.table:
        emit(rows, many(len(rows), noun), columns, as_json=as_json)
    else:
        say(f"no {noun}")


def emit_json(value: object) -> None:
    """JSON on standard output; Chinese as it is where the output is Unicode, what would act on a
    terminal as escapes."""
    escaped = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=escaped, indent=1, allow_nan=False)
    typer.echo(visible_json(text))


def emit_csv(rows: Sequence[_Row], columns: Sequence[str] = (), *, bom: bool = False) -> None:
    """CSV on standard output, or a workbook, with the columns of all rows; `columns` come first, in
    any case."""
    asked.written = True
    flat = [flatten(row) for row in rows]
    names = union_of_columns([dict.fromkeys(columns), *flat])
    if asked.lang == "zh":
        flat, names = _in_chinese(flat, names)
    if asked.xlsx is not None:
        _write_xlsx(Path(asked.xlsx), flat, names)
        return
    bom = bom or asked.bom
    typer.echo(("\ufeff" if bom else "") + csv_text(flat, names), nl=False)


def _in_chinese(
    rows: list[dict[str, Any]], names: Sequence[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The same under Chinese heads; a head that two columns would have keeps its English name."""
    heads: dict[str, str] = {}
    for name in names:
        head = chinese_head(name)
        heads[name] = name if head in heads.values() else head
    return [{heads[name]: row.get(name) for name in names} for row in rows], list(heads.values())


def _write_xlsx(path: Path, rows: Sequence[_Row], names: Sequence[str]) -> None:
    try:
        path.write_bytes(xlsx_bytes(rows, names))
    except ImportError as error:
        raise UsageError(f"--xlsx needs {error.name}: `make .venv/.report` installs it") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"--xlsx {path}: {error}") from error
    say(f"{path}: {many(len(rows), 'rows')}")


def flatten(row: _Row) -> dict[str, Any]:
    """Nested mappings become columns with a dot, lists one text."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            flat.update({f"{name}.{inner}": _plain(v) for inner, v in value.items()})
        else:
            flat[name] = _plain(value)
    return flat


def _plain(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value


def emit_table(title: str, columns: str, rows: Sequence[_Row]) -> None:
    """A table for people; "—" stands for unknown.

    `columns` names the keys, with a heading where it is not the key: `platform, day: its day`.
    Numbers, dates and names are never broken over two lines: on a terminal that is too narrow the
    last columns are left out, and named; without a terminal the table is as wide as it needs.
    """
    if asked.table:
        _emit_once(title, columns, rows)
        return
    terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if terminal else _UNLIMITED, highlight=False)
    cells = [
        _Column(_head(key, heading), [_named(key, row.get(key)) for row in rows])
        for key, heading in _headings(columns)
    ]
    kept = _fitting(cells, console.width)
    table = Table(title=Text(visible_line(in_words(title))), title_justify="left", pad_edge=False)
    for column in kept:
        column.add_to(table)
    for line in zip(*(column.shown for column in kept), strict=True):
        table.add_row(*map(Text, line))
    console.print(table)
    if left_out := [column.heading for column in cells[len(kept) :]]:
        say(f"not shown, the terminal is too narrow: {', '.join(left_out)}")


def _named(key: str, value: object) -> object:
    """A platform and what we say ourselves in the reader's language; anything else as it is."""
    if key in _OF_OTHERS or not isinstance(value, str) or spoken() == "en":
        return value
    from portal.lines import chinese_cell, chinese_facts

    return chinese_facts(value) if key == "facts" else chinese_cell(value)


def _emit_once(title: str, columns: str, rows: Sequence[_Row]) -> None:
    """The first table of a command for programs; a file of one has no room for the others."""
    if asked.written:
        say(f"not in this form: {title}; --json has all")
    else:
        emit_csv(rows, [key for key, _ in _headings(columns)])


class _Column:
    """A column with its cells as they are shown."""

    def __init__(self, heading: str, values: Sequence[object]) -> None:
        self.heading = visible_line(heading)
        self.shown = [visible_line(shown(value)) for value in values]
        self._numeric = any(isinstance(value, int | float) for value in values)
        self._widest = max(map(cell_len, [self.heading, *self.shown]))
        self._folds = not self._numeric and self._widest > _FOLDED_ABOVE

    @property
    def least_width(self) -> int:
        """In cells of the terminal."""
        return _FOLDED_ABOVE if self._folds else self._widest

    def add_to(self, table: Table) -> None:
        """Under its heading, numbers to the right."""
        table.add_column(
            Text(self.heading),
            justify="right" if self._numeric else "left",
            overflow="fold",
            no_wrap=not self._folds,
            min_width=self.least_width,
        )


def _fitting(columns: Sequence[_Column], width: int) -> Sequence[_Column]:
    """The first columns that fit side by side, one at least."""
    needed = [sum(c.least_width + _BORDER for c in columns[:n]) for n in range(len(columns) + 1)]
    return columns[: max(1, sum(each <= width for each in needed[1:]))]


def _headings(columns: str) -> Iterable[tuple[str, str]]:
    return dict(_heading(column) for column in columns.split(", ")).items()


def _head(key: str, heading: str) -> str:
    """As it is called here, else as the column is."""
    if spoken() == "en":
        return heading
    from portal.lines import chinese_heading

    found = chinese_head(key)
    own = chinese_heading(heading) if heading != key else ""
    return own or (found if found != key else heading)


def column_head(name: str) -> str:
    """How a column is called in the language that is asked for."""
    return _head(name, name)


def _heading(column: str) -> tuple[str, str]:
    key, _, heading = column.partition(": ")
    return key, heading or key


def shown(value: object) -> str:
    """A cell for people."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _YES_OR_NO[spoken()][not value]
    if spoken() == "zh" and isinstance(value, int | float) and abs(value) >= _IN_WAN:
        from portal.report.numbers import count_words

        return count_words(value, "zh")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
