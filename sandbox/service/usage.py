"""What was called, by platform, endpoint and credential."""

from __future__ import annotations

import hashlib

import msgspec

from model.platform import PlatformName


class UsageRow(msgspec.Struct):
    """Calls to one endpoint with one credential."""

    platform: PlatformName
    endpoint: str
    credential: str
    """A short hash, never the credential itself; `-` where there was none."""
    calls: int = 0
    units: int = 0
    """What the platform bills, in its own unit (X: resources; YouTube: quota units; …)."""
    rows: int = 0
    """Accounts or posts that were answered."""


class UsageCounts:
    """Counts calls, units and rows."""

    def __init__(self) -> None:
        self._rows: dict[tuple[PlatformName, str, str], UsageRow] = {}

    def add(
        self, platform: PlatformName, endpoint: str, credential: str, units: int, rows: int
    ) -> None:
        """Notes one call."""
        key = (platform, endpoint, credential)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = UsageRow(platform, endpoint, credential)
        row.calls += 1
        row.units += units
        row.rows += rows

    def rows(self) -> list[UsageRow]:
        """All counts, sorted."""
        return [self._rows[key] for key in sorted(self._rows)]

    def clear(self) -> None:
        """Starts from nothing."""
        self._rows.clear()


def short_hash(credential: str) -> str:
    """How a credential is shown: it cannot be had back from this."""
    if not credential:
        return "-"
    return hashlib.sha256(credential.encode()).hexdigest()[:12]
