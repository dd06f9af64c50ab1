"""The Chinese font of documents: the Simplified Chinese face of Noto Sans CJK, from its wheel.

The file holds ten faces; the first is Japanese, in which 直 骨 门 have other shapes. So faces are
always asked for by name.
"""

from __future__ import annotations

import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from scoring.errors import ExtraMissing
from scoring.extras import load_extra

FAMILY = "Noto Sans CJK SC"
_FILE = "NotoSansCJK-Regular.ttc"
_PACKAGE = "noto_cjk_sans_otc"


def font_file() -> Path:
    """Where the font is installed; raises ExtraMissing."""
    spec = find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / _FILE).is_file():
            return path
    raise ExtraMissing(
        f"Chinese text in charts and PDF needs the font {FAMILY} (noto-cjk-sans-otc): "
        "`make .venv/.report` installs it, or the extra `report`"
    )


@cache
def _face_number() -> int:
    collection = load_extra("fontTools.ttLib", purpose="the font of PDF", extra="report")
    with collection.TTCollection(str(font_file()), lazy=True) as found:
        for number, face in enumerate(found.fonts):
            if face["name"].getDebugName(1) == FAMILY:
                return number
    raise ExtraMissing(f"{font_file()} has no face {FAMILY}: install cityreach[report] anew")


def subset_font(text: str) -> bytes:
    """An OpenType font with the glyphs of a text alone; raises ExtraMissing."""
    subset = load_extra("fontTools.subset", purpose="the font of PDF", extra="report")
    options = subset.Options(font_number=_face_number(), layout_features=["locl", "kern"])
    options.recalc_timestamp = False
    font = subset.load_font(str(font_file()), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    cutter.subset(font)
    out = io.BytesIO()
    subset.save_font(font, out, options)
    font.close()
    return out.getvalue()
