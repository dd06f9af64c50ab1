"""COINr's ASEM example as methods and tables of this engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import scoring
from scoring.engine.arrays import FloatArray
from tests.scoring.support import ASEM, method, read_csv

INNER = {"Index": "index"}


def meta() -> list[dict[str, str]]:
    return [row for row in read_csv(ASEM / "in_iMeta.csv") if row["Level"]]


def leaves() -> list[str]:
    return [row["iCode"] for row in meta() if row["Type"] == "Indicator"]


def build(defaults: str, *, denominators: bool = False, directions: bool = True) -> scoring.Method:
    """The tree of 49 indicators in four levels, with the defaults given."""
    body = []
    for row in meta():
        if row["iCode"] == "Index":
            continue
        lines = [
            "[[indicator]]",
            f'code = "{row["iCode"]}"',
            f'parent = "{INNER.get(row["Parent"], row["Parent"])}"',
            f"weight = {float(row['Weight'])}",
        ]
        if directions:
            lines.append(f"direction = {row['Direction']}")
        if denominators and row["Denominator"]:
            lines.append(f'denominator = "{row["Denominator"]}"')
        body.append("\n".join(lines))
    return method("\n".join(body), defaults=defaults)


def number(text: str) -> float | None:
    return None if text in ("", "NA") else float(text)


def table(
    path: Path = ASEM / "in_iData.csv", group: str | None = None, year: str | None = None
) -> scoring.Table:
    """The units of a file in order of their codes, all numeric columns."""
    rows = [r for r in read_csv(path) if year is None or r["Time"] == year]
    rows.sort(key=lambda row: row["uCode"])
    skip = {"uName", "uCode", "Time"} | {name for name in rows[0] if name.endswith("_group")}
    columns = {name: [number(row[name]) for row in rows] for name in rows[0] if name not in skip}
    groups = [row[group] for row in rows] if group else None
    return scoring.Table.build([row["uCode"] for row in rows], columns, groups=groups)


def expected(name: str, year: str | None = None) -> dict[str, FloatArray]:
    """An output file by column, units in order of their codes."""
    rows = [r for r in read_csv(ASEM / name) if year is None or r["Time"] == year]
    rows.sort(key=lambda row: row["uCode"])
    skip = {"uName", "uCode", "Time"} | {c for c in rows[0] if c.endswith("_group")}
    return {
        INNER.get(c, c): np.array(
            [np.nan if (v := number(row[c])) is None else v for row in rows], dtype=float
        )
        for c in rows[0]
        if c not in skip
    }


def years() -> Sequence[str]:
    return sorted({row["Time"] for row in read_csv(ASEM / "in_iData_panel.csv")})
