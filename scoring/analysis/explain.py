"""From a score down the tree to the measures behind it, and what each part brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from scoring.engine.arrays import plain
from scoring.engine.combine import shares
from scoring.engine.presence import covered, given_nodes
from scoring.engine.result import Result
from scoring.engine.rollup import children_inputs
from scoring.method.tree import ROOT, Node, Title

NodeState = Literal["scored", "missing", "absent", "given"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A node for one unit. Contributions of the children of a node sum to the node's own."""

    code: str
    name: Title
    depth: int
    """0 for the node that was asked for."""
    state: NodeState
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
    least: float | None
    """Of the values that the panel's units have, as read; and"""
    greatest: float | None
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
    return _Walk(result, row, depth).explanation(code, 0, None, score)


@dataclass(frozen=True, slots=True)
class _Walk:
    """The way down the tree for one unit."""

    result: Result
    row: int
    depth: int | None

    def explanation(
        self, code: str, level: int, share: float | None, contribution: float | None
    ) -> Explanation:
        """The node and what is below it; `share` and `contribution` are its own."""
        result, row, node = self.result, self.row, self.result.method.node(code)
        state = _state(result, code, row)
        children: tuple[Explanation, ...] = ()
        if state != "given" and (self.depth is None or level < self.depth):
            children = tuple(self._children(code, level + 1, contribution, state))
        return Explanation(
            code=code,
            name=node.name,
            depth=level,
            state=state,
            score=plain(result.scores[code][row]),
            rank=result.rank(result.units[row], code),
            of=int(np.count_nonzero(result.ranks(code))),
            weight=node.weight,
            share=share,
            contribution=contribution,
            coverage=float(result.coverage[code][row]),
            measure=node.measure,
            denominator=node.denominator,
            normaliser=None if node.measure is None else node.normalise.kind,
            direction=node.direction,
            notes=tuple(_notes(result, code, result.units[row])),
            children=children,
            **self._leaf(node, state),
        )

    def _leaf(self, node: Node, state: NodeState) -> dict[str, Any]:
        """What was done to a leaf's value; nothing for inner nodes and given scores."""
        if node.measure is None or state == "given":
            none = ("value", "treatment", "treated", "least", "greatest")
            return {**dict.fromkeys(none), "imputed": False}
        trace = self.result.leaves[node.code]
        known = trace.raw[~np.isnan(trace.raw)]
        return {
            "least": float(known.min()) if known.size else None,
            "greatest": float(known.max()) if known.size else None,
            "value": plain(trace.raw[self.row]),
            "treatment": trace.treated.done,
            "treated": plain(trace.treated.values[self.row]),
            "imputed": bool(trace.imputed[self.row]),
        }

    def _children(
        self, code: str, level: int, contribution: float | None, state: NodeState
    ) -> Iterator[Explanation]:
        result, row, node = self.result, self.row, self.result.method.node(code)
        children = result.method.children(code)
        if not children:
            return
        inputs = children_inputs(result.method, node, result.scores, result.presence)
        weights = inputs.weights[:, row]
        parts = shares(inputs.values, inputs.weights, node.combine)[:, row]
        own = result.scores[code][row]
        for child, weight, part in zip(children, weights, parts, strict=True):
            counts = state == "scored" and weight > 0 and not np.isnan(own)
            share = float(weight / weights.sum()) if counts else None
            points = None
            if share is not None and contribution is not None:
                # A node of score 0 may bring points where nodes are outranked: shared by weight.
                points = float(contribution * (part / own if own else share))
            yield self.explanation(child.code, level, share, points)


def _state(result: Result, code: str, row: int) -> NodeState:
    given = given_nodes(result.method, result.table)
    if code in given:
        return "given"
    for node in result.method.lineage(code):
        if result.presence.absent[node.code][row]:
            return "absent"
    if np.isnan(result.scores[code][row]):
        return "missing"
    return "given" if covered(result.method, code, given) else "scored"


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
