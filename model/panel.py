"""The dated list of accounts that a month's index is computed over."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from model.platform import PlatformName


class PanelAccount(msgspec.Struct, frozen=True, order=True):
    """One account's place in a panel."""

    city: str
    platform: PlatformName
    account: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """Cities and accounts as of an instant; its id is the hash of its content."""

    as_of: datetime
    cities: tuple[str, ...]
    accounts: tuple[PanelAccount, ...]

    @property
    def id(self) -> str:
        """First 12 hex digits of the SHA-256 over the sorted content, without the date."""
        lines = sorted(self.cities) + sorted(
            f"{a.city} {a.platform} {a.account}" for a in self.accounts
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
