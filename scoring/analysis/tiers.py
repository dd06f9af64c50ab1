"""Tiers: the listing cut into bands of a stated number of units."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from scoring.engine.rank import listing
from scoring.engine.result import Result
from scoring.method.tree import ROOT

NATIONAL = (20, 30)
"""First tier of 20, second of 30, the rest the third (20/30/56 of 106 cities)."""


def tiers(
    result: Result,
    code: str = ROOT,
    sizes: Sequence[int] = NATIONAL,
    group: str | None = None,
    names: Sequence[str] | None = None,
) -> list[list[str]]:
    """Units of each tier, best first; the last tier takes all that remain.

    With `group`, the tiers of that group alone. Ties are listed by `names` (default: the units),
    so a tie over a cut falls by name.
    """
    units, groups = result.units, result.table.groups
    rows = listing(result.ranked_scores(code), names or units)
    if group is not None:
        rows = [row for row in rows if groups is not None and groups[row] == group]
    cuts = [0, *accumulate(sizes), len(rows)]
    return [[units[row] for row in rows[a:b]] for a, b in pairwise(cuts)]


def unit_tiers(result: Result, sizes: Sequence[int]) -> dict[str, int | None]:
    """The number of each unit's tier, from 1; `None` for units without a rank."""
    found: dict[str, int | None] = dict.fromkeys(result.units)
    for number, units in enumerate(tiers(result, sizes=sizes), start=1):
        found |= dict.fromkeys(units, number)
    return found
