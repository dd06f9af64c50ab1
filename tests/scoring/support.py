"""Small methods and tables for the tests of the engine."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import scoring
from model.measures import MeasureRow
from model.period import Period
from scoring.engine.arrays import FloatArray
from tests.shared import FOLDER, ROOT

PROJECT = ROOT
ASEM = FOLDER / "anchors" / "asem"
GOLDEN = Path(__file__).parent / "golden"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def method(body: str = "", *, defaults: str = "", head: str = "") -> scoring.Method:
    """A method from the text of its indicators."""
    return scoring.read_method(
        f'id = "test"\nversion = 1\n{head}\n[defaults]\n{defaults}\n{body}', "test.toml"
    )


def flat(
    codes: Sequence[str], *, defaults: str = "", weights: Sequence[float] = ()
) -> scoring.Method:
    """All codes as children of the root."""
    own = weights or [1.0] * len(codes)
    body = "".join(
        f'[[indicator]]\ncode = "{code}"\nparent = "index"\nweight = {float(weight)}\n'
        for code, weight in zip(codes, own, strict=True)
    )
    return method(body, defaults=defaults)


def score(values: Mapping[str, Sequence[float | None]], model: scoring.Method) -> scoring.Result:
    """The columns scored under a method, units named u0, u1, …"""
    size = len(next(iter(values.values())))
    return scoring.compute(model, scoring.Table.build([f"u{i}" for i in range(size)], values))


def column(result: scoring.Result, code: str = "index") -> list[float | None]:
    """A node's scores as plain values."""
    return [result.score(unit, code) for unit in result.units]


def normalised(values: Sequence[float | None], spec: str, extra: str = "") -> list[float | None]:
    """One column under one normaliser."""
    return column(score({"a": values}, flat(["a"], defaults=f"normalise = {spec}\n{extra}")), "a")


def floats(*values: float | None) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


MAY = Period.month("2025-05")


def measure_row(city: str, platform: str, account: str = "", **measures: object) -> MeasureRow:
    """A row of measures; what is not named is a silent account's 0."""
    row: dict[str, Any] = {
        "period": MAY.name,
        "tz": MAY.tz,
        "cutoff": "2025-06-03T16:00:00Z",
        "city": city,
        "platform": platform,
        "account": account or f"{platform}:{city}",
        **dict.fromkeys(("posts", "likes", "comments", "shares", "interactions"), 0),
        **dict.fromkeys(("videos", "views", "follower_gain"), 0),
        "followers_start": 100,
        "followers_end": 100,
        "interaction_rate": None,
        "view_rate": None,
        **dict.fromkeys(("posts_gone", "active_days", "followers_step"), 0),
        "handle": city,
        **{name: {} for name in ("types", "missing", "reasons", "steps", "coverage")},
        "collected": True,
        "why": None,
    }
    return MeasureRow(**row | measures)
