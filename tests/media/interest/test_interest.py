"""Titles, page views and search trends: read strictly, named truly."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import httpx
import pytest

from media.errors import HostRefuses, RulesError, Unreachable, UnreadableFile
from media.interest.page_views import page_views, views_path
from media.interest.titles import CityTitle, load_titles, titles_of_entity
from media.interest.trends import chained
from tests.shared import PAYLOADS

HEAD = "city,project,title,wikidata,added,retired,reviewed\n"
TODAY = date(2026, 11, 29)
URUMQI = CityTitle("urumqi", "fr.wikipedia", "Ürümqi (ville)")


def test_every_city_with_rules_has_a_title() -> None:
    titles = load_titles(TODAY).titles
    assert len({one.city for one in titles}) == 106
    assert CityTitle("xian", "en.wikipedia", "Xi'an") in titles


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("wuhan,zh.wikipedia,武汉,,2026-01-01,,", "in a language of China"),
        ("wuhan,wikipedia,Wuhan,,2026-01-01,,", "a project such as"),
        ("wuhan,en.wikipedia,Wuhan,11746,2026-01-01,,", "an item such as"),
        ("wuhan,en.wikipedia,Wuhan,,soon,,", "are days such as"),
        ("wuhan,en.wikipedia,Wuhan,,2026-01-01,,yes", "are days such as"),
    ],
)
def test_a_wrong_row_of_titles_is_named(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(f"{HEAD}{row}\n", "utf-8")
    with pytest.raises(RulesError, match=f"line 2: .*{said}"):
        load_titles(TODAY, tmp_path / "t.csv")


def test_a_moved_article_stands_under_both_names(tmp_path: Path) -> None:
    rows = "xian,en.wikipedia,Xian,,2026-01-01,,\nxian,en.wikipedia,Xi'an,,2026-06-01,,2026-07-01\n"
    gone = "xian,de.wikipedia,Sian,,2020-01-01,2026-02-01,\n"
    (tmp_path / "t.csv").write_text(f"{HEAD}{rows}{gone}", "utf-8")
    found = load_titles(TODAY, tmp_path / "t.csv")
    titles = found.titles
    assert found.id.endswith(", 1 reviewed")
    assert [one.title for one in titles] == ["Xian", "Xi'an"]
    assert len(load_titles(date(2026, 1, 15), tmp_path / "t.csv").titles) == 2


@pytest.mark.shared
def test_titles_of_a_recorded_item() -> None:
    data = (PAYLOADS / "media" / "wikidata_entitydata_Q8646_trimmed.json").read_bytes()
    rows = list(titles_of_entity("hongkong", data, TODAY))
    assert {"city", "project", "title", "wikidata", "added", "retired", "reviewed"} == rows[
        0
    ].keys()
    assert all(row["project"].endswith(".wikipedia") for row in rows)
    projects = [row["project"] for row in rows]
    assert "zh.wikipedia" not in projects
    assert len(projects) == len(set(projects)) > 50


def answering(status: int, body: bytes) -> httpx.Client:
    return httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    )


def test_views_of_a_month() -> None:
    body = json.dumps({"items": [{"timestamp": "2026020100", "views": 31}]}).encode()
    found = page_views(answering(200, body), "http://h", URUMQI, "2026-02")
    assert found.views == 31
    assert views_path(URUMQI, "2026-02") == (
        "metrics/pageviews/per-article/fr.wikipedia/all-access/user/%C3%9Cr%C3%BCmqi_%28ville%29/"
        "monthly/20260201/20260228"
    )
    assert page_views(answering(404, b"{}"), "http://h", URUMQI, "2026-02").views is None


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, b"", HostRefuses),
        (500, b"", Unreachable),
        (200, b"<html>", UnreadableFile),
        (200, b'{"items": [{"timestamp": "2026010100", "views": 3}]}', UnreadableFile),
        (200, b'{"items": [{"timestamp": "2026020100", "views": "3"}]}', UnreadableFile),
    ],
)
def test_other_answers_are_no_views(status: int, body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        page_views(answering(status, body), "http://h", URUMQI, "2026-02")


def test_batches_are_chained_over_their_anchor(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "batch,city,term,value\n1,,Osaka,50\n1,beijing,Beijing,100\n1,wuhan,Wuhan,10\n"
        "2,,Osaka,100\n2,xian,Xi'an,4\n2,jilin,Jilin City,<1\n",
        "utf-8",
    )
    found = {one.city: (one.value, one.step) for one in chained(tmp_path / "t.csv")}
    assert found == {
        "beijing": (100.0, 1.0),
        "wuhan": (10.0, 1.0),
        "xian": (2.0, 0.5),
        "jilin": (0.25, 0.5),
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1,beijing,Beijing,100\n", "batch 1 has no anchor"),
        ("1,,Osaka,0\n1,beijing,Beijing,100\n", "too small to compare"),
        ("1,,Osaka,9\n2,,Kyoto,9\n1,beijing,Beijing,100\n", "several anchors"),
        ("1,,Osaka,9\n1,beijing,Beijing,101\n", "line 3: value '101'"),
        ("1,,Osaka,9\n1,beijing,Beijing,9\n1,beijing,Peking,9\n", "line 4: beijing is there"),
        ("1,,Osaka,9\n1,beijing,Beijing,0\n", "no city has a value"),
    ],
)
def test_batches_that_cannot_be_chained(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(f"batch,city,term,value\n{rows}", "utf-8")
    with pytest.raises(RulesError, match=said):
        chained(tmp_path / "t.csv")
