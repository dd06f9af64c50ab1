"""Accounts as the CSV file that they are read from."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import Path

from model.account import Account

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
# A spreadsheet would run a text that begins like this as a formula.
_RISKY = re.compile(r"'*[=+\-@]")
_PROTECTED = re.compile(r"'+[=+\-@]")


def export_accounts(accounts: Iterable[Account], path: Path, bom: bool = False) -> None:
    """Writes all that `read_accounts` reads; the file is replaced whole or not at all.

    `bom`: begin with a byte order mark, by which Excel knows UTF-8. Raises OSError.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(_cells(account) for account in accounts)
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
        account.id,
        protected(account.name),
        account.account_class.value,
        "yes" if account.primary else "no",
        protected(account.source),
        protected(account.note),
        "" if verified_at is None else verified_at.astimezone(UTC).isoformat(),
    )


def protected(text: str) -> str:
    """A text that a spreadsheet takes for text; `unprotected` gives the original back."""
    return f"'{text}" if _RISKY.match(text) else text


def unprotected(text: str) -> str:
    """The original of what `protected` gave."""
    return text[1:] if _PROTECTED.match(text) else text
