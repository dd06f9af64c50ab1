"""Rows of the GKG and JSON lines: read without loss, and only what is broken is lost."""

from __future__ import annotations

import collections
import gzip
import json
import random
from collections import Counter
from collections.abc import Callable

import pytest

from media.errors import TruncatedFile, UnreadableFile
from media.gkg import GkgRow, RowCounts, chinese_rows, parsed
from media.json_lines import geo_rows, listed_articles
from media.unpacking import unpacked, whole_lines
from tests.media.made import START, block, row, zipped
from tests.shared import PAYLOADS

RECORDED = PAYLOADS / "media"


def read(data: bytes, piece: int = 1000) -> tuple[list[GkgRow], RowCounts]:
    counts = RowCounts()
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    return [
        found for found, _ in chinese_rows(whole_lines(unpacked(pieces), counts), counts)
    ], counts


def several(number: int) -> list[bytes]:
    return [
        row(n, START, f"https://a.example/{n}", [block("Wuhan", "CH12")]) for n in range(number)
    ]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["20200318104500_english", "20200318103000_translated"])
def test_recorded_rows_are_read_without_loss(name: str) -> None:
    data = (RECORDED / f"gdelt_gkg21_{name}_50rows.tsv.gz").read_bytes()
    found = [parsed(line) for line in gzip.decompress(data).splitlines()]
    assert len(found) == 50
    assert all(isinstance(one, GkgRow) and one.tone is not None for one in found)
    titles = sum(isinstance(one, GkgRow) and one.title is not None for one in found)
    assert titles == (50 if "english" in name else 47), "three empty ones, as recorded"
    _, counts = read(data)
    assert (counts.rows, counts.broken, counts.too_long, counts.cut) == (50, 0, 0, 0)


@pytest.mark.shared
def test_recorded_places_are_those_in_the_files() -> None:
    data = (RECORDED / "gdelt_gkg21_20200318104500_english_50rows.tsv.gz").read_bytes()
    rows, _ = read(data)
    named = Counter(
        (place.name.split(",")[0], place.adm1)
        for found in rows
        for place in {(p.name, p.adm1): p for p in found.places if p.kind in "45"}.values()
        if place.country == "CH"
    )
    assert {name: named[name] for name in [("Wuhan", "CH12"), ("Shenzhen", "CH30")]} == {
        ("Wuhan", "CH12"): 1,
        ("Shenzhen", "CH30"): 1,
    }
    assert named["Hunan", "CH04"] == 1, "a province taken as a village, as recorded"
    assert named["Beijing", "CH22"] == 1


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize("pack", [zipped, lambda rows: gzip.compress(b"\n".join(rows)), b"\n".join])
def test_every_packing_gives_the_same_rows(
    pack: Callable[[list[bytes]], bytes], piece: int
) -> None:
    rows, counts = read(pack(several(5)), piece)
    assert [found.url for found in rows] == [f"https://a.example/{n}" for n in range(5)]
    assert (counts.rows, counts.kept) == (5, 5)


BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "a column less": lambda line: line.rpartition(b"\t")[0],
    "a column more": lambda line: line + b"\tx",
    "a text": lambda line: b"Please limit requests",
    "no time": lambda line: line.replace(b"20261001000000\t1", b"yesterday\t1"),
    "an impossible day": lambda line: line.replace(b"20261001000000\t1", b"20261341000000\t1"),
    "no address": lambda line: line.replace(b"https://", b""),
    "ten megabytes": lambda line: line + b"x" * 10_000_000,
}


@pytest.mark.parametrize("kind", BREAKS)
def test_only_the_broken_row_is_lost_and_counted(kind: str) -> None:
    made = several(9)
    made[4] = BREAKS[kind](made[4])
    rows, counts = read(b"\n".join(made), 100_000)
    assert [found.url[-1] for found in rows] == list("01235678")
    assert counts.broken + counts.too_long == 1


def test_wrong_encodings_and_nuls_cost_no_row() -> None:
    made = several(3)
    made[1] = made[1].replace(b"Somewhere", b"\xff\xfe\0\xa4where")
    rows, counts = read(b"\n".join(made))
    assert (len(rows), counts.broken) == (3, 0)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_half_an_archive_gives_its_rows_and_says_so(share: float) -> None:
    noise = random.Random(3)
    made = [
        line + b"." + noise.randbytes(500).replace(b"\n", b"").replace(b"\t", b"")
        for line in several(400)
    ]
    data = zipped(made)
    counts, found = RowCounts(), []
    whole = chinese_rows(whole_lines(unpacked([data[: int(len(data) * share)]]), counts), counts)
    with pytest.raises(TruncatedFile):
        collections.deque((found.append(one.url) for one, _ in whole), 0)
    assert found == [f"https://a.example/{n}" for n in range(len(found))]
    assert 400 * share - 30 < len(found) < 400
    assert counts.broken == 0


def test_a_page_and_a_flipped_byte_are_no_data() -> None:
    with pytest.raises(UnreadableFile, match="page"):
        read(b"  <html>Sorry</html>")
    data = bytearray(zipped(several(50)))
    data[14] ^= 1
    with pytest.raises(UnreadableFile, match="checksum"):
        read(bytes(data))


def test_json_lines_lose_only_what_is_no_object_with_an_address() -> None:
    good = {
        "URL": "https://a.example/1",
        "DomainCountryCode": "uk",
        "Location": "Wuhan",
        "DocTone": -1,
    }
    made = [
        json.dumps(good),
        "{",
        "[]",
        "null",
        json.dumps({"URL": 3}),
        json.dumps(good)[:-1] + ',"Title":"a\x01b"}',
    ]
    counts = RowCounts()
    rows = list(geo_rows([text.encode() for text in made], counts))
    assert [one.outlet_country for one in rows] == ["UK", "UK"]
    assert (counts.rows, counts.kept, counts.broken) == (6, 2, 4)
    counts = RowCounts()
    gal = json.dumps(
        {"url": "https://b.example/", "title": "武汉", "lang": "zh", "domain": "B.example"}
    )
    assert [(one.title, one.domain) for one in listed_articles([gal.encode()], counts)] == [
        ("武汉", "b.example")
    ]
