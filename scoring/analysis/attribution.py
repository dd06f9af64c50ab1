"""Splits a node's change between two results of the same method over the leaves below it.

At each node the change is shared among its children by stepping from the old inputs to the new
ones one child at a time, along two orders (first to last, last to first) and with the change of
weights (data that came or went) either before or after; the mean of the four ways is exact, fair
to both ends, and the same for every call. A child's part is then passed down to its own
children in proportion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray
from scoring.engine.combine import combine
from scoring.engine.result import Result
from scoring.engine.rollup import children_inputs
from scoring.method.tree import Node

Key = tuple[Literal["measure", "coverage", "account"], str]

SMALL = 1e-9
"""Changes below it are not passed on in proportion (the quotient would be noise)."""


def attribute(
    old: Result, new: Result, units: Sequence[str], code: str, change: FloatArray
) -> dict[Key, FloatArray]:
    """Points by (kind, node) for the units; they sum to `change`, the change at node `code`."""
    found: dict[Key, FloatArray] = {}
    rows = [[result.table.row(unit) for unit in units] for result in (old, new)]
    for key, points in _passed(old, new, rows, old.method.node(code), change):
        found[key] = found[key] + points if key in found else points
    return found


def _passed(
    old: Result, new: Result, rows: list[list[int]], node: Node, points: FloatArray
) -> Iterator[tuple[Key, FloatArray]]:
    """`points`, the part of the change that came by this node, down to where it began."""
    moved = _absence_changed(old, new, rows, node.code)
    if moved.any():
        yield ("account", node.code), np.where(moved, points, 0.0)
        points = np.where(moved, 0.0, points)
    given = node.code in old.table.columns or node.code in new.table.columns
    if node.measure is not None or given:
        yield ("measure", node.code), points
        return
    own = new.scores[node.code][rows[1]] - old.scores[node.code][rows[0]]
    weight_part, child_parts, moves = _split(old, new, rows, node)
    usable = np.isfinite(own) & (np.abs(own) > SMALL)
    factor = np.where(usable, points / np.where(usable, own, 1.0), 0.0)
    rest = points.copy()
    for child, part, move in zip(old.method.children(node.code), child_parts, moves, strict=True):
        passed = np.where(move, factor * part, 0.0)
        rest = rest - passed
        yield from _passed(old, new, rows, child, passed)
    yield ("coverage", node.code), _clean(rest, factor * weight_part)


def _clean(rest: FloatArray, computed: FloatArray) -> FloatArray:
    """What remains for the node itself; rounding noise is no part worth telling."""
    noise = (np.abs(rest) < 1e-13) & (np.abs(computed) < 1e-13)
    return np.where(noise, 0.0, rest)


def _absence_changed(old: Result, new: Result, rows: list[list[int]], code: str) -> BoolArray:
    before, after = (
        result.presence.absent[code][own] for result, own in zip((old, new), rows, strict=True)
    )
    return np.asarray(before != after)


def _split(
    old: Result, new: Result, rows: list[list[int]], node: Node
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """UnitChange of the node by weights (units), by each child (children, units), and for which
    children the unit had a score at both ends (so that its change is a move)."""
    values, weights = [], []
    for result, own in zip((old, new), rows, strict=True):
        inputs = children_inputs(result.method, node, result.scores, result.presence)
        values.append(inputs.values[:, own])
        weights.append(inputs.weights[:, own])
    counted = [weight > 0 for weight in weights]
    # A child that counts at one end only is held at its value there: then its coming or going
    # is a change of weight alone.
    first = np.where(counted[0], values[0], values[1])
    second = np.where(counted[1], values[1], values[0])
    kind, count = node.combine, len(first)
    by_child = np.zeros_like(first)
    by_weight = np.zeros(first.shape[1])
    for weight, held in ((weights[0], second), (weights[1], first)):
        by_weight += (combine(held, weights[1], kind) - combine(held, weights[0], kind)) / 2
        for order in (range(count), reversed(range(count))):
            at = first.copy()
            score = combine(at, weight, kind)
            for child in order:
                at[child] = second[child]
                stepped = combine(at, weight, kind)
                by_child[child] += (stepped - score) / 4
                score = stepped
    return by_weight, by_child, np.asarray(counted[0] & counted[1])
