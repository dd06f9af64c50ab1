"""Small CSV files for these tests."""

from __future__ import annotations

from pathlib import Path

from model.account import City
from registry.accounts import Accounts, read_accounts
from registry.cities import load_cities

HEADER = "city,platform,handle,id,name,class,primary,source,note"
CITIES: dict[str, City] = load_cities()


def csv_file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    """A file with these rows below the header."""
    path = folder / "accounts.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def read_rows(folder: Path, *rows: str, header: str = HEADER) -> Accounts:
    """What reading such a file gives."""
    return read_accounts(csv_file(folder, *rows, header=header), CITIES)


def problems(folder: Path, *rows: str, header: str = HEADER) -> list[str]:
    """The problems of such a file, as people see them."""
    return [str(problem) for problem in read_rows(folder, *rows, header=header).problems]
