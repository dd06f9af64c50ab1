"""Fields that vanish across many accounts at once: the platform's answers have changed. Pure.

A reading is compared with the one before of the same post or account, so that another mix of posts
is no drift; one owner who hides a counter is none either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from store.database import Document
from store.quality.flags import DEFAULT, DataFlag, FlagKind, Limits

_Day = tuple[str, str, datetime]
"""Platform, field (`post.likes`, `account.followers`), day (UTC)."""


@dataclass(slots=True)
class Vanished:
    """Who had a field before and who has it no more, day by day; fed with readings in any order."""

    had: dict[_Day, set[str]] = field(default_factory=dict)
    kept: dict[_Day, set[str]] = field(default_factory=dict)
    reading: dict[_Day, str] = field(default_factory=dict)
    """One of the readings that lost it."""

    def add(self, kind: str, rows: Sequence[Document], account: str) -> None:
        """Readings of one subject in order of their slots; `kind` is post or account."""
        before: Document | None = None
        for row in rows:
            if before is not None:
                self._compare(kind, before, row, account)
            before = row

    def _compare(self, kind: str, before: Document, row: Document, account: str) -> None:
        day = row["slot"].astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for name in before["counts"]:
            key = (account.partition(":")[0], f"{kind}.{name}", day)
            self.had.setdefault(key, set()).add(account)
            if name in row["counts"]:
                self.kept.setdefault(key, set()).add(account)
            else:
                self.reading[key] = row["_id"]

    def flags(self, limits: Limits = DEFAULT) -> Iterator[DataFlag]:
        """Where most accounts lost a field on one day; those that kept it anywhere are not among
        the losers.
        """
        for key in sorted(self.reading):
            platform, name, day = key
            had = self.had[key]
            lost = had - self.kept.get(key, set())
            if len(lost) < max(limits.drift_accounts, limits.drift_share * len(had)):
                continue
            yield DataFlag(
                kind=FlagKind.SCHEMA_DRIFT,
                platform=platform,
                subject=f"{platform}:{name}",
                account=None,
                at=day,
                readings=(self.reading[key],),
                facts={"accounts": len(had), "lost": len(lost)},
            )
