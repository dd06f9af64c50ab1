"""What must be typed, or stands so in a user's file, is in the Chinese messages as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from media.errors import RulesError
from media.interest.titles import load_titles
from media.interest.trends import chained
from media.outlets import load_outlets
from media.tone.labelled import read_labelled
from media.tone.words import load_words
from model.tables.heads import called_in_chinese, column_named
from portal.lines import chinese_line, entries
from registry.accounts import OPTIONAL, REQUIRED, read_accounts
from registry.cities import load_cities
from scoring.cities.index_table import read_index_input
from scoring.cities.indicators import INDICATOR_COLUMNS, read_indicators
from scoring.cities.ratings import RATING_KEYS, read_ratings
from scoring.errors import TableError
from scoring.method.library import load_method
from tests.portal.lines.test_catalogue import FIELD

CITIES = {"beijing": ("beijing",)}


def of_accounts(path: Path) -> str:
    return "\n".join(map(str, read_accounts(path, load_cities()).problems))


def raised(read: Callable[[Path], object]) -> Callable[[Path], str]:
    def said(path: Path) -> str:
        with pytest.raises((TableError, RulesError)) as caught:
            read(path)
        return str(caught.value)

    return said


READERS: dict[str, tuple[Callable[[Path], str], tuple[str, ...]]] = {
    "accounts": (of_accounts, REQUIRED),
    "ratings": (raised(lambda path: read_ratings(path, CITIES)), RATING_KEYS),
    "indicators": (raised(lambda path: read_indicators(path, CITIES)), INDICATOR_COLUMNS),
    "index": (raised(lambda path: read_index_input(path, load_method("giu"))), ("unit",)),
    "labels": (raised(read_labelled), ("language", "label", "text")),
    "titles": (
        raised(lambda path: load_titles(date(2026, 1, 1), path)),
        ("city", "project", "title", "wikidata"),
    ),
    "trends": (raised(chained), ("batch", "city", "term", "value")),
    "outlets": (raised(load_outlets), ("domain",)),
    "words": (raised(lambda path: load_words(path.stem, path.parent)), ("kind", "word", "weight")),
}
"""Whoever reads tables of users, with the columns that must be there."""


TABLES = [(reader, column) for reader, (_, columns) in READERS.items() for column in columns]


@pytest.mark.parametrize(("reader", "column"), TABLES)
def test_a_column_that_is_not_there_is_named_as_it_is_typed(
    reader: str, column: str, tmp_path: Path
) -> None:
    read, columns = READERS[reader]
    others = [name for name in columns if name != column] or ["nothing"]
    path = tmp_path / "table.csv"
    path.write_text(f"{','.join(others)}\n{','.join('1' for _ in others)}\n")
    said = chinese_line(read(path).splitlines()[0])
    assert column in said.replace("table.csv", "")
    if reader in {"accounts", "ratings", "indicators", "index"}:
        assert column_named(called_in_chinese(column), columns) == column
        assert f"{called_in_chinese(column)}（{column}）" in said


@pytest.mark.parametrize("column", [*REQUIRED, *OPTIONAL])
def test_a_wrong_cell_is_named_by_its_column_as_it_is_typed(column: str, tmp_path: Path) -> None:
    row = {"city": "beijing", "platform": "x", "handle": "somebody"} | {column: "\u200bno\x07such"}
    path = tmp_path / "table.csv"
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    first = of_accounts(path).splitlines()[0]
    assert chinese_line(first).startswith(f"table.csv:2：{called_in_chinese(column)}（{column}）：")
    assert column_named(called_in_chinese(column), (*REQUIRED, *OPTIONAL)) == column


WORDS = ("main", "tourism", "likes", "text", "name", "x", "facebook", "gone", "month")
"""Words that tables show in Chinese and that are typed in English."""


OFFER = re.compile(r"(?:\bone of|known are|the channels are|there is:|perhaps) \{(\w+)\}\)?$")
"""How sentences end that name what may be given."""


@pytest.mark.parametrize("word", WORDS)
def test_a_choice_that_is_to_be_typed_stays(word: str) -> None:
    every = [english for pairs in entries().values() for english in pairs]
    offers = [english for english in every if OFFER.search(english)]
    assert len(offers) > 25
    for english in offers:
        last = english.rindex("{")
        text = FIELD.sub("7", english[:last]) + f"{word}, other{')' * english.endswith(')')}"
        assert re.search(rf"(?<![A-Za-z]){word}(）)?[,、] ?other", chinese_line(text)), english
