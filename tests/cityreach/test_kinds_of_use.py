"""Twenty inputs or more of each kind that people bring or ask for, each with its right answer."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from cityreach.cli import output
from cityreach.settings import load_settings
from model.account import Account
from model.tables.sheets import read_records
from model.tables.writing import csv_text, union_of_columns
from operations.configuration.keys import SettingsError
from registry.cities import city_called, city_names, load_cities
from registry.handles import HandleError, read_id
from scoring.cities.index_table import read_index_input
from scoring.cities.sheet import number
from scoring.errors import TableError
from scoring.method.library import read_method
from store.accounts import accounts, accounts_to_come, put_accounts
from store.database import Store
from tests.model.test_sheets import GOOD, rewritten

METHOD = read_method('id = "mini"\n[[indicator]]\ncode = "likes"\nparent = "index"\n')
NAMES = city_names(load_cities())

ENCODINGS = ("gbk", "gb18030", "cp936", "utf-16", "utf-16-le")
COMMENTS = ("# 令牌\n", "CITYREACH_ZONE=UTC\n# 城市账号\n", "\n\n# 时区：上海\n", "A=1\nB=中文\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", COMMENTS)
def test_env_files_that_are_not_utf8_are_named(text: str, encoding: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    file.write_bytes(mark + text.encode(encoding))
    with pytest.raises(SettingsError, match=r"\.env, line \d+: is (not UTF-8|UTF-16); save it"):
        load_settings(file)


WRONG_KEYS = {
    "CITYREACH_FACEBOOK_TOKENS": "CITYREACH_FACEBOOK__TOKENS",
    "CITYREACH_X_TOKENS": "CITYREACH_X__TOKENS",
    "CITYREACH_X__TOKEN": "CITYREACH_X__TOKENS",
    "CITYREACH_YOUTUBE__TOKEN": "CITYREACH_YOUTUBE__TOKENS",
    "CITYREACH_YOUTUB__TOKENS": "CITYREACH_YOUTUBE__TOKENS",
    "CITYREACH_TIKTOK_CLIENT_KEY": "CITYREACH_TIKTOK__CLIENT_KEY",
    "CITYREACH_TIKTOK__CLIENTKEY": "CITYREACH_TIKTOK__CLIENT_KEY",
    "CITYREACH_INSTAGRAM_USER_ID": "CITYREACH_INSTAGRAM__USER_ID",
    "CITYREACH_ALERTS_CHANNELS": "CITYREACH_ALERTS__CHANNELS",
    "CITYREACH_ALERTS__CHANNEL": "CITYREACH_ALERTS__CHANNELS",
    "CITYREACH_ALERTS__MORNNG": "CITYREACH_ALERTS__MORNING",
    "CITYREACH_MONGOURI": "CITYREACH_MONGO_URI",
    "CITYREACH_MONGO_URL": "CITYREACH_MONGO_URI",
    "CITYREACH_REDIS_URL": "CITYREACH_REDIS_URI",
    "CITYREACH_DATADIR": "CITYREACH_DATA_DIR",
    "CITYREACH_CUTOFF_DAY": "CITYREACH_CUTOFF_DAYS",
    "CITYREACH_TIMEZONE": "CITYREACH_ZONE",
    "CITYREACH_LOGLEVEL": "CITYREACH_LOG_LEVEL",
    "CITYREACH_PROXI": "CITYREACH_PROXY",
    "CITYREACH_NOPROXY": "CITYREACH_NO_PROXY",
    "CITYREACH_PLAN_NAME": "CITYREACH_PLAN__NAME",
}


@pytest.mark.parametrize("wrong", WRONG_KEYS)
def test_a_wrong_key_comes_with_the_right_one(wrong: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"# a comment\n{wrong}=1\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert f".env, line 2: {wrong}: there is no such setting" in str(caught.value)
    assert f"(perhaps {WRONG_KEYS[wrong]})" in str(caught.value)


WRONG_VALUES = {
    "CITYREACH_X__TOKENS": ("abc", "a,b", "[a]", "['a']", '["a"'),
    "CITYREACH_FACEBOOK__TOKENS": ("abc", "{a}", "“a”"),
    "CITYREACH_ALERTS__CHANNELS": ("mail", "[mail", "{team}"),
    "CITYREACH_X__QPS": ("fast", "1/s", "一"),
    "CITYREACH_CUTOFF_DAYS": ("three", "-1", "61"),
    "CITYREACH_CRAWLER__TRIES": ("0", "many", "1.5"),
    "CITYREACH_LOG_FORMAT": ("xml",),
    "CITYREACH_LANG": ("fr", "ZH-CN"),
}
PAIRS = [(key, value) for key, values in WRONG_VALUES.items() for value in values]


@pytest.mark.parametrize(("key", "value"), PAIRS)
def test_a_wrong_value_is_named_by_key_and_line_and_never_shown(
    key: str, value: str, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text(f"\n{key}={value}\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert str(caught.value).startswith(f"{file}, line 2: {key}")
    if "TOKENS" in key:
        assert value not in str(caught.value).replace('["first","second"]', "")


ZONES = (
    *("Beijing", "beijing", "China", "CN", "CST", "CST-8", "GMT+8", "UTC+8", "UTC+08:00", "+08:00"),
    *("Asia/Beijing", "Asia/Shangai", "asia/shanghai ", "Asia", "Asia/", "/Asia/Shanghai"),
    *("../etc/passwd", "Asia\\Shanghai", "上海", "北京时间", "", "8"),
)


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_that_is_none(zone: str) -> None:
    with pytest.raises(SettingsError, match=r"CITYREACH_ZONE: .*such as Asia/Shanghai"):
        load_settings(None, zone=zone)


SEVERAL = ("Suzhou", "Taizhou", "Fuzhou", "Yichun", "Yulin")
WRITTEN = (str, str.lower, str.upper, " {} ".format)


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("write", WRITTEN)
def test_a_name_of_several_cities_as_it_is_written(name: str, write: Any) -> None:
    with pytest.raises(LookupError, match="is several cities: expected one of") as caught:
        city_called(write(name))
    assert all(city in str(caught.value) for city in NAMES[name])
    for city in NAMES[name]:
        assert city_called(write(name), {city}) == city, "of the panel's there is one"


ROUNDED = (
    *("1.02988E+18", "1,02988E+18", "1E18", "1e+17", "1.7E+16", "6.155E16", "1.234567e+15"),
    *(f"{n}000" for n in range(100_000_000_000_001, 100_000_000_000_010)),
    *("61550000000000000", "17841400000000000", "1234567890123450000", "7000000000000000000"),
)


@pytest.mark.parametrize("text", ROUNDED)
def test_an_id_that_a_spreadsheet_rounded(text: str) -> None:
    with pytest.raises(HandleError, match="spreadsheet"):
        read_id("facebook" if len(text) == 17 else "x", text)


NUMBERS = {
    **dict.fromkeys(
        ("12.5", "１２.５", "１２．５", "+12.5", "1.25e1", "12.50", "\u200b12.5"), 12.5
    ),
    **dict.fromkeys(("1234", "１２３４", "1234.", "1.234E3", "01234"), 1234.0),
    **dict.fromkeys(("0", "０", "-0", "0.0"), 0.0),
    **dict.fromkeys(("-3", "-３", "-3.00"), -3.0),
    **dict.fromkeys(("", "—", "n/a", "12,5,1", "1e", "nan", "inf", "0x10", "十二", "12 5"), None),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_as_people_write_them(text: str) -> None:
    assert number(text) == NUMBERS[text]


EXTENTS = [f"{a}:{b}" for a in ("A1", "A2", "B1", "C3") for b in ("A1", "A9", "B1", "B2", "XFD1")]


@pytest.mark.parametrize("stated", EXTENTS)
def test_a_sheet_is_read_whole_whatever_it_states(stated: str) -> None:
    changed = rewritten(GOOD, '<dimension ref="[^"]*"', f'<dimension ref="{stated}"')
    rows = [record.cells for record in read_records(changed, ("city", "score"))]
    assert rows == [["city", "score"], ["南京", "4"], ["杭州", "3"]]


INPUTS: Mapping[str, str] = {
    **{
        f"{a}{b}": ""
        for a in ("南京", "Nanjing ")
        for b in ("", "\u200b", "\ufeff", "\u3000", "\t")
    },
    **{f"{a}南京": "twice" for a in ("\u200b", "\ufeff", " ", "\u00a0", "\u3000")},
    **{f"{sign}1+1": "" for sign in ("=", "+", "-", "@", "'=")},
    "": "unit",
}


@pytest.mark.parametrize("name", INPUTS)
def test_units_of_a_table_however_they_are_written(name: str, tmp_path: Path) -> None:
    """The same name again, however it is disguised, is told; nothing else is."""
    file = tmp_path / "t.csv"
    out = io.StringIO()
    again = [["南京", "3"]] if INPUTS[name] == "twice" else []
    csv.writer(out).writerows([["unit", "likes"], [name, "1"], ["杭州", "2"], *again])
    file.write_text(out.getvalue(), "utf-8")
    if INPUTS[name]:
        with pytest.raises(TableError):
            read_index_input(file, METHOD)
    else:
        table = read_index_input(file, METHOD).table
        assert len(table.units) == 2
        assert not set(table.units[0]) & set("\u200b\ufeff\t")


SHAPES = [
    [{f"types.{n}": n for n in range(first, last)} for first, last in pairs]
    for pairs in (
        *([(0, n), (n, n + 2)] for n in range(1, 8)),
        *([(0, 0), (0, n)] for n in range(1, 7)),
        *([(n, n + 1) for n in range(count)] for count in range(1, 8)),
    )
]


@pytest.mark.parametrize("rows", SHAPES)
def test_a_csv_has_the_columns_of_all_rows(rows: list[dict[str, int]]) -> None:
    columns = union_of_columns(rows)
    read = list(csv.DictReader(io.StringIO(csv_text(rows, columns))))
    assert set(columns) == {name for row in rows for name in row}
    for row, true in zip(read, [row for row in rows if row], strict=False) if all(rows) else ():
        assert {k: int(v) for k, v in row.items() if v} == true


@pytest.mark.parametrize("width", range(20, 200, 9))
def test_numbers_stay_whole_at_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    row: dict[str, object] = {f"n{n}": 1_290_601 + n for n in range(12)}
    output.emit_table("t", ", ".join(row), [row])
    shown = capsys.readouterr()
    lines = [line for line in shown.out.splitlines() if "│" in line]
    assert max(map(cell_len, lines)) <= max(width, 16)
    whole = [n for n in range(12) if f"{1_290_601 + n:,}" in shown.out]
    assert whole == list(range(len(whole))) != []
    assert (len(whole) == 12) != ("too narrow" in shown.err)


OUT = (
    *("ascii", "latin-1", "cp1252", "cp437", "cp850", "cp936", "gbk", "gb2312", "gb18030", "big5"),
    *("shift_jis", "euc_jp", "euc_kr", "koi8-r", "iso8859-15", "mac_roman", "hz", "cp1251"),
    *("utf-8", "utf-16", "utf-8-sig"),
)


@pytest.mark.parametrize("encoding", OUT)
def test_any_encoding_of_an_output(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held = io.BytesIO()
    # As the process's own streams are set at its start.
    stream = io.TextIOWrapper(held, encoding, errors="backslashreplace", newline="")
    monkeypatch.setattr(sys, "stdout", stream)
    output.emit_table("南京", "city: 城市, n", [{"city": "南京 Zürich 😀", "n": 5}])
    output.emit_json([{"city": "南京"}])
    stream.flush()
    assert "5" in held.getvalue().decode(encoding)


def _account(platform: Any, handle: str, id_: str = "", note: str = "") -> Account:
    return Account(platform=platform, id=id_, handle=handle, city="nanjing", note=note)


IDS = {"x": "2000", "facebook": "1000", "instagram": "3000", "tiktok": "4000"}
SPELT = [(p, f"{sign}VisitNanjing") for p in IDS for sign in ("", "zz")]


@pytest.mark.parametrize(("platform", "handle"), SPELT)
@pytest.mark.parametrize("note", ["", "a note", "另一"])
def test_importing_again_is_foretold_and_adds_nothing(
    platform: Any, handle: str, note: str, db: Store
) -> None:
    """By handle, then with the id, then by handle again; each time as it was said beforehand."""
    known = _account(platform, handle, IDS[platform])
    for given in (_account(platform, handle), known, _account(platform, handle, note=note)):
        foretold = accounts_to_come(db, [given])
        assert put_accounts(db, [given]) == foretold
        assert len(accounts(db)) == 1
    assert accounts_to_come(db, [known]).added == 0
