from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.account import Account, AccountClass
from model.platform import PLATFORMS
from portal.asking.words import catalogue
from portal.lines import chinese_cell
from registry.accounts import read_accounts
from registry.checking import check
from registry.cities import watched_cities
from tests.registry.lines import CITIES, HEADER, problems, read_rows
from tests.shared import ROOT

SHIPPED = ROOT / "registry" / "accounts_seen.csv"
CHANNEL = "UCabcdefghij0123456789_-"


def test_a_row_becomes_an_account(tmp_path: Path) -> None:
    row = 'beijing,x,https://x.com/CityOne,"123",City One,tourism,yes,where it was seen,a note'
    assert read_rows(tmp_path, row).rows == [
        Account(
            platform="x",
            id="123",
            handle="CityOne",
            city="beijing",
            name="City One",
            account_class=AccountClass.TOURISM,
            primary=True,
            source="where it was seen",
            note="a note",
        )
    ]


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("主", AccountClass.MAIN),
        ("主账号", AccountClass.MAIN),
        ("文旅", AccountClass.TOURISM),
        ("媒体", AccountClass.MEDIA),
        ("其他", AccountClass.OTHER),
    ],
)
def test_a_class_is_taken_as_it_is_shown_in_chinese(
    word: str, wanted: AccountClass, tmp_path: Path
) -> None:
    found = read_rows(tmp_path, f"beijing,x,CityOne,,,{word},,,")
    assert [account.account_class for account in found.rows] == [wanted]
    for shown in (chinese_cell(wanted.value), catalogue("zh")[wanted.value]):
        again = read_rows(tmp_path, f"beijing,x,CityOne,,,{shown},,,")
        assert [account.account_class for account in again.rows] == [wanted]


def test_few_columns_in_any_order_are_enough(tmp_path: Path) -> None:
    found = read_rows(
        tmp_path,
        "@CityOne,Twitter,beijing",
        "",
        " Name2 , X , xian ",
        header="Handle,Platform,CITY",
    )
    assert found.problems == []
    assert [(a.city, a.platform, a.handle) for a in found.rows] == [
        ("beijing", "x", "CityOne"),
        ("xian", "x", "Name2"),
    ]


def test_an_address_may_tell_the_id(tmp_path: Path) -> None:
    found = read_rows(
        tmp_path,
        f"beijing,youtube,https://youtube.com/channel/{CHANNEL}",
        header="city,platform,handle",
    )
    assert [account.key for account in found.rows] == [f"youtube:{CHANNEL}"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "Suzhou,x,CityOne",
            "city: 'Suzhou': expected one of suzhou-jiangsu, suzhou-anhui: several cities have",
        ),
        ("北平,x,CityOne", "city: '北平': expected the id of a city"),
        ("shanghia,x,CityOne", "city: 'shanghia': expected the id of a city, perhaps shanghai"),
        (",x,CityOne", "city: expected the id of a city"),
        (
            "xian,nowhere,CityOne",
            f"platform: 'nowhere': expected one of {', '.join(PLATFORMS)}",
        ),
        ("xian,x,two words", "handle: 'two words': expected a name of at most 15"),
        ("xian,x,", "handle: expected a handle or an id"),
        ("xian,x,CityOne,1.23E+18", "id: '1.23E+18': expected every digit of the id"),
        ("xian,tiktok,,7000000000000000001", "handle: expected a handle (tiktok finds accounts"),
        ("xian,x,https://x.com/i/user/12,13", "id: '13': expected the id that the address names"),
        ("xian,x,CityOne,,,mayor", "class: 'mayor': expected one of main, tourism, media, other"),
        ("xian,x,CityOne,,,,perhaps", "primary: 'perhaps': expected yes, no or nothing"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, row: str, expected: str) -> None:
    padded = row + "," * (HEADER.count(",") - row.count(","))
    found = problems(tmp_path, "beijing,x,Fine,,,,,,", padded)
    assert len(found) == 1
    assert found[0].startswith(f"accounts.csv:3: {expected}")


@pytest.mark.parametrize(
    "sign", ["\x1b[2J", "\u202e", "\u2066", "\x9b", "\u200b", "\u061c", "\uffff"]
)
@pytest.mark.parametrize("column", ["name", "source", "note"])
def test_words_that_act_on_a_terminal_are_refused(tmp_path: Path, sign: str, column: str) -> None:
    """They would be taken, exported and shown as they are."""
    cells = dict.fromkeys(HEADER.split(","), "") | {"city": "xian", "platform": "x"}
    cells |= {"handle": "CityOne", column: f"a{sign}b"}
    (found,) = problems(tmp_path, ",".join(cells.values()))
    assert f"{column}: " in found
    assert "text without control or invisible characters" in found


def test_every_wrong_field_of_every_row_is_named(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "nowhere,x,a b,1E9,,,,,", "beijing,x,Fine,,,,,,", "xian,y,z,,,,,,")
    named = [(problem.line, problem.field) for problem in found.problems]
    assert named == [(2, "city"), (2, "id"), (2, "handle"), (4, "platform")]
    assert [account.handle for account in found.rows] == ["Fine"]


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ("beijing,x,CityOne,,,,,,", "xian,x,@cityone,,,,,,", "handle"),
        ("beijing,x,CityOne,55,,,,,", "xian,x,Other,55,,,,,", "id"),
        ("beijing,facebook,City.One,,,,,,", "beijing,facebook,cityone,,,,,,", "handle"),
    ],
)
def test_the_same_account_twice_is_named(
    tmp_path: Path, first: str, second: str, field: str
) -> None:
    found = problems(tmp_path, first, "xian,tiktok,else,,,,,,", second)
    assert len(found) == 1
    assert found[0].startswith(f"accounts.csv:4: {field}: ")
    assert found[0].endswith("expected each account once; it is on line 2 already")


def test_the_same_handle_on_two_platforms_is_two_accounts(tmp_path: Path) -> None:
    assert problems(tmp_path, "xian,x,CityOne,,,,,,", "xian,instagram,CityOne,,,,,,") == []


def test_of_several_accounts_exactly_one_is_primary(tmp_path: Path) -> None:
    rows = ["xian,x,One,,,,{},,", "xian,x,Two,,,,{},,", "beijing,x,Three,,,,,,"]

    def marked(first: str, second: str) -> list[str]:
        return problems(tmp_path, rows[0].format(first), rows[1].format(second), rows[2])

    undecided = "yes for exactly one of the accounts of xian on x (lines 2, 3)"
    assert marked("", "") == [f"accounts.csv:3: primary: expected {undecided}"]
    assert marked("no", "no") == [f"accounts.csv:3: primary: expected {undecided}"]
    assert marked("yes", "yes") == [f"accounts.csv:3: primary: 'yes': expected {undecided}"]
    assert marked("yes", "") == marked("no", "是") == []


def test_an_only_account_is_primary_unless_the_file_says_no(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "xian,x,One,,,,,,", "beijing,x,Two,,,,no,,")
    assert [account.primary for account in found.rows] == [True, False]


def test_the_other_one_of_two_is_not_primary(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "xian,x,One,,,,,,", "xian,x,Two,,,,yes,,")
    assert [account.primary for account in found.rows] == [False, True]


def test_a_moment_of_verification_is_read_and_must_name_its_zone(tmp_path: Path) -> None:
    header = "city,platform,handle,verified_at"
    found = read_rows(tmp_path, "xian,x,One,2025-05-01T08:00:00+08:00", header=header)
    assert found.rows[0].verified_at == datetime(2025, 5, 1, tzinfo=UTC)
    for wrong in ("2025-05-01T08:00:00", "yesterday"):
        assert problems(tmp_path, f"xian,x,One,{wrong}", header=header) == [
            f"accounts.csv:2: verified_at: '{wrong}': expected a day such as "
            "2025-05-01, an instant such as 2025-05-01T00:00:00Z, or nothing"
        ]


def test_the_shipped_list_is_in_order_and_unverified() -> None:
    found = read_accounts(SHIPPED, CITIES)
    assert found.problems == []
    assert len(found.rows) == 53
    assert all(account.source for account in found.rows)
    assert all(account.note.startswith("not verified") for account in found.rows)
    assert all(account.verified_at is None for account in found.rows)
    kinds = [remark.kind for remark in check(found.rows)]
    assert kinds.count("unverified") == 5
    assert "no_primary" not in kinds
    assert "several_primary" not in kinds


def test_check_points_at_what_deserves_a_look() -> None:
    at = datetime(2025, 5, 1, tzinfo=UTC)
    accounts = [
        Account(platform="x", id="1", handle="a", city="xian", verified_at=at, primary=False),
        Account(platform="x", id="2", handle="b", city="beijing", verified_at=at),
        Account(platform="x", id="3", handle="c", city="beijing"),
        Account(
            platform="tiktok", id="712345678901234000", handle="d", city="xian", verified_at=at
        ),
    ]
    remarks = {remark.kind: remark for remark in check(accounts, ["xian", "beijing", "yiwu"])}
    assert {kind: remark.members for kind, remark in remarks.items()} == {
        "unverified": ("x:3",),
        "no_primary": ("x:1",),
        "several_primary": ("x:2", "x:3"),
        "rounded_id": ("tiktok:712345678901234000",),
        "no_account": ("yiwu",),
    }
    assert str(remarks["no_account"]) == "1 of 3 cities have no account: yiwu"


def test_check_asks_for_all_watched_cities_and_shortens_its_lists() -> None:
    (remark,) = check([])
    assert remark.members == watched_cities()
    assert str(remark).endswith("and 130 more")


def test_a_registry_in_order_gives_no_remark() -> None:
    at = datetime(2025, 5, 1, tzinfo=UTC)
    account = Account(platform="x", id="1", handle="a", city="xian", verified_at=at)
    assert check([account], ["xian"]) == []


@pytest.mark.parametrize(
    "day", ["2025-05-01", "2025/5/1", "2025.05.01", "2025年5月1日", "2025-5-1", "2025年05月01日"]
)
def test_a_day_of_verification_is_its_midnight(day: str, tmp_path: Path) -> None:
    found = read_rows(tmp_path, f"xian,x,One,{day}", header="city,platform,handle,verified_at")
    assert found.rows[0].verified_at == datetime(2025, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["2025-13-01", "2025/2/30", "01/05/2025", "45778", "20250501T10"])
def test_no_day_is_guessed(wrong: str, tmp_path: Path) -> None:
    found = read_rows(tmp_path, f"xian,x,One,{wrong}", header="city,platform,handle,verified_at")
    assert [problem.field for problem in found.problems] == ["verified_at"]
