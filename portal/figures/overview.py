"""A month at a glance: who leads, who moved, how much of it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model.platforms import FACTS
from portal.figures.leaderboard import Row
from portal.figures.months import MonthFigures
from scoring.publish.wording import word_qualitative

_MOVERS = 5


def movers(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Those that gained most places, and those that lost most."""
    moved = [row for row in rows if row["change"]]
    up = sorted((r for r in moved if r["change"] > 0), key=lambda r: (-r["change"], r["rank"]))
    down = sorted((r for r in moved if r["change"] < 0), key=lambda r: (r["change"], r["rank"]))
    return up[:_MOVERS], down[:_MOVERS]


def warnings_of(figures: MonthFigures, scope: str, language: str) -> list[str]:
    """What a reader of the month must know, in one line each."""
    lang: Any = language
    unrated = word_qualitative(figures.index.result, lang)
    breaks = [
        f"{FACTS[one.platform].zh if lang == 'zh' else FACTS[one.platform].en} "
        f"{one.definition.counter}, {one.definition.since}: "
        f"{one.definition.zh if lang == 'zh' else one.definition.en}"
        for one in figures.index.breaks(scope)
    ]
    return [*([unrated] if unrated else []), *breaks]


def history_of(
    issues: Sequence[Mapping[str, Any]], city: str, code: str, most: int = 12
) -> list[dict[str, Any]]:
    """A city's index and rank by issue, the oldest first; None where it had no rank."""
    found = []
    for issue in sorted(issues, key=lambda one: str(one["period"]))[-most:]:
        entry = next((one for one in issue["entries"] if one["unit"] == city), None)
        found.append(
            {
                "month": issue["period"],
                "state": issue["state"],
                "index": entry["scores"].get(code) if entry else None,
                "rank": entry["ranks"].get(code) if entry else None,
            }
        )
    return found


def peers_of(
    rows: Sequence[Row], city: str, name: str, least: int = 5
) -> dict[str, float | int | None]:
    """The mean of a measure over the ranked cities of the same size class: with the city itself
    and without. None where fewer than `least` others have it: one could tell them apart.
    """
    mine = next((row for row in rows if row["city"] == city), None)
    size = mine["size_class"] if mine else None
    same = [row for row in rows if size is not None and row["size_class"] == size]
    group = same if sum(row["city"] != city for row in same) >= least else list(rows)
    others = [row[name] for row in group if row["city"] != city and row[name] is not None]
    own = mine[name] if mine else None
    both = others if own is None else [*others, own]
    enough = len(others) >= least
    return {
        "cities": len(others),
        "without": sum(others) / len(others) if enough else None,
        "with": sum(both) / len(both) if enough else None,
        "same_size": group is same,
    }
