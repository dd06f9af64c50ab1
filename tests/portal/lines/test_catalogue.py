"""Each sentence that can be printed is in the catalogue, with its fields, and nothing else is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from portal.lines import GRAMMAR, entries
from tests.portal.lines.messages_in_code import SECTIONS, sentences, skeleton

LEFT = Path(__file__).with_name("not_printed.txt")
"""What looks like a sentence but is never printed: code, patterns, names of documents, what
platforms, servers and libraries say."""
FIELD = re.compile(r"\{(\w+)\}")
CHINESE = re.compile("[\u4e00-\u9fff]")
OWN = {"things", "heads", "words", "composed", "help"}

pytestmark = pytest.mark.slow


@cache
def left() -> frozenset[str]:
    return frozenset(LEFT.read_text("utf-8").splitlines())


@cache
def known() -> frozenset[str]:
    """By the English, in any section: packages share sentences."""
    return frozenset(skeleton(one) for pairs in entries().values() for one in pairs)


@pytest.mark.parametrize("package", SECTIONS)
def test_every_sentence_of_the_code_has_its_chinese(package: str) -> None:
    lacking = {
        place: text
        for text, place in sentences(package).items()
        if text not in known() and text not in left()
    }
    assert lacking == {}


def test_nothing_is_left_in_the_catalogue_that_the_code_does_not_say() -> None:
    code = {text for package in SECTIONS for text in sentences(package)}
    for section, pairs in entries().items():
        if section not in OWN:
            assert [one for one in pairs if skeleton(one) not in code] == [], section
    assert sorted(left() - code) == []


def test_both_sides_have_the_same_fields() -> None:
    for pairs in entries().values():
        for english, chinese in pairs.items():
            fields = set(FIELD.findall(english)) - GRAMMAR.keys()
            assert set(FIELD.findall(chinese)) == fields, english


def test_what_is_chinese_is_chinese() -> None:
    for section, pairs in entries().items():
        same = [one for one in pairs.items() if not CHINESE.search(one[1]) and one[0] == one[1]]
        assert len(same) < 12, section
