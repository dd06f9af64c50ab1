"""Columns as people call them; readers of accounts, ratings, indicators and index tables agree."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from model.tables.heads import column_named, columns_named
from model.tables.sheets import read_records
from registry.accounts import read_accounts
from registry.cities import city_names, load_cities
from scoring.cities.indicators import read_indicators
from scoring.cities.ratings import read_ratings

ACCOUNTS = ("city", "platform", "handle", "id", "name", "note")
CITIES = load_cities()
NAMES = city_names(CITIES)


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        ("城市", "city"),
        ("City", "city"),
        (" CITY ", "city"),
        ("ｃｉｔｙ", "city"),
        ("城市名称", "city"),
        ("城市：", "city"),
        ("城市*", "city"),
        ("平台", "platform"),
        ("Channel", "platform"),
        ("账号", "handle"),
        ("帐号", "handle"),
        ("用户名", "handle"),
        ("User Name", "handle"),
        ("Account-Name", "handle"),
        ("主页链接", "handle"),
        ("URL", "handle"),
        ("账号ID", "id"),
        ("Account ID", "id"),
        ("昵称", "name"),
        ("备注", "note"),
        ("Remarks", "note"),
        ("互动量", "互动量"),
        ("follower", "follower"),
    ],
)
def test_what_a_column_is_called(cell: str, column: str) -> None:
    assert column_named(cell, ACCOUNTS) == column


def test_a_column_that_is_there_by_its_name_keeps_it() -> None:
    assert columns_named(["city", "城市", "平台"], ACCOUNTS) == ["city", "城市", "platform"]
    assert columns_named(["账号", "用户名"], ACCOUNTS) == ["handle", "handle"]


def xlsx(rows: list[list[Any]], cover: bool = False) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    if cover:
        sheet.append(["填表说明"])
        sheet = book.create_sheet("数据")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ROWS = [["城市", "平台", "账号", "备注"], ["北京", "脸书", "VisitBeijing", "一"]]
FORMS = {
    **{
        f"{encoding} {name}": "\n".join(mark.join(row) for row in ROWS).encode(encoding)
        for encoding in ("utf-8", "utf-8-sig", "gbk", "utf-16")
        for name, mark in (("comma", ","), ("semicolon", ";"), ("tab", "\t"))
    },
    "xlsx": xlsx(ROWS),
    "xlsx with a cover": xlsx(ROWS, cover=True),
    "crlf": "\r\n".join(",".join(row) for row in ROWS).encode("gbk"),
    "quoted": "\n".join(",".join(f'"{cell}"' for cell in row) for row in ROWS).encode(),
    "blank lines": ("\n\n" + "\n\n".join(",".join(row) for row in ROWS) + "\n\n").encode(),
    "sep=": ("sep=;\n" + "\n".join(";".join(row) for row in ROWS)).encode(),
    "zero width": "\n".join(",".join(f"\u200b{x}\ufeff" for x in row) for row in ROWS).encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_list_of_accounts_is_read_in_every_form(form: str, tmp_path: Path) -> None:
    path = tmp_path / "accounts"
    path.write_bytes(FORMS[form])
    found = read_accounts(path, CITIES)
    assert not found.problems, [str(one) for one in found.problems]
    (one,) = found.rows
    assert (one.city, one.platform, one.handle, one.note) == (
        *("beijing", "facebook", "VisitBeijing"),
        "一",
    )


@pytest.mark.parametrize(
    ("platform", "named"),
    [
        ("Facebook", "facebook"),
        ("脸书", "facebook"),
        ("FB", "facebook"),
        ("ｆａｃｅｂｏｏｋ", "facebook"),
        ("推特", "x"),
        ("Twitter", "x"),
        ("X", "x"),
        ("X平台", "x"),
        ("X (Twitter)", "x"),
        ("照片墙", "instagram"),
        ("Ins", "instagram"),
        ("IG", "instagram"),
        ("优兔", "youtube"),
        ("油管", "youtube"),
        ("YouTube", "youtube"),
        ("TikTok", "tiktok"),
        ("抖音国际版", "tiktok"),
    ],
)
@pytest.mark.parametrize("city", ["北京", "北京市", "Beijing", "BEIJING", "beijing", "\u200b北京"])
def test_ratings_take_platforms_and_cities_by_their_names(
    platform: str, named: str, city: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"城市,平台,月份,评分人,内容\n{city},{platform},2025年5月,甲,４\n")
    found = read_ratings(path, NAMES)
    assert not found.problems, [str(one) for one in found.problems]
    (one,) = found.ratings
    assert (one.city, one.platform, one.period, one.score) == ("beijing", named, "2025-05", 4.0)


SHARED = ["Suzhou", "Taizhou", "Fuzhou", "Yichun", "Yulin", "suzhou", "TAIZHOU"]


@pytest.mark.parametrize("name", SHARED)
def test_a_name_of_several_cities_is_refused_with_their_ids_everywhere(
    name: str, tmp_path: Path
) -> None:
    ids = NAMES[name.casefold()]
    assert len(ids) > 1
    path = tmp_path / "a.csv"
    told: list[str] = []
    path.write_text(f"city,platform,handle\n{name},x,VisitSomewhere\n")
    told += map(str, read_accounts(path, CITIES).problems)
    path.write_text(f"city,platform,period,rater,content\n{name},x,2025-05,A,3\n")
    told += map(str, read_ratings(path, NAMES).problems)
    path.write_text(f"city,period,code,value,source\n{name},2025-05,c,3,own\n")
    told += map(str, read_indicators(path, NAMES).problems)
    assert len(told) == 3
    assert all(id_ in text for id_ in ids for text in told)


@pytest.mark.parametrize(
    ("written", "month"),
    [
        *(
            (text, "2025-05")
            for text in ("2025-05", "2025-5", "2025/5", "2025/05/01", "2025-05-31")
        ),
        *((text, "2025-05") for text in ("2025年5月", "2025年05月", "2025.5", "２０２５－０５")),
        ("2025-13", None),
        ("May 2025", None),
    ],
)
def test_months_as_people_write_them(written: str, month: str | None, tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text(f"城市,月份,代码,数值,来源\n南京,{written},c,１２.５,own\n")
    found = read_indicators(path, NAMES)
    assert [one.period for one in found.indicators] == ([month] if month else [])
    assert bool(found.problems) is (month is None)


def test_a_header_that_nobody_knows_is_left_as_it_is() -> None:
    records = read_records("甲,乙\n1,2\n".encode(), ("city",))
    assert records[0].cells == ["甲", "乙"]
