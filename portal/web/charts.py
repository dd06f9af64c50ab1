"""Options of charts as plain data; their tooltips are drawn as text, never as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Option = dict[str, Any]


def bars(labels: Sequence[str], values: Sequence[float | None], name: str) -> Option:
    """Horizontal bars, the first on top."""
    return {
        "kind": "bars",
        "labels": list(labels),
        "series": [{"name": name, "data": [_plain(value) for value in values]}],
    }


def lines(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], **more: Any
) -> Option:
    """Lines over labels; what is not known is a gap. `marks`: labels at which a line is drawn."""
    drawn = [{"name": name, "data": [_plain(v) for v in data]} for name, data in series]
    return {"kind": "lines", "labels": list(labels), "series": drawn, **more}


def _plain(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
