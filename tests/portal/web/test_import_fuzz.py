"""Files that people import, damaged at random: rows, or problems in words, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from registry.accounts import read_accounts
from registry.cities import city_names, load_cities
from scoring.cities.indicators import read_indicators
from scoring.cities.ratings import read_ratings
from scoring.errors import TableError
from tests.portal.web.seeded import MINE

SMALL, WHOLE = 60, 3_000
CITIES = load_cities()
NAMES = city_names(CITIES)
HEADS = {
    "accounts": ("city,platform,handle,id,name,class,primary", f"{MINE},x,somebody,42,A,main,true"),
    "ratings": ("city,platform,period,rater,criterion,score", f"{MINE},x,2025-05,a,quality,4"),
    "indicators": ("city,period,code,value,source", f"{MINE},2025-05,media_articles,12,desk"),
}


def _accounts(path: Path) -> int:
    found = read_accounts(path, CITIES)
    assert found.rows or found.problems or path.stat().st_size < 200
    return len([str(one) for one in found.problems])


def _ratings(path: Path) -> int:
    return len([str(one) for one in read_ratings(path, NAMES).problems])


def _indicators(path: Path) -> int:
    return len([str(one) for one in read_indicators(path, NAMES, ["media_articles"]).problems])


READERS: dict[str, Callable[[Path], int]] = {
    "accounts": _accounts,
    "ratings": _ratings,
    "indicators": _indicators,
}


@cache
def _sheet(kind: str) -> bytes:
    """The same rows as a workbook."""
    book, made = Workbook(), io.BytesIO()
    for line in HEADS[kind]:
        book.active.append(line.split(","))
    book.save(made)
    return made.getvalue()


def _damaged(kind: str) -> st.SearchStrategy[bytes]:
    text = "\n".join(HEADS[kind]).encode()
    junk = st.one_of(st.binary(max_size=12), st.sampled_from([b"\x00", b'"', b"\xff\xfe", b"=1+1"]))

    def spoilt(whole: bytes, at: int, cut: int, put: bytes) -> bytes:
        at %= len(whole)
        return whole[:at] + put + whole[at + cut :]

    places = st.integers(0, 10_000), st.integers(0, 40)
    return st.one_of(
        st.binary(max_size=400),
        st.builds(spoilt, st.sampled_from([text, text * 3, _sheet(kind)]), *places, junk),
        st.text(max_size=200).map(lambda t: f"{HEADS[kind][0]}\n{t}".encode("utf-8", "ignore")),
    )


@pytest.mark.slow
@pytest.mark.parametrize("examples", [SMALL, pytest.param(WHOLE, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", HEADS)
def test_whatever_is_imported_is_answered(tmp_path: Path, kind: str, examples: int) -> None:
    path = tmp_path / "file"

    @settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        deadline=None,
        database=None,
    )
    @given(_damaged(kind))
    def read(content: bytes) -> None:
        path.write_bytes(content)
        try:
            READERS[kind](path)
        except TableError:
            return

    read()


@pytest.mark.parametrize("kind", HEADS)
def test_the_sound_file_has_no_problem(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file"
    path.write_bytes("\n".join(HEADS[kind]).encode())
    assert READERS[kind](path) == 0
