"""From leaf scores up the tree to the root, under each node's own rules.

Everything here also works on many runs at once: weights of shape (runs, children) give scores of
shape (runs, units).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray
from scoring.engine.combine import combine
from scoring.engine.presence import Presence, presence_of
from scoring.engine.table import Table
from scoring.method.tree import ROOT, Method, Node

Weights = Mapping[str, float | FloatArray]
"""By node code: one weight, or one for each run."""


@dataclass(frozen=True, slots=True)
class NodeInputs:
    """What a node combines, after its rules for missing children."""

    values: FloatArray
    """(..., children, units); 0 where a child is missing."""
    weights: FloatArray
    """(..., children, units); 0 where a child does not count. A view where all units have the same:
    not to be written to."""
    allowed: BoolArray
    """Enough children are present: (..., units), or what stands for all runs or units alike."""


def node_inputs(
    node: Node, scores: FloatArray, weights: FloatArray, absent: BoolArray | None = None
) -> NodeInputs:
    """Applies availability and the missing policy; `scores` (..., children, units) with NaN,
    `weights` (..., children), `absent` (children, units). Availability is asked of the children
    that count and are there: neither of those of weight 0 nor of structurally absent ones, unless
    all are absent, which makes a structural zero of the node.
    """
    present = ~np.isnan(scores)
    whole = bool(present.all())
    counted = _counts(weights)[..., None]
    asked = counted if absent is None else counted & ~absent
    of = asked.sum(axis=-2)
    have = of if whole else (present & asked).sum(axis=-2)
    allowed = (of > 0) & (have / np.maximum(of, 1) >= node.availability)
    allowed |= (of == 0) & counted.any(axis=-2)
    alike = np.broadcast_shapes((*weights.shape, 1), scores.shape)
    spread = np.broadcast_to(weights[..., None], alike)
    if node.missing == "renormalise" and not whole:
        spread = spread * present
    elif node.missing == "missing":
        allowed &= have == of
    values = scores if whole else np.where(present, scores, 0.0)
    return NodeInputs(values, spread, np.asarray(allowed))


def _counts(weights: FloatArray) -> BoolArray:
    """Which children count: once, where they are the same in all runs."""
    counts = weights > 0
    first = counts.reshape(-1, counts.shape[-1])[:1]
    return first[0] if counts.ndim > 1 and bool((counts == first).all()) else counts


def node_scores(node: Node, inputs: NodeInputs) -> FloatArray:
    """The node's scores, shape (..., units)."""
    combined = combine(inputs.values, inputs.weights, node.combine)
    return np.where(inputs.allowed, combined, np.nan)


def children_inputs(
    method: Method,
    node: Node,
    scores: Mapping[str, FloatArray],
    presence: Presence,
    weights: Weights | None = None,
) -> NodeInputs:
    """The inputs of an inner node from the scores of its children."""
    children = method.children(node.code)
    absent = np.array([presence.absent[c.code] for c in children])
    stacked = _stacked([scores[c.code] for c in children])
    if not weights:
        own = np.array([c.weight for c in children], dtype=np.float64)
        return node_inputs(node, stacked, own, absent)
    each = [np.asarray(weights.get(c.code, c.weight), dtype=np.float64) for c in children]
    return node_inputs(node, stacked, np.stack(np.broadcast_arrays(*each), axis=-1), absent)


def _stacked(scores: Sequence[FloatArray]) -> FloatArray:
    """Children before units; those of one run (the usual case) without asking for shapes."""
    if all(one.ndim == 1 for one in scores):
        return np.array(scores)
    return np.stack(np.broadcast_arrays(*scores), axis=-2)


def roll_up(
    method: Method,
    leaf_scores: Mapping[str, FloatArray],
    table: Table,
    given: frozenset[str],
    weights: Weights | None = None,
    presence: Presence | None = None,
) -> dict[str, FloatArray]:
    """Scores of all nodes. `given` nodes take their scores from the table; units that are
    structurally absent at a node get 0 there. At the root, a unit of which nothing is known has
    no score, whatever the rules for missing children would make of it. `presence`: that of these
    leaf scores, where it is known already.
    """
    presence = presence or presence_of(method, table, given, leaf_scores)
    scores: dict[str, FloatArray] = {}
    for node in method.upwards:
        if node.code in given:
            own = table.columns[node.code]
        elif node.measure is not None:
            own = leaf_scores[node.code]
        else:
            own = node_scores(node, children_inputs(method, node, scores, presence, weights))
        absent = presence.absent[node.code]
        scores[node.code] = np.where(absent, 0.0, own) if absent.any() else own
    scores[ROOT] = np.where(presence.known[ROOT], scores[ROOT], np.nan)
    return scores


def coverage(
    method: Method,
    table: Table,
    given: frozenset[str],
    raw: Mapping[str, FloatArray],
    presence: Presence,
) -> dict[str, FloatArray]:
    """By node, the share by weight of the leaves below it that had data, for each unit.

    What is structurally absent is no part of it: neither data nor lacking. Where a node is absent
    as a whole, nothing lacks.
    """
    share: dict[str, FloatArray] = {}
    loaded: dict[str, bool] = {}
    for node in method.upwards:
        children = method.children(node.code)
        if node.code in given or not children:
            values = table.columns[node.code] if node.code in given else raw[node.code]
            share[node.code] = (~np.isnan(values)).astype(np.float64)
            loaded[node.code] = bool(share[node.code].any())
        else:
            weight = {
                c.code: c.weight * loaded[c.code] * ~presence.absent[c.code] for c in children
            }
            nothing = np.zeros(len(table.units))
            total = sum(weight.values(), nothing)
            parts = sum((weight[c.code] * share[c.code] for c in children), nothing)
            share[node.code] = np.where(total > 0, parts / np.where(total > 0, total, 1.0), 0.0)
            loaded[node.code] = any(loaded[c.code] for c in children)
        share[node.code] = np.where(presence.absent[node.code], 1.0, share[node.code])
    return share
