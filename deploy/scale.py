"""Writes the tables of docs/scale.md and docs/scale.zh.md: what `cityreach cost --scale` prints.

    python -m deploy.scale

By the settings' own plan, for May 2026 at the prices of a day. A test compares both with what this
makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from cityreach.settings import load_settings
from operations.cost import CostQuestion, posts_asked
from operations.database.growth import SCALES, scale_rows

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("scale.md", "scale.zh.md")
_COLUMNS = ("visits", "calls", "dollars", "readings", "disk_gb", "memory_gb", "crawlers", "writers")
_HEADS = re.compile(r"((?:^\|[^\n]*\n){2})((?:^\|[^\n]*\n)+)", re.M)
"""Head and rows of a table."""


def month_at_scale() -> list[dict[str, Any]]:
    """A row a scale, as the documents hold them."""
    settings = load_settings(None)
    question = CostQuestion(
        plans=settings.plan.plans(),
        period=settings.period("2026-05"),
        accounts={},
        posts=posts_asked("30"),
        on=date(2026, 11, 1),
    )
    return scale_rows(question)


def with_tables(text: str, rows: list[dict[str, Any]]) -> str:
    """A document whose first two tables have these rows."""
    tables = iter([_totals(rows), _platforms(rows)])

    def filled(match: re.Match[str]) -> str:
        lines = next(tables, None)
        return match[0] if lines is None else f"{match[1]}{''.join(lines)}"

    return _HEADS.sub(filled, text)


def _totals(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        cells = [f"{row['accounts']:,}", *(f"{row[key]:,}" for key in _COLUMNS)]
        yield f"| {' | '.join(cells)} |\n"


def _platforms(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Units, and how many credentials keep the limits."""
    if len(rows) != len(SCALES):
        raise ValueError(f"expected {len(SCALES)} scales, got {len(rows)}")
    for name in rows[0]["units"]:
        cells = [f"{row['units'][name]:,} ({row['credentials'][name]:,})" for row in rows]
        yield f"| {name} | {' | '.join(cells)} |\n"


if __name__ == "__main__":
    found = month_at_scale()
    for document in DOCUMENTS:
        path = ROOT / "docs" / document
        path.write_text(with_tables(path.read_text("utf-8"), found), "utf-8")
