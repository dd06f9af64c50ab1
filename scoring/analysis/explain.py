"""From a score down the tree to the measures behind it, and what each part brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring.engine.arrays import plain
from scoring.engine.combine import shares
from scoring.engine.leaves import covered, given_nodes
from scoring.engine.result import Result
from scoring.engine.rollup import children_inputs
from scoring.method.tree import ROOT, Title

State = Literal["scored", "missing", "absent", "given"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A node for one unit. Contributions of the children of a node sum to the node's own."""

    code: str
    name: Title
    depth: int
    """0 for the node that was asked for."""
    state: State
    """scored; missing (no data); absent (structural zero); given (the table held the score)."""
    score: float | None
    """Normalised, unrounded."""
    rank: int | None
    of: int
    """How many units hold a rank at this node."""
    weight: float
    """As in the method, relative to its siblings."""
    share: float | None
    """Part of its parent's weight for this unit, after rules for missing siblings; `None` where
    it does not count."""
    contribution: float | None
    """In points of the node that was asked for."""
    coverage: float
    measure: str | None
    """The column a leaf reads."""
    value: float | None
    """A leaf's value as read."""
    denominator: str | None
    treatment: str | None
    """What was done to a leaf's column; `none` if nothing."""
    treated: float | None
    """The value after denominator, imputation and treatment."""
    imputed: bool
    normaliser: str | None
    direction: int
    notes: tuple[str, ...]
    """What concerns the node for this unit."""
    children: tuple[Explanation, ...]

    def walk(self) -> Iterator[Explanation]:
        """This node and all below it, in the order of the tree."""
        yield self
        for child in self.children:
            yield from child.walk()


def explain(result: Result, unit: str, code: str = ROOT, depth: int | None = None) -> Explanation:
    """The tree below a node for one unit, `depth` levels deep (all of them by default).

    What a leaf's measure was counted from (posts, readings, raw answers) is known to the store,
    which finds it by unit and measure. Raises UnknownName.
    """
    row = result.table.row(unit)
    score = plain(result.scores[result.method.node(code).code][row])
    return _explained(result, code, row, 0, depth, None, score)


def _explained(
    result: Result,
    code: str,
    row: int,
    level: int,
    depth: int | None,
    share: float | None,
    contribution: float | None,
) -> Explanation:
    node, score = result.method.node(code), plain(result.scores[code][row])
    children: tuple[Explanation, ...] = ()
    state = _state(result, code, row)
    if state != "given" and (depth is None or level < depth):
        children = tuple(_children(result, code, row, level + 1, depth, contribution, state))
    trace = None if node.measure is None or state == "given" else result.leaves[code]
    unit = result.units[row]
    return Explanation(
        code=code,
        name=node.name,
        depth=level,
        state=state,
        score=score,
        rank=result.rank(unit, code),
        of=int(np.count_nonzero(result.ranks(code))),
        weight=node.weight,
        share=share,
        contribution=contribution,
        coverage=float(result.coverage[code][row]),
        measure=node.measure,
        value=None if trace is None else plain(trace.raw[row]),
        denominator=node.denominator,
        treatment=None if trace is None else trace.treated.done,
        treated=None if trace is None else plain(trace.treated.values[row]),
        imputed=trace is not None and bool(trace.imputed[row]),
        normaliser=None if node.measure is None else node.normalise.kind,
        direction=node.direction,
        notes=tuple(_notes(result, code, unit)),
        children=children,
    )


def _state(result: Result, code: str, row: int) -> State:
    given = given_nodes(result.method, result.table)
    if code in given:
        return "given"
    for node in result.method.lineage(code):
        if node.code in result.table.absent and result.table.absent[node.code][row]:
            return "absent"
    if np.isnan(result.scores[code][row]):
        return "missing"
    return "given" if covered(result.method, code, given) else "scored"


def _children(
    result: Result,
    code: str,
    row: int,
    level: int,
    depth: int | None,
    contribution: float | None,
    state: State,
) -> Iterator[Explanation]:
    children = result.method.children(code)
    if not children:
        return
    inputs = children_inputs(result.method, result.method.node(code), result.scores)
    weights = inputs.weights[:, row]
    parts = shares(inputs.values, inputs.weights, result.method.node(code).combine)[:, row]
    own = result.scores[code][row]
    for child, weight, part in zip(children, weights, parts, strict=True):
        counts = state == "scored" and weight > 0 and not np.isnan(own)
        share = float(weight / weights.sum()) if counts else None
        brought = None
        if share is not None and contribution is not None:
            # A node of score 0 may bring points where nodes are outranked: shared by weight.
            brought = float(contribution * (part / own if own else share))
        yield _explained(result, child.code, row, level, depth, share, brought)


def _notes(result: Result, code: str, unit: str) -> Iterator[str]:
    for note in result.notes:
        if note.code == code and (not note.units or unit in note.units):
            yield note.message
    if code == ROOT:
        for left_out in result.exclusions:
            if left_out.unit == unit:
                lacking = ", ".join(left_out.lacking)
                yield (
                    f"left out: {left_out.reason}, {left_out.present} of {left_out.of} parts"
                    f" present, without {lacking}"
                )
