"""Rows of GDELT made to take all time, or to end the count: each is read or lost by itself."""

from __future__ import annotations

import json
import time

import pytest

from media.gkg import LONGEST_TITLE, GkgRow, RowCounts, chinese_rows, parsed
from media.json_lines import geo_rows, listed_articles
from media.reprints import canonical, story_numbers, title_words
from tests.media.made import START, block, row

PLACES = [block("Wuhan", "CH12")]
MOST = 2.0
"""Seconds of the processor."""


def _with(extras: str) -> bytes:
    return row(1, START, "https://a.example/1", PLACES) + extras.encode()


ROWS = {
    "titles that do not end": _with("<PAGE_TITLE>" * 300_000),
    "a title of blanks": _with(f"<PAGE_TITLE>{' ' * 3_000_000}x</PAGE_TITLE>"),
    "a title of dashes": _with(f"<PAGE_TITLE>{' - ' * 1_000_000}</PAGE_TITLE>"),
    "a title of apostrophes": _with(f"<PAGE_TITLE>{' ’' * 1_000_000}</PAGE_TITLE>"),
    "a title of entities": _with(f"<PAGE_TITLE>{'&amp' * 700_000}</PAGE_TITLE>"),
    "an offset of many digits": row(
        1,
        START,
        "https://a.example/1",
        [block("Wuhan", "CH12").rpartition("#")[0] + "#" + "9" * 5000],
    ),
    "many places": row(1, START, "https://a.example/1", PLACES * 40_000),
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.slow
def test_a_row_costs_little(name: str) -> None:
    counts, begun = RowCounts(), time.thread_time()
    found = [one for one, _ in chinese_rows([ROWS[name]], counts)]
    titles = [one.title for one in found]
    words = [title_words(title) for title in titles if title]
    story_numbers([(title, "eng", START) for title in titles])
    assert time.thread_time() - begun < MOST
    assert len(found) == 1
    assert all(title is None or len(title) <= LONGEST_TITLE for title in titles)
    assert sum(map(len, words)) <= LONGEST_TITLE


@pytest.mark.parametrize("tone", ["nan", "inf", "1e999", "9" * 5000])
def test_a_tone_that_is_none_is_not_known(tone: str) -> None:
    found = parsed(row(1, START, "https://a.example/1", PLACES, tone=tone))
    assert isinstance(found, GkgRow)
    assert found.tone is None


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 1_000_000,
        b'{"URL":"https://a.example/?q=\\ud800","title":"\\ud800"}',
        b'{"URL":"https://a.example/","DocTone":' + b"9" * 4000 + b"}",
        b'{"URL":"https://a.example/","DocTone":' + b"9" * 5000 + b"}",
        b'{"URL":"https://a.example/","DocTone":1e999}',
        json.dumps({"URL": "https://[::1", "title": " " * 1_000_000}).encode(),
    ],
)
def test_a_line_of_json_costs_little(line: bytes) -> None:
    begun = time.thread_time()
    for found in geo_rows([line], RowCounts()):
        canonical(found.url).encode()
        assert found.tone is None
    for listed in listed_articles([line], RowCounts()):
        title_words(listed.title)
        listed.title.encode()
    assert time.thread_time() - begun < MOST
