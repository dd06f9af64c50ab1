"""Accounts as the CSV file that they are read from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import Path

from model.account import Account
from model.tables.writing import csv_text
from registry.handles import is_rounded

COLUMNS = (
    "city",
    "platform",
    "handle",
    "id",
    "name",
    "class",
    "primary",
    "source",
    "note",
    "verified_at",
)


def export_accounts(accounts: Iterable[Account], path: Path, bom: bool = False) -> None:
    """Writes all that `read_accounts` reads; the file is replaced whole or not at all.

    `bom`: begin with a byte order mark, by which Excel knows UTF-8. Raises OSError.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
            file.write(csv_text(list(account_rows(accounts)), COLUMNS))
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def account_rows(accounts: Iterable[Account]) -> Iterator[dict[str, str]]:
    """The same cells by column, for other ways out."""
    return (dict(zip(COLUMNS, _cells(account), strict=True)) for account in accounts)


def _cells(account: Account) -> tuple[str, ...]:
    verified_at = account.verified_at
    return (
        account.city,
        account.platform,
        account.handle,
        f"'{account.id}" if is_rounded(account.id) else account.id,
        account.name,
        account.account_class.value,
        "yes" if account.primary else "no",
        account.source,
        account.note,
        "" if verified_at is None else verified_at.astimezone(UTC).isoformat(),
    )
