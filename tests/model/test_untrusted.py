"""Foreign text before it is shown: nothing in it acts, all that is writing stays."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.untrusted import (
    is_shown_whole,
    visible_json,
    visible_line,
    visible_text,
    visible_values,
    without_mentions,
)

FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\x1b[31mred\x1b[0m", " [31mred [0m"),
        ("\x9b2J", " 2J"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("\u2066a\u2069\u200e\u200f\u061c", "a"),
        ("南\u200b京\ufeff", "南京"),
        ("a\r\nb\nc\td\x00", "a b c d "),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("\ud800", "\ufffd"),
        ("a\uffff\ufffeb\ufdd0\U0001ffff", "a\ufffd\ufffdb\ufffd\ufffd"),
        ("a\u00adb\u3164\u115f", "ab"),
        ("a\U000e0041b", "ab"),
        ("[/help] :100: ünï 南京 한국어 العربية 😀", "[/help] :100: ünï 南京 한국어 العربية 😀"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert visible_line(text) == line


@given(st.text())
def test_nothing_that_acts_is_left(text: str) -> None:
    assert not [sign for sign in visible_line(text) if unicodedata.category(sign) in FORBIDDEN]
    assert visible_line(visible_line(text)) == visible_line(text)
    assert is_shown_whole(visible_line(text))


@pytest.mark.slow
@given(st.text().filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text)))
def test_json_keeps_its_values_and_acts_on_nothing(text: str) -> None:
    written = visible_json(json.dumps([text], ensure_ascii=False))
    assert json.loads(written) == [text]
    assert not [sign for sign in written if unicodedata.category(sign) in FORBIDDEN]


def test_halves_of_pairs_are_escapes_in_json() -> None:
    assert visible_json('"\ud83d"') == '"\\ud83d"'


def test_line_ends_stay_in_texts() -> None:
    assert visible_text("a\r\nb\x1b\nc") == "a\nb \nc"


def test_values_are_cleaned_at_every_depth() -> None:
    assert visible_values({"a": ["\x1b", 3, None, {"b": "\u202e"}]}) == {
        "a": [" ", 3, None, {"b": ""}]
    }


def test_mentions_call_nobody() -> None:
    said = without_mentions('<at user_id="all">All</at> @all <!channel> <@U1>')
    assert not set(said) & set("@<>")
    assert "＠all" in said


@pytest.mark.parametrize(
    "name", ["Visit Xi'an", "南京\u200d发布", "👨\u200d👩\u200d👧 Nanjing", "الرياض"]
)
def test_names_of_accounts_are_whole(name: str) -> None:
    assert is_shown_whole(name)


@pytest.mark.parametrize("name", ["a\x1b[2J", "a\u202eb", "a\x9bb", "a\u200bb", "a\u2067b"])
def test_names_that_hide_something_are_not(name: str) -> None:
    assert not is_shown_whole(name)
