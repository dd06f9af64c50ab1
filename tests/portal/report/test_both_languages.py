"""What is said in one language is said in the other, with the same values."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import timedelta

import pytest

from portal import readiness as asked
from portal.questions import QUESTION_WORDS
from portal.report.wording import WORDS
from scoring.publish import sentences
from tests.portal.report.scenes import MAY, index_of_rows, rows_of

_UNLIKE = {"title", "title_after", "up", "down", "in"}
"""Sentences in which one language needs a value that the other does not."""


def values_of(text: str) -> set[str]:
    """The gaps of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("words", [WORDS, QUESTION_WORDS, sentences._SENTENCES])
def test_both_languages_have_the_same_sentences(words: Mapping[str, Mapping[str, str]]) -> None:
    chinese, english = words["zh"], words["en"]
    assert set(chinese) == set(english)
    differing = {
        key: (values_of(chinese[key]), values_of(english[key]))
        for key in chinese
        if values_of(chinese[key]) != values_of(english[key]) and key not in _UNLIKE
    }
    assert differing == {}


@pytest.mark.slow
def test_what_is_asked_before_publishing_is_the_same_in_both() -> None:
    index, early = index_of_rows(rows_of()), MAY.cutoff - timedelta(days=1)
    chinese, english = (asked.readiness(index, early, lang) for lang in ("zh", "en"))
    assert [one.ok for one in chinese] == [one.ok for one in english]
    assert [one.text for one in chinese if not one.ok] == [
        "2025-05 要到 2025-06-04 00:00 +08:00 才截止",
        "48 处（一城一平台为一处）中有 0 处已评分，方法要求 90%",
    ]
    assert [one.name for one in english if not one.ok] == ["cut-off", "ratings"]
