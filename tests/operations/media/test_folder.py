"""A month from a folder of files: counts, coverage, faults, and the sheet that is imported."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cityreach.cli import command_line
from model.count import MEDIA_LEAVES
from model.period import Period
from operations.errors import UsageError
from operations.media.folder import read_month
from operations.media.month import article_rows, city_rows, indicator_rows
from registry.cities import city_names, load_cities
from scoring import load_method
from scoring.cities.indicators import read_indicators
from tests.media.made import START, block, row, zipped

MONTH = Period.month("2026-10")
WUHAN = [block("Wuhan", "CH12")]
AT = START + timedelta(days=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = [
        row(
            1, AT, "https://one-blog.example/1", [block("Wuhan", "CH12")], outlet="one-blog.example"
        ),
        row(2, AT, "https://reuters.com/2", [block("Wuhan", "CH12")], tone="-4,1,5,6,1,1,9"),
        row(3, AT, "https://xinhuanet.com/3", [block("Wuhan", "CH12")], outlet="xinhuanet.com"),
        b"broken",
    ]
    (tmp_path / f"{AT:%Y%m%d%H%M%S}.gkg.csv.zip").write_bytes(zipped(made))
    late = zipped([row(n, AT, f"https://bbc.com/{n}", WUHAN) for n in range(4, 90)])
    (tmp_path / f"{AT:%Y%m%d}001500.gkg.csv.zip").write_bytes(late[: len(late) // 2])
    graph = json.dumps({"URL": "http://one-blog.example/1", "DomainCountryCode": "NZ"})
    (tmp_path / f"{AT:%Y%m%d}.ggg.v1.english.json.gz").write_bytes(gzip.compress(graph.encode()))
    return tmp_path


@pytest.mark.slow
def test_a_month_is_counted_with_its_coverage(folder: Path) -> None:
    month = read_month(folder, MONTH)
    assert (month.seen, month.expected, month.rows.broken) == (1, 2 * 96 * 31, 1)
    assert len(month.faults) == 1
    assert "1 of 5952 files" in month.source
    told = article_rows(month.of("wuhan"))
    [first] = [one for one in told if one["url"].endswith("example/1")]
    assert (first["country"], first["country_by"], first["verdict"]) == (
        "NZ",
        "GGG address",
        "counted",
    )
    [row_of] = city_rows(month, ["wuhan"])
    assert row_of["not_counted_home_media"] == 1
    assert row_of["media_articles"] == sum(
        one["verdict"] == "counted" for one in article_rows(month.of("wuhan"))
    )
    with pytest.raises(UsageError, match="no such id"):
        month.of("atlantis")


@pytest.mark.slow
def test_the_sheet_is_what_the_import_and_the_method_know(folder: Path) -> None:
    command = ["media", "count", str(folder), "--period", "2026-10", "--indicators"]
    done = CliRunner().invoke(command_line(), command)
    assert done.exit_code == 3
    sheet = folder / "sheet.csv"
    sheet.write_text(done.stdout, "utf-8")
    codes = {leaf.measure for leaf in load_method("comm-power-100").leaves if leaf.measure}
    assert set(MEDIA_LEAVES) <= codes
    read = read_indicators(sheet, city_names(load_cities()), codes)
    assert read.problems == ()
    assert len(read.indicators) == len(indicator_rows(read_month(folder, MONTH)))
    shares = [one.city for one in read.indicators if one.code == "positive_share"]
    assert shares == ["wuhan"], "without a scored article there is no share, not zero"


@pytest.mark.slow
def test_no_file_is_an_error_and_not_zero(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"20260930160000\.gkg\.csv\.zip"):
        read_month(tmp_path, MONTH)
