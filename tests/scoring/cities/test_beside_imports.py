"""Imported values win over counted ones, and say so."""

from __future__ import annotations

from scoring.cities.indicators import Indicator, beside_imports


def test_an_import_wins_and_says_what_was_counted() -> None:
    imported = [
        Indicator("wuhan", "2026-10", "media_articles", 50, "desk"),
        Indicator("xian", "2026", "media_articles", 7, "yearbook"),
        Indicator("beijing", "2026-10", "media_articles", 9, "desk"),
    ]
    counted = [
        Indicator("wuhan", "2026-10", "media_articles", 41, "GDELT"),
        Indicator("xian", "2026-10", "media_articles", 8, "GDELT"),
        Indicator("beijing", "2026-10", "media_articles", 9, "GDELT"),
        Indicator("jilin", "2026-10", "media_articles", 0, "GDELT"),
    ]
    found = {(one.city, one.period): one for one in beside_imports(imported, counted)}
    assert {key: one.value for key, one in found.items()} == {
        ("wuhan", "2026-10"): 50,
        ("xian", "2026"): 7,
        ("beijing", "2026-10"): 9,
        ("jilin", "2026-10"): 0,
    }
    assert found["wuhan", "2026-10"].source == "desk (imported; counted: 41, GDELT)"
    assert found["xian", "2026"].source == "yearbook (imported; counted: 8, GDELT)"
    assert found["beijing", "2026-10"].source == "desk"
