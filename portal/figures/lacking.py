"""What lacks, summed up: gaps by platform and reason and by day, outcomes and kinds by number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model.platform import PLATFORMS


def gap_sums(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By platform, state and outcome: accounts and readings that lack; the most first."""
    grouped: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row["platform"], row["state"], row["outcome"] or ""].append(row)
    found = [
        {
            "platform": platform,
            "state": state,
            "outcome": outcome or None,
            "accounts": len({row["account"] for row in some}),
            "readings": sum(row["readings"] for row in some),
            "remedy": some[0]["remedy"],
        }
        for (platform, state, outcome), some in grouped.items()
    ]
    return sorted(found, key=lambda row: -row["readings"])


def gap_calendar(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row a platform, a column for each day that lacks anything: how many. A day is `DD`, or
    `MM-DD` where the days are of several months."""
    dated = [row for row in rows if row["day"]]
    days = sorted({row["day"] for row in dated})
    of_day = slice(-2, None) if len({day[:7] for day in days}) == 1 else slice(5, None)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in dated:
        counted[row["platform"]][row["day"]] += row["readings"]
    return [
        {
            "platform": name,
            **{day[of_day]: counted[name][day] for day in days},
        }
        for name in PLATFORMS
        if name in counted
    ]


def numbered(rows: Iterable[Mapping[str, Any]], field: str) -> list[tuple[str, int]]:
    """How many rows have each value of a field, the most first."""
    return Counter(str(row[field]) for row in rows).most_common()
