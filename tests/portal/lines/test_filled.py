"""Each sentence of the catalogue with its fields filled: none is taken for part of another."""

from __future__ import annotations

import re

import pytest

from portal.lines import GRAMMAR, chinese_line, entries
from tests.portal.lines.messages_in_code import SECTIONS, WORD, is_short, sentences, skeleton
from tests.portal.lines.test_catalogue import left

pytestmark = pytest.mark.slow

ANY = re.compile(r"\{(\w*)\}")
GRAMMAR_WORDS = {"are": "are", "verb": "are", "have": "have"}
_QUOTED = re.compile("`[^`]*`")
_VERBS = ("is ", "has ", "holds ", "was ", "came ", "does ", "ends ", "cannot ", "tells ", "of ")


def filled(english: str, without: frozenset[str] = frozenset()) -> str:
    """A number in each field, and something beside a part of a sentence."""
    text = ANY.sub(lambda field: _put(field[1], without), english)
    before = "7" if text[0] in " ,;:(" else "7 " if text.startswith(_VERBS) else ""
    return f"{before}{text}{'7' * text.endswith(' ')}"


def _put(field: str, without: frozenset[str]) -> str:
    return "" if field in without else GRAMMAR_WORDS.get(field, "7")


def words(text: str) -> set[str]:
    """English words that are not to be typed."""
    return set(WORD.findall(_QUOTED.sub(" ", text)))


def test_each_sentence_comes_out_in_chinese_whatever_its_fields_hold() -> None:
    assert GRAMMAR_WORDS.keys() == GRAMMAR.keys()
    found = {}
    for section, pairs in entries().items():
        for english, chinese in pairs.items() if section in {*SECTIONS, "composed"} else ():
            beside = frozenset(re.findall(r"\{\w+\}\{(\w+)\}", english))
            for without in {frozenset[str](), beside}:
                text = filled(english, without)
                if more := words(chinese_line(text)) - words(chinese):
                    found[text] = more
    assert found == {}


@pytest.mark.parametrize("package", SECTIONS)
def test_a_single_word_beside_a_field_has_its_chinese_too(package: str) -> None:
    known = {skeleton(one) for pairs in entries().values() for one in pairs}
    lacking = {
        place: text
        for text, place in sentences(package, is_short).items()
        if text not in known | left() and words(chinese_line(filled(text)))
    }
    assert lacking == {}
