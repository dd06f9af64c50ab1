"""Tables to fill in, as `import` reads them: accounts, and indicators of a month."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.account import AccountClass
from model.platform import PLATFORMS
from model.tables.chinese import chinese_head
from model.tables.writing import csv_text
from model.tables.xlsx import xlsx_bytes
from operations.errors import UsageError
from registry.cities import load_cities, watched_cities
from registry.writing import COLUMNS
from scoring.cities.indicators import known_codes
from scoring.method.tree import Method
from scoring.publish.wording import Lang

_BLANK_ROWS = 1_000
"""Rows of a workbook of accounts that offer a choice."""
_NAMES: Mapping[Lang, Mapping[str, str]] = {
    "en": {"city_name": "name of city", "code_name": "name of indicator"},
    "zh": {"city_name": "城市名（参考）", "code_name": "指标名（参考）"},
}
_INDICATORS = ("city", "city_name", "period", "code", "code_name", "value", "source")


@dataclass(frozen=True)
class Template:
    """A table to be filled in."""

    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
    choices: Mapping[str, Sequence[str]]
    """What may stand in a column, where that is known."""


def accounts_template() -> Template:
    """Empty rows: a city may have several accounts on a platform, or none."""
    choices = {
        "city": list(watched_cities()),
        "platform": list(PLATFORMS),
        "class": [one.value for one in AccountClass],
        "primary": ["yes", "no"],
    }
    return Template(COLUMNS, (), choices)


def indicators_template(method: Method, period: str, cities: Collection[str]) -> Template:
    """A row for each city and each code of the method that is collected elsewhere; rows that stay
    without a value are passed over. Raises UsageError for a method without such codes."""
    named = {leaf.measure: leaf.name for leaf in method.leaves}
    codes = sorted(known_codes(named))
    if not codes:
        raise UsageError(f"{method.id} has no indicators that are collected elsewhere")
    known = load_cities()
    rows = [
        {
            "city": city,
            "city_name": {"zh": known[city].name_zh, "en": known[city].name_en},
            "period": period,
            "code": code,
            "code_name": {"zh": named[code].zh, "en": named[code].en},
        }
        for city in cities
        for code in codes
    ]
    return Template(_INDICATORS, rows, {})


def write_template(template: Template, out: Path, lang: Lang) -> int:
    """Writes XLSX or CSV, as the file's name ends; gives the number of rows that are filled in
    partly. Raises UsageError where it cannot be written or is of another kind."""
    heads = {name: _head(name, lang) for name in template.columns}
    rows = [{heads[k]: _in(v, lang) for k, v in row.items()} for row in template.rows]
    choices = {heads[name]: offered for name, offered in template.choices.items()}
    try:
        out.write_bytes(_made(out, rows, list(heads.values()), choices))
    except ImportError as error:
        message = f"--out {out}: XLSX needs {error.name}: `make .venv/.report` installs it"
        raise UsageError(f"{message}; .csv needs nothing") from error
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror or error}") from error
    return len(rows)


def _made(
    out: Path,
    rows: Sequence[Mapping[str, Any]],
    heads: Sequence[str],
    choices: Mapping[str, Sequence[str]],
) -> bytes:
    match out.suffix.lower():
        case ".xlsx":
            return xlsx_bytes(rows, heads, choices, _BLANK_ROWS)
        case ".csv":
            # Excel knows UTF-8 by the mark alone.
            return ("\ufeff" + csv_text(rows, heads)).encode("utf-8")
    raise UsageError(f"--out {out}: expected a file name that ends in .xlsx or .csv")


def _head(name: str, lang: Lang) -> str:
    if name in _NAMES[lang]:
        return _NAMES[lang][name]
    return chinese_head(name) if lang == "zh" else name


def _in(value: Any, lang: Lang) -> Any:
    return value[lang] if isinstance(value, Mapping) else value
