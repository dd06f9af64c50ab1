"""Why scores moved between two results: an exact decomposition.

The change of a unit's score is walked through in stages, each a result of its own: from the old
result to the same without the units that left, to the new measures, to the units that joined,
to the new weights, to the new method. What a stage moves is the part of the change that it
explains, so the parts sum to the change. The stage of the measures is split further, node by
node down to the leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from scoring.analysis.attribution import attribute
from scoring.engine.arrays import FloatArray, plain
from scoring.engine.compute import compute
from scoring.engine.result import Result
from scoring.method.tree import ROOT, Method

PartKind = Literal["measure", "coverage", "account", "panel", "weights", "method"]
"""measure: a leaf's normalised value; coverage: data that came or went; account: a structural
absence began or ended; panel: units joined or left; weights; method: anything else of it."""


@dataclass(frozen=True, slots=True)
class ChangePart:
    """What moved a score, in points of the root."""

    kind: PartKind
    code: str
    """The node concerned; the root for panel, weights and method."""
    points: float


@dataclass(frozen=True, slots=True)
class UnitChange:
    """One unit between two results."""

    unit: str
    status: Literal["both", "entered", "left", "unscored"]
    """Whether it has a score in both, in the new one alone, in the old one alone, in none."""
    before: float | None
    after: float | None
    rank_before: int | None
    rank_after: int | None
    parts: tuple[ChangePart, ...]
    """Greatest first by size; they sum to after - before. Empty unless `status` is `both`."""

    @property
    def places(self) -> int | None:
        """Places won (positive) or lost."""
        if self.rank_before is None or self.rank_after is None:
            return None
        return self.rank_before - self.rank_after


def diff(old: Result, new: Result, code: str = ROOT) -> list[UnitChange]:
    """Every unit of either result, in the order of the new one, then those that are gone.

    `code` may be a platform node, so long as both methods have it. Parts of 0 are left out.
    Raises UnknownName.
    """
    for result in (old, new):
        result.method.node(code)
    parts = _parts(old, new, code)
    gone = [unit for unit in old.units if unit not in new.table.position]
    return [_change(old, new, code, unit, parts) for unit in [*new.units, *gone]]


def _change(
    old: Result, new: Result, code: str, unit: str, parts: Mapping[tuple[PartKind, str], _Column]
) -> UnitChange:
    before, after = _score(old, unit, code), _score(new, unit, code)
    shown: list[ChangePart] = []
    if before is not None and after is not None:
        found = [ChangePart(kind, node, at.of(unit)) for (kind, node), at in parts.items()]
        shown = sorted((p for p in found if p.points), key=lambda p: (-abs(p.points), p.code))
    names = {(True, True): "both", (False, True): "entered", (True, False): "left"}
    return UnitChange(
        unit=unit,
        status=names.get((before is not None, after is not None), "unscored"),  # type: ignore[arg-type]
        before=before,
        after=after,
        rank_before=old.rank(unit, code) if unit in old.table.position else None,
        rank_after=new.rank(unit, code) if unit in new.table.position else None,
        parts=tuple(shown),
    )


def _score(result: Result, unit: str, code: str) -> float | None:
    return result.score(unit, code) if unit in result.table.position else None


@dataclass(frozen=True, slots=True)
class _Column:
    position: Mapping[str, int]
    values: FloatArray

    def of(self, unit: str) -> float:
        value = plain(self.values[self.position[unit]])
        return float("nan") if value is None else value


def _parts(old: Result, new: Result, code: str) -> dict[tuple[PartKind, str], _Column]:
    common = [unit for unit in new.units if unit in old.table.position]
    if not common:
        return {}
    position = {unit: row for row, unit in enumerate(common)}
    stages = _stages(old, new, common)
    scores = [_aligned(stages[0], common, code)]
    for stage in stages[1:]:
        # A stage that leaves a unit without a score explains nothing of it: the next one does.
        own = _aligned(stage, common, code)
        scores.append(np.where(np.isnan(own), scores[-1], own))
    left, measured, joined, weighted, changed = (b - a for a, b in pairwise(scores))
    found: dict[tuple[PartKind, str], FloatArray] = {
        ("panel", code): left + joined,
        ("weights", code): weighted,
        ("method", code): changed,
    }
    split = attribute(stages[1], stages[2], common, code, measured)
    found |= {(kind, node): values for (kind, node), values in split.items()}
    return {key: _Column(position, values) for key, values in found.items()}


def _stages(old: Result, new: Result, common: list[str]) -> list[Result]:
    """Old; without who left; with new measures; with who joined; with new weights; new."""
    old_method, new_method = old.method, new.method
    same = old_method.hash == new_method.hash
    alone = old if len(common) == len(old.units) else compute(old_method, old.table.only(common))
    reads = same or _readable(old_method, new)
    if not reads:
        return [old, alone, alone, alone, alone, new]
    full = len(common) == len(new.units)
    joined = new if same else compute(old_method, new.table)
    measured = joined if full else compute(old_method, new.table.only(common))
    weighted = new if same else compute(_weights_of(new_method, old_method), new.table)
    return [old, alone, measured, joined, weighted, new]


def _readable(method: Method, result: Result) -> bool:
    """Whether the old method can be computed on the new table: it has all of its columns."""
    columns, codes = set(result.table.columns), {node.code for node in method.nodes}
    needed = {n for leaf in method.leaves for n in (leaf.measure, leaf.denominator) if n}
    return needed <= columns and set(result.table.absent) <= codes


def _weights_of(new: Method, old: Method) -> Method:
    """The old method with the new one's weights wherever a node has the same code and parent."""
    own = {node.code: node for node in new.nodes}
    return old.with_nodes(
        replace(node, weight=own[node.code].weight)
        if node.code in own and own[node.code].parent == node.parent
        else node
        for node in old.nodes
    )


def _aligned(result: Result, units: list[str], code: str) -> FloatArray:
    rows = [result.table.row(unit) for unit in units]
    return np.asarray(result.scores[code][rows])
