from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.account import Account, AccountClass
from model.tables.writing import guarded, unguarded
from registry.accounts import export_accounts, read_accounts
from tests.registry.lines import CITIES

texts = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" ,\"'=+-@"), max_size=20
).map(str.strip)
instants = st.none() | st.datetimes(
    datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)
)


@st.composite
def registries(draw: st.DrawFn) -> list[Account]:
    numbers = draw(st.lists(st.integers(1, 10**18), unique=True, min_size=1, max_size=6))
    accounts = [
        Account(
            platform="x",
            id=draw(st.sampled_from(["", str(number)])),
            handle=f"name{place}",
            city=draw(st.sampled_from(["beijing", "xian", "suzhou-anhui"])),
            name=draw(texts),
            account_class=draw(st.sampled_from(AccountClass)),
            verified_at=draw(instants),
            source=draw(texts),
            note=draw(texts),
        )
        for place, number in enumerate(numbers)
    ]
    seen: set[str] = set()
    return [
        msgspec.structs.replace(a, primary=not (a.city in seen or seen.add(a.city)))  # type: ignore[func-returns-value]
        for a in accounts
    ]


@pytest.mark.slow
@pytest.mark.parametrize("bom", [False, True])
@given(accounts=registries())
def test_what_is_exported_is_read_again(
    bom: bool, accounts: list[Account], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.csv"
    export_accounts(accounts, path, bom=bom)
    found = read_accounts(path, CITIES)
    assert found.problems == []
    assert found.rows == accounts


def test_a_byte_order_mark_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    export_accounts([], path)
    assert path.read_bytes().startswith(b"city,platform,")
    export_accounts([], path, bom=True)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfcity,platform,")


def test_no_cell_begins_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    account = Account(platform="x", id="1", handle="a", city="xian", name="=1+1", note="@you")
    export_accounts([account], path)
    cells = path.read_text("utf-8").splitlines()[1].split(",")
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


@given(st.text())
def test_protection_is_undone_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_a_place_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(OSError, match=r"out\.csv"):
        export_accounts([], tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
