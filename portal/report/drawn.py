"""Charts as PNG, for files that cannot draw them."""

from __future__ import annotations

import io
from functools import cache

from portal.report.blocks import Chart
from portal.report.fonts import FAMILY, font_file
from scoring.extras import load_extra

_BLUE = "#1f5fa8"


@cache
def _register() -> None:
    """Makes the faces of the font known to matplotlib, by their names."""
    manager = load_extra("matplotlib.font_manager", purpose="charts", extra="report").fontManager
    if not any(one.name == FAMILY for one in manager.ttflist):
        manager.addfont(str(font_file()))


def png_chart(chart: Chart) -> bytes:
    """150 dots an inch, always the same bytes; raises ExtraMissing without matplotlib or font."""
    module = load_extra("matplotlib.figure", purpose="charts in DOCX", extra="report")
    context = load_extra("matplotlib", purpose="charts in DOCX", extra="report").rc_context
    _register()
    settings = {"axes.unicode_minus": False, "text.parse_math": False, "font.size": 9}
    with context({"font.family": [FAMILY], **settings}):
        figure = module.Figure(figsize=(6.3, 0.22 * len(chart.labels) + 0.2))
        axes = figure.add_axes((0.24, 0.02, 0.66, 0.96))
        places = range(len(chart.values))
        axes.barh(places, chart.values, color=_BLUE)
        axes.set_yticks(places, chart.labels)
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        for place, value in zip(places, chart.values, strict=True):
            axes.text(value, place, f" {value:.2f}", va="center")
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=150, metadata={"Software": None})
    return out.getvalue()
