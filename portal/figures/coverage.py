"""How much of a month is known, platform by platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.measures import MeasureRow
from model.platform import PLATFORMS


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
    lacking: tuple[tuple[str, str], ...]
    """Accounts that were not collected, with the reason."""


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
        lacking = tuple((row.account, row.why or "") for row in rows if not row.collected)
        found.append(Coverage(platform, len(rows), len(rows) - len(lacking), posts, read, lacking))
    return found
