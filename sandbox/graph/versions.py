"""Versions of the Graph API, and which of them answers.

Source: Graph API changelog (developers.facebook.com/docs/graph-api/changelog); the ends of v17 to
v19 from its earlier states.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_VERSION = re.compile(r"v(\d+)\.\d+")
_ENDS: dict[int, tuple[int, int, int]] = {
    17: (2025, 9, 12),
    18: (2026, 1, 26),
    19: (2026, 5, 21),
    20: (2026, 9, 24),
    21: (2027, 1, 21),
    22: (2027, 5, 20),
    23: (2027, 10, 8),
    24: (2028, 2, 18),
    25: (2028, 7, 29),
}
"""The day from which a version is retired. Later versions have no end yet."""
_NEWEST = 27


def version_number(text: str) -> int | None:
    """The number of a version that there is, or was; None for anything else."""
    match = _VERSION.fullmatch(text)
    return int(match[1]) if match and int(match[1]) <= _NEWEST else None


def answering_version(asked: str, now: datetime, oldest: int) -> str:
    """The version that answers a call at `now`: a retired one is answered as the next one is.

    `oldest` retires all versions below it, whatever the day. Calls without a version get the
    oldest one that lives. The newest are served before their day, since worlds lie in the past.
    """
    living = [n for n, end in _ENDS.items() if now < datetime(*end, tzinfo=UTC)]
    first = max(min([*living, max(_ENDS) + 1]), oldest)
    return f"v{min(max(version_number(asked) or first, first), _NEWEST)}.0"
