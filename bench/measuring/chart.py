"""The chart of the README: CPU time a page, by process, beside other Scrapy programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.measuring.summary import Report

_BARS: Sequence[tuple[str, Sequence[str]]] = (
    ("Scrapy, nothing kept", ("bare Scrapy",)),
    ("CityReach", ("crawler", "writer", "mongod", "Valkey")),
    ("Scrapy, one item a post\n(without MongoDB's time)", ("Scrapy with one item a post",)),
)
_COLOURS = {"crawler": "#2b5f8a", "writer": "#6f9dc0", "mongod": "#a9c4d9", "Valkey": "#d5e2ec"}
_OTHERS = "#9a9a9a"
_OF_A_PAGE = ", CPU a page of 18 posts"


def draw(report: Report, path: Path) -> None:
    """Writes the chart, if the crawl was measured."""
    crawl = report.benches.get("crawl")
    if crawl is None or crawl.code != 0:
        return
    from matplotlib.figure import Figure as Drawing

    values = {one.name.removesuffix(_OF_A_PAGE): one.value for one in crawl.figures}
    drawing = Drawing(figsize=(7.2, 2.4), layout="constrained")
    axes = drawing.subplots()
    for place, (_, parts) in enumerate(reversed(_BARS)):
        left = 0.0
        for part in parts:
            colour, label = _COLOURS.get(part, _OTHERS), part if part in _COLOURS else None
            axes.barh(place, values[part], left=left, color=colour, height=0.6, label=label)
            left += values[part]
        axes.text(left + 0.05, place, f"{left:.1f} ms", va="center", fontsize=9)
    axes.set_yticks(range(len(_BARS)), [label for label, _ in reversed(_BARS)], fontsize=9)
    axes.set_xlabel("CPU milliseconds for a page of 18 posts", fontsize=9)
    axes.legend(title="CityReach", fontsize=8, title_fontsize=8, frameon=False, loc="center right")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.12)
    drawing.savefig(path, metadata={"Date": None})
