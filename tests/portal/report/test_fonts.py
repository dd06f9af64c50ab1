"""Chinese glyphs are those of the Simplified Chinese face: never boxes, never Japanese shapes."""

from __future__ import annotations

import io
from typing import Any

import pytest
from fontTools.ttLib import TTCollection, TTFont
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from portal.report import fonts
from portal.report.blocks import Chart
from portal.report.drawn import png_chart
from portal.report.fonts import FAMILY, font_file, subset_font
from scoring.errors import ExtraMissing

pytestmark = pytest.mark.slow

TOLD_APART = "直骨门"


def test_the_font_of_pdf_has_the_glyphs_of_the_simplified_chinese_face() -> None:
    made = TTFont(io.BytesIO(subset_font(TOLD_APART))).getBestCmap()
    with TTCollection(str(font_file()), lazy=True) as faces:
        maps = {face["name"].getDebugName(1): face.getBestCmap() for face in faces.fonts}
    for sign in map(ord, TOLD_APART):
        assert made[sign] == maps[FAMILY][sign] != maps["Noto Sans CJK JP"][sign]


def drawn(font: FT2Font) -> list[Any]:
    """The outlines of the characters."""
    outlines = []
    for sign in TOLD_APART:
        font.load_char(ord(sign))
        outlines.append(font.get_path()[0].tolist())
    return outlines


def test_charts_are_drawn_with_that_face() -> None:
    png_chart(Chart("直", "骨", "门", ["1 直骨门"], [1.0]))
    found = font_manager.fontManager.findfont(FAMILY, fallback_to_default=False)
    used = FT2Font(str(found), face_index=found.face_index)
    faces = {font.family_name: font for font in map(face, range(10))}
    assert drawn(used) == drawn(faces[FAMILY]) != drawn(faces["Noto Sans CJK JP"])


def face(number: int) -> FT2Font:
    """One of the file's faces."""
    return FT2Font(str(font_file()), face_index=number)


def test_without_the_font_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r"Noto Sans CJK SC .*the extra `report`"):
        font_file()
