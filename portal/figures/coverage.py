"""How much of a month is known, platform by platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.measures import MeasureRow
from model.messages import Outcome
from model.platform import PLATFORMS
from portal.alerts.remedies import outcome_name


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a platform's month is known."""

    platform: str
    accounts: int
    collected: int
    """Accounts whose posts are known, or that there were none."""
    posts: int
    read_at_cutoff: float | None
    """Share of the posts that were read for the cut-off, 0 to 1; None without posts."""
    lacking: tuple[MeasureRow, ...]
    """Of the accounts that were not collected, with the reason."""

    @property
    def failed(self) -> list[MeasureRow]:
        """Those of them whose last visit failed, or that never had one."""
        return [row for row in self.lacking if _outcome(row) not in _IN_ORDER]

    @property
    def begun(self) -> int:
        """How many of them were visited with success, though not yet for all of the month."""
        return len(self.lacking) - len(self.failed)


_IN_ORDER = frozenset(one.value for one in Outcome if one.complete)


def _outcome(row: MeasureRow) -> str:
    return (row.why or "").partition(": ")[0]


def told_why(row: MeasureRow, language: str) -> str:
    """Why an account was not collected: the outcome in words, and what the visit says of it."""
    code, joint, detail = (row.why or "").partition(": ")
    if code not in set(Outcome):
        return row.why or ""
    name = outcome_name(code, language) if language == "zh" else code.replace("_", " ")
    return f"{name}{joint}{detail}"


def coverage_of(measures: Sequence[MeasureRow]) -> list[Coverage]:
    """By platform, those that have an account."""
    found = []
    for platform in PLATFORMS:
        rows = [row for row in measures if row.platform == platform]
        if not rows:
            continue
        shares = [
            (row.posts, share)
            for row in rows
            if row.posts and (share := row.coverage.get("cutoff")) is not None
        ]
        posts = sum(count for count, _ in shares)
        read = sum(count * share for count, share in shares) / posts if posts else None
        lacking = tuple(row for row in rows if not row.collected)
        found.append(Coverage(platform, len(rows), len(rows) - len(lacking), posts, read, lacking))
    return found
