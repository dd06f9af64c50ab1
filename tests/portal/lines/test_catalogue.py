"""Each sentence that can be printed is in the catalogue, with its fields, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cityreach.cli import command_line
from model.tables.chinese import chinese_head
from portal.lines import GRAMMAR, chinese_heading, entries
from tests.portal.lines.messages_in_code import SECTIONS, is_sentence, is_short, sentences, skeleton
from tests.shared import ROOT

LEFT = Path(__file__).with_name("not_printed.txt")
"""What looks like a sentence but is never printed: code, patterns, names of documents, what
platforms, servers and libraries say."""
FIELD = re.compile(r"\{(\w+)\}")
CHINESE = re.compile("[\u4e00-\u9fff]")
OWN = {"things", "heads", "words", "composed", "libraries", "help"}

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
    code = {
        text
        for package in SECTIONS
        for wanted in (is_sentence, is_short)
        for text in sentences(package, wanted)
    }
    for section, pairs in entries().items():
        if section not in OWN:
            assert [one for one in pairs if skeleton(one) not in code] == [], section
    assert sorted(left() - code) == []


def test_both_sides_have_the_same_fields() -> None:
    for pairs in entries().values():
        for english, chinese in pairs.items():
            fields = set(FIELD.findall(english)) - GRAMMAR.keys()
            assert set(FIELD.findall(chinese)) == fields, english


def helps(command: Any) -> Iterator[str]:
    yield command.help or ""
    for option in command.params:
        yield getattr(option, "help", None) or ""
    for inner in getattr(command, "commands", {}).values():
        yield from helps(inner)


def test_every_command_and_option_has_its_chinese_help() -> None:
    shown = {re.sub(r"\[not bold\](\w+)\[/\]", r"\1", one.strip()) for one in helps(command_line())}
    assert sorted(shown - entries()["help"].keys() - {"", "YYYY-MM"}) == []
    assert sorted(entries()["help"].keys() - shown - {"Show this message and exit."}) == []


def columns() -> Iterator[tuple[str, str]]:
    """Key and head of the columns that commands name."""
    for path in sorted((ROOT / "cityreach").rglob("*.py")):
        joined = re.sub(r'"\s*\n\s*"', "", path.read_text("utf-8"))
        for found in re.findall(r'"(\w+(?:: [^",]+)?(?:, [\w.]+(?:: [^",]+)?)+)"', joined):
            for column in found.split(", "):
                key, _, head = column.partition(": ")
                yield key, head


def test_every_column_has_its_chinese_head() -> None:
    lacking = {
        (key, head)
        for key, head in columns()
        if chinese_head(key) == key and not chinese_heading(head)
    }
    assert {one for one in lacking if one[0] not in {"CSV", "term"}} == set()


def test_what_is_chinese_is_chinese() -> None:
    for section, pairs in entries().items():
        same = [one for one in pairs.items() if not CHINESE.search(one[1]) and one[0] == one[1]]
        assert len(same) < 12, section
