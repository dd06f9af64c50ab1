"""What if a weight or a measure were different, and what would it take to reach a rank."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model.measures import MeasureRow
from model.period import Period
from scoring.cities.assemble import MonthInputs, build_table
from scoring.cities.city_table import city_measures
from scoring.engine.compute import compute
from scoring.engine.result import Result
from scoring.engine.table import Table
from scoring.errors import ChangeError, UnknownName
from scoring.method.tree import ROOT, Method

DOUBLINGS = 50
"""How often a step is doubled in search of a value that reaches the rank."""


@dataclass(frozen=True, slots=True)
class Move:
    """A unit before and after."""

    unit: str
    score_before: float | None
    score_after: float | None
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True, slots=True)
class Needed:
    """The smallest change of one measure that reaches a rank."""

    measure: str
    before: float
    after: float
    change: float
    rank_before: int | None
    rank_after: int


def whatif(
    method: Method,
    table: Table,
    weights: Mapping[str, float] | None = None,
    values: Mapping[tuple[str, str], float | None] | None = None,
) -> Result:
    """The result with some weights (by node) and values (by unit and column) changed.

    Raises UnknownName for nodes, units and columns that do not exist, and ChangeError for a value
    of a unit that is structurally absent there, which would change nothing.
    """
    for (unit, column), value in (values or {}).items():
        table = table.with_value(unit, column, value)
        if (code := _absent_at(method, table, unit, column)) is not None:
            raise ChangeError(
                f"{unit} has no account at {code}: another value of {column} changes nothing there"
            )
    return compute(method.with_weights(weights or {}), table)


def _absent_at(method: Method, table: Table, unit: str, column: str) -> str | None:
    """The node at which a unit is structurally absent, so that the column does not count for it."""
    row = table.row(unit)
    gone = {code for code, absent in table.absent.items() if absent[row]}
    leaves = [leaf for leaf in method.leaves if column in (leaf.measure, leaf.denominator)]
    paths = [[node.code for node in method.lineage(leaf.code)] for leaf in leaves]
    at = [next((code for code in path if code in gone), None) for path in paths]
    return at[0] if at and None not in at else None


def moves(before: Result, after: Result, code: str = ROOT) -> list[Move]:
    """Units whose rank or score differ, by their new rank, then the units without one."""
    found = [
        Move(
            unit,
            before.score(unit, code),
            after.score(unit, code),
            before.rank(unit, code),
            after.rank(unit, code),
        )
        for unit in after.units
        if unit in before.table.position
    ]
    moved = [m for m in found if m.score_before != m.score_after or m.rank_before != m.rank_after]
    return sorted(moved, key=lambda m: (m.rank_after is None, m.rank_after, m.unit))


def needed_for_rank(
    method: Method,
    table: Table,
    unit: str,
    column: str,
    target: int = 10,
    code: str = ROOT,
    step: float = 1.0,
) -> Needed | None:
    """The smallest change of one value, in multiples of `step`, that brings the unit to the
    rank `target` or better at node `code`; `None` if no change of this value alone does.

    The value rises, or falls where less is better. A missing value is taken to start at 0.
    Raises UnknownName.
    """
    start = table.value(unit, column)
    before = 0.0 if start is None else start
    sign = _direction(method, column)

    def rank_with(steps: int) -> int | None:
        changed = table.with_value(unit, column, before + sign * steps * step) if steps else table
        return compute(method, changed).rank(unit, code)

    found = smallest(rank_with, target)
    if found is None:
        return None
    change = sign * found.steps * step
    return Needed(column, before, before + change, change, found.rank_before, found.rank)


def _direction(method: Method, column: str) -> int:
    return next((leaf.direction for leaf in method.leaves if leaf.measure == column), 1)


@dataclass(frozen=True, slots=True)
class Reached:
    """How many steps reach a rank, which one, and from where."""

    steps: int
    rank: int
    rank_before: int | None


def smallest(rank_with: Callable[[int], int | None], target: int) -> Reached | None:
    """The least number of steps with which a rank is reached: doubled until it is, then halved
    in between. More steps must not worsen the rank."""
    start = rank_with(0)
    if start is not None and start <= target:
        return Reached(0, start, start)
    for power in range(DOUBLINGS):
        rank = rank_with(2**power)
        if rank is not None and rank <= target:
            return _between(rank_with, target, Reached(2**power, rank, start))
    return None


def _between(rank_with: Callable[[int], int | None], target: int, enough: Reached) -> Reached:
    short = enough.steps // 2 if enough.steps > 1 else 0
    while enough.steps - short > 1:
        middle = (short + enough.steps) // 2
        rank = rank_with(middle)
        if rank is not None and rank <= target:
            enough = Reached(middle, rank, enough.rank_before)
        else:
            short = middle
    return enough


@dataclass(frozen=True, slots=True)
class RankTarget:
    """The rank that a city is to reach by one measure on one platform."""

    city: str
    platform: str
    measure: str
    """likes, comments, shares, views or followers."""
    rank: int = 10
    code: str = ROOT
    """The node at which the rank is held."""


def needed_for_top(
    method: Method, period: Period, inputs: MonthInputs, target: RankTarget
) -> Needed | None:
    """For an operator: how many more likes, comments, shares, views or followers on a platform
    would have brought the city to the rank; `None` if no number of them.

    One more like is also one more interaction, one more view also lifts the view rate, and one
    more follower was also gained in the period. Raises UnknownName.
    """
    at = _row_of(inputs.rows, target)

    def rank_with(steps: int) -> int | None:
        more = _more(inputs.rows[at], target.measure, steps)
        changed = replace(inputs, rows=[*inputs.rows[:at], more, *inputs.rows[at + 1 :]])
        table = build_table(method, period, changed, inputs.cities)
        return compute(method, table).rank(target.city, target.code)

    found = smallest(rank_with, target.rank)
    if found is None:
        return None
    own = city_measures(inputs.rows, inputs.cities)[target.city, target.platform]
    value = own.get(target.measure)
    before, change = 0.0 if value is None else float(value), float(found.steps)
    named = f"{target.platform}:{target.measure}"
    return Needed(named, before, before + change, change, found.rank_before, found.rank)


def _row_of(rows: Sequence[MeasureRow], target: RankTarget) -> int:
    """The place of the city's first account on the platform. Raises UnknownName."""
    if target.measure not in _ADDS:
        raise UnknownName("measure", target.measure, sorted(_ADDS))
    for at, row in enumerate(rows):
        if (row.city, row.platform) == (target.city, target.platform):
            return at
    raise UnknownName("account", f"{target.city} on {target.platform}", ())


_ADDS: Mapping[str, tuple[str, ...]] = {
    "likes": ("likes", "interactions"),
    "comments": ("comments", "interactions"),
    "shares": ("shares", "interactions"),
    "views": ("views",),
    "followers": ("followers_end", "follower_gain"),
}


def _more(row: MeasureRow, measure: str, number: int) -> MeasureRow:
    """The row with so many more of a measure, and of what it is part of."""
    changed: dict[str, Any] = {}
    for name in _ADDS[measure]:
        value = getattr(row, name)
        changed[name] = number if value is None else value + number
    if measure == "views" and row.view_rate is not None and row.videos:
        videos = row.videos if row.videos_shown is None else row.videos_shown
        changed["view_rate"] = row.view_rate + number / videos
    return replace(row, **changed)
