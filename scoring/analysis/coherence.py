"""Whether an index hangs together: correlations, effective weights, components, redundancy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring.engine.arrays import FloatArray, plain
from scoring.engine.result import Result
from scoring.method.tree import ROOT
from scoring.method.weights import effective_weights

REDUNDANT = 0.92
"""Siblings that correlate above it measure the same thing twice."""
WEAK = 0.3
"""A child that correlates less than this with its parent has little part in it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Pearson correlation of two nodes' scores over the units that have both."""

    a: str
    b: str
    r: float
    n: int


@dataclass(frozen=True, slots=True)
class CoherenceFlag:
    """Something in the correlations that deserves a look."""

    kind: Literal["redundant", "contrary", "weak"]
    """Siblings alike; siblings or child and parent against each other; child without influence."""
    a: str
    b: str
    r: float


@dataclass(frozen=True, slots=True)
class RealWeight:
    """A node's stated share of the root, and the one it has in fact."""

    code: str
    stated: float
    correlation: float | None
    """With the root's score."""
    effective: float | None
    """Squared correlation with the root, as a share of the sum over the nodes of its depth."""


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of the leaves' standardised scores, over units that have all."""

    leaves: tuple[str, ...]
    units: int
    explained: tuple[float, ...]
    """Share of the variance by component, greatest first."""
    loadings: tuple[tuple[float, ...], ...]
    """Correlation of each leaf with each component (component by leaf)."""


def correlate(result: Result, a: str, b: str) -> Pair:
    """`r` is NaN for fewer than 3 common units or equal scores. Raises UnknownName."""
    first, second = (_present(result, code) for code in (a, b))
    both = ~np.isnan(first) & ~np.isnan(second)
    n = int(both.sum())
    x, y = first[both], second[both]
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Pair(a, b, float("nan"), n)
    return Pair(a, b, float(np.corrcoef(x, y)[0, 1]), n)


def _present(result: Result, code: str) -> FloatArray:
    """A node's scores without the units that are structurally absent at it or above it."""
    scores = result.scores[result.method.node(code).code]
    for node in result.method.lineage(code):
        if node.code in result.table.absent:
            scores = np.where(result.table.absent[node.code], np.nan, scores)
    return scores


def sibling_correlations(result: Result, code: str = ROOT) -> list[Pair]:
    """Every pair of a node's children, in the order of the tree."""
    children = result.method.children(code)
    return [
        correlate(result, a.code, b.code)
        for at, a in enumerate(children)
        for b in children[at + 1 :]
    ]


def coherence_flags(result: Result) -> list[CoherenceFlag]:
    """Redundant or contrary siblings, and children that hardly move their parent or move it the
    wrong way; children of weight 0 are left out."""
    found: list[CoherenceFlag] = []
    for parent in result.method.nodes:
        children = [c for c in result.method.children(parent.code) if c.weight > 0]
        for at, child in enumerate(children):
            for other in children[at + 1 :]:
                pair = correlate(result, child.code, other.code)
                if pair.r > REDUNDANT:
                    found.append(CoherenceFlag("redundant", child.code, other.code, pair.r))
                elif pair.r < -WEAK:
                    found.append(CoherenceFlag("contrary", child.code, other.code, pair.r))
            up = correlate(result, child.code, parent.code)
            if len(children) > 1 and up.r < WEAK:
                kind: Literal["contrary", "weak"] = "contrary" if up.r < 0 else "weak"
                found.append(CoherenceFlag(kind, child.code, parent.code, up.r))
    return found


def real_weights(result: Result, depth: int = 1) -> list[RealWeight]:
    """For the nodes at a depth of the tree, what they are said to weigh and what they do."""
    stated = effective_weights(result.method)
    nodes = [n for n in result.method.nodes if _depth(result, n.code) == depth]
    r = {n.code: plain(correlate(result, n.code, ROOT).r) for n in nodes}
    total = sum(value**2 for code, value in r.items() if value is not None and stated[code] > 0)
    found = []
    for node in nodes:
        own = r[node.code]
        counts = own is not None and stated[node.code] > 0 and total > 0
        effective = own**2 / total if own is not None and counts else None
        found.append(RealWeight(node.code, stated[node.code], own, effective))
    return found


def _depth(result: Result, code: str) -> int:
    return sum(1 for _ in result.method.lineage(code)) - 1


def components(result: Result, code: str = ROOT) -> Components:
    """Principal components of the leaves below a node that have data and differ; none for fewer
    than 3 complete units."""
    leaves = [n.code for n in result.method.below(code) if n.measure is not None]
    columns = {leaf: _present(result, leaf) for leaf in leaves}
    usable = [leaf for leaf in leaves if np.count_nonzero(~np.isnan(columns[leaf])) >= 3]
    if not usable:
        return Components((), 0, (), ())
    matrix = np.stack([columns[leaf] for leaf in usable], axis=1)
    matrix = matrix[~np.isnan(matrix).any(axis=1)]
    if len(matrix) < 3:
        return Components(tuple(usable), len(matrix), (), ())
    varied = [at for at in range(len(usable)) if np.ptp(matrix[:, at]) > 0]
    kept = matrix[:, varied]
    standard = (kept - kept.mean(axis=0)) / kept.std(axis=0, ddof=1)
    _, singular, directions = np.linalg.svd(standard, full_matrices=False)
    variance = singular**2 / (len(kept) - 1)
    # The sign of a component means nothing: its greatest loading is made positive.
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    loadings = directions * signs[:, None] * np.sqrt(variance)[:, None]
    return Components(
        leaves=tuple(usable[at] for at in varied),
        units=len(kept),
        explained=tuple(float(v) for v in variance / variance.sum()),
        loadings=tuple(tuple(float(v) for v in row) for row in loadings),
    )


def cronbach(result: Result, code: str) -> float | None:
    """Cronbach's alpha of a node's children (of weight above 0) over the units that have all;
    `None` for fewer than two children, fewer than 3 units, or equal sums."""
    children = [c.code for c in result.method.children(code) if c.weight > 0]
    if len(children) < 2:
        return None
    matrix = np.stack([_present(result, child) for child in children], axis=1)
    matrix = matrix[~np.isnan(matrix).any(axis=1)]
    if len(matrix) < 3 or np.ptp(matrix.sum(axis=1)) == 0:
        return None
    k = len(children)
    spread = matrix.var(axis=0, ddof=1).sum() / matrix.sum(axis=1).var(ddof=1)
    return float(k / (k - 1) * (1 - spread))
