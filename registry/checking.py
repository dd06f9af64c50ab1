"""What deserves a look in a registry that is in order as far as its form goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from model.account import Account
from registry.cities import watched_cities

_NAMED = 8
_ROUNDED_DIGITS = 16
_EXACT_DIGITS = 15


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at, and all whom it concerns."""

    kind: str
    """`unverified`, `no_primary`, `several_primary`, `rounded_id` or `no_account`."""
    text: str
    members: tuple[str, ...]
    """Keys of accounts, or ids of cities."""

    def __str__(self) -> str:
        more = len(self.members) - _NAMED
        names = ", ".join(self.members[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"{self.text}: {names}"


def check(accounts: Sequence[Account], cities: Iterable[str] | None = None) -> list[Remark]:
    """`cities`: ids of those that should have an account; None: all that are watched by default."""
    wanted = watched_cities() if cities is None else tuple(cities)
    return [
        *_unverified(accounts),
        *_primaries(accounts),
        *_rounded_ids(accounts),
        *_without_account(accounts, wanted),
    ]


def _unverified(accounts: Sequence[Account]) -> Iterable[Remark]:
    by_platform: dict[str, list[str]] = defaultdict(list)
    for account in accounts:
        if account.verified_at is None:
            by_platform[account.platform].append(account.key)
    for platform, keys in by_platform.items():
        text = f"{len(keys)} accounts on {platform} are not verified"
        yield Remark(kind="unverified", text=text, members=tuple(keys))


def _primaries(accounts: Sequence[Account]) -> Iterable[Remark]:
    groups: dict[tuple[str, str], list[Account]] = defaultdict(list)
    for account in accounts:
        groups[account.city, account.platform].append(account)
    for (city, platform), group in groups.items():
        primary = [account for account in group if account.primary]
        where = f"{city} on {platform}"
        if not primary:
            keys = tuple(account.key for account in group)
            yield Remark(kind="no_primary", text=f"{where} has no primary account", members=keys)
        elif len(primary) > 1:
            keys = tuple(account.key for account in primary)
            text = f"{where} has several primary accounts"
            yield Remark(kind="several_primary", text=text, members=keys)


def _rounded_ids(accounts: Sequence[Account]) -> Iterable[Remark]:
    """A spreadsheet keeps 15 digits of a number and fills the rest with zeros."""
    keys = tuple(a.key for a in accounts if _looks_rounded(a.id))
    if keys:
        text = "ids that a spreadsheet may have rounded (only zeros after the 15th digit)"
        yield Remark(kind="rounded_id", text=text, members=keys)


def _looks_rounded(id_: str) -> bool:
    return len(id_) > _ROUNDED_DIGITS and id_.isdigit() and not id_[_EXACT_DIGITS:].strip("0")


def _without_account(accounts: Sequence[Account], wanted: Sequence[str]) -> Iterable[Remark]:
    present = {account.city for account in accounts}
    absent = tuple(city for city in wanted if city not in present)
    if absent:
        text = f"{len(absent)} of {len(wanted)} cities have no account"
        yield Remark(kind="no_account", text=text, members=absent)
