"""How sure the ranks are: the same table under many equally defensible methods.

Each run draws one option of every rule (another normalisation, without the ratings …) and moves
every weight by up to a quarter of itself, up or down, evenly. The band of a unit is the range of
its ranks from the 5th to the 95th percentile. Seeded: the same inputs give the same bands.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray, IntArray
from scoring.engine.compute import compute
from scoring.engine.leaves import check_columns, leaf_scores, trace_leaf
from scoring.engine.presence import given_nodes, presence_of
from scoring.engine.rank import ranks
from scoring.engine.rollup import roll_up
from scoring.engine.table import Table
from scoring.errors import UnknownName
from scoring.method.specs import Log1p, MinMax, NoTreatment, PercentileRank
from scoring.method.tree import ROOT, Method, Node
from scoring.method.weights import depth

MethodRule = Callable[[Method], Method]
"""Makes an equally defensible method of one."""

TOP = 10
"""So many cities are among the first."""
CHUNK = 250
"""Runs computed at a time: bounds the memory."""


def as_it_is(method: Method) -> Method:
    """The method itself."""
    return method


def without_log(method: Method) -> Method:
    """Counts enter as they are instead of as ln(1+x)."""
    return _leaves(
        method,
        lambda leaf: replace(leaf, treat=NoTreatment()) if isinstance(leaf.treat, Log1p) else leaf,
    )


def by_rank(method: Method) -> Method:
    """Percentile ranks instead of min-max."""
    return _leaves(
        method,
        lambda leaf: (
            replace(leaf, normalise=PercentileRank(kind="percentile_rank", scale=spec.scale))
            if isinstance(spec := leaf.normalise, MinMax)
            else leaf
        ),
    )


def without_ratings(method: Method) -> Method:
    """Without the qualitative parts: nodes whose code ends in `_qualitative` weigh nothing."""
    return method.with_weights(
        {node.code: 0.0 for node in method.nodes if node.code.endswith("_qualitative")}
    )


def _leaves(method: Method, change: Callable[[Node], Node]) -> Method:
    return method.with_nodes(change(n) if n.measure is not None else n for n in method.nodes)


@dataclass(frozen=True)
class RobustnessPlan:
    """What is varied, and how often."""

    rules: Mapping[str, Sequence[MethodRule]] = field(default_factory=dict)
    """Options by the name of what they vary; the first one is the method as published."""
    noise: float = 0.25
    """Greatest relative change of a weight."""
    depths: frozenset[int] | None = None
    """At which depths of the tree (1 = children of the root) weights are moved; `None` = all."""
    runs: int = 1000
    seed: int = 2025


def standard_plan(method: Method, runs: int = 1000, seed: int = 2025) -> RobustnessPlan:
    """Weights by a quarter; min-max of logs, of plain values, percentile ranks; with and without
    ratings where the method has any."""
    rules: dict[str, Sequence[MethodRule]] = {"normalisation": (as_it_is, without_log, by_rank)}
    if any(node.code.endswith("_qualitative") for node in method.nodes):
        rules["ratings"] = (as_it_is, without_ratings)
    return RobustnessPlan(rules=rules, runs=runs, seed=seed)


@dataclass(frozen=True, slots=True)
class RankBand:
    """The ranks of one unit over all runs."""

    unit: str
    nominal: int | None
    """Under the method as published."""
    mean: float
    median: float
    low: float
    """5th percentile: the better end."""
    high: float
    """95th percentile."""
    in_top_ten: float = 0.0
    """Share of all runs, 0 to 1, in which it is among the first ten."""

    @property
    def whole(self) -> tuple[int, int]:
        """The band in whole ranks, outwards."""
        return math.floor(self.low), math.ceil(self.high)


class Ensemble:
    """A table under all combinations of a plan's rules, each prepared once when first drawn."""

    def __init__(
        self, method: Method, table: Table, plan: RobustnessPlan, code: str = ROOT
    ) -> None:
        method.node(code)
        check_columns(method, table)
        self.method, self.table, self.plan, self.code = method, table, plan, code
        self.given = given_nodes(method, table)
        self.options = [len(options) for options in plan.rules.values()]
        self._prepared: dict[tuple[int, ...], tuple[Method, dict[str, FloatArray]]] = {}

    def moved_nodes(self) -> list[Node]:
        """Nodes whose weight is moved: those with siblings and a weight, at the plan's depths."""
        found = []
        for node in self.method.nodes:
            if node.parent is None or node.weight == 0:
                continue
            siblings = self.method.children(node.parent)
            deep = self.plan.depths is None or depth(self.method, node.code) in self.plan.depths
            if len(siblings) > 1 and deep:
                found.append(node)
        return found

    def draw_factors(self, rng: np.random.Generator, runs: int) -> dict[str, FloatArray]:
        """For each moved node, what its weight is multiplied by in each run."""
        low, high = 1 - self.plan.noise, 1 + self.plan.noise
        return {node.code: rng.uniform(low, high, runs) for node in self.moved_nodes()}

    def ranks(self, choices: IntArray, factors: Mapping[str, FloatArray]) -> IntArray:
        """Ranks (runs, units) under the options chosen (runs, rules) and the weight factors."""
        found = np.zeros((len(choices), len(self.table.units)), dtype=np.int64)
        for combination in product(*(range(count) for count in self.options)):
            chosen = np.flatnonzero((choices == np.array(combination, dtype=int)).all(axis=1))
            for start in range(0, len(chosen), CHUNK):
                rows = chosen[start : start + CHUNK]
                found[rows] = self._ranks(combination, rows, factors)
        return found

    def _ranks(
        self, combination: tuple[int, ...], rows: IntArray, factors: Mapping[str, FloatArray]
    ) -> IntArray:
        method, leaves = self._variant(combination)
        weights = {code: method.node(code).weight * f[rows] for code, f in factors.items()}
        presence = presence_of(method, self.table, self.given, leaves)
        scores = roll_up(method, leaves, self.table, self.given, weights, presence)[self.code]
        scores = np.broadcast_to(scores, (len(rows), len(self.table.units)))
        out = presence.absent[self.code]
        if not method.is_leaf(self.code):
            out = out | ~presence.known[self.code]
        return ranks(np.where(out, np.nan, scores))

    def _variant(self, combination: tuple[int, ...]) -> tuple[Method, dict[str, FloatArray]]:
        if combination not in self._prepared:
            method = self.method
            for rule, option in zip(self.plan.rules.values(), combination, strict=True):
                method = rule[option](method)
            leaves = {
                leaf.code: leaf_scores(leaf, trace_leaf(method, leaf, self.table), self.table)
                for leaf in method.leaves
            }
            self._prepared[combination] = method, leaves
        return self._prepared[combination]


@dataclass(frozen=True)
class DrawnRanks:
    """The ranks of every unit at one node in every run of a plan."""

    units: tuple[str, ...]
    nominal: tuple[int | None, ...]
    """Under the method as published."""
    drawn: IntArray
    """Shape (runs, units); 0 where a unit has no rank."""

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.drawn)

    def column(self, unit: str) -> IntArray:
        """A unit's ranks, shape (runs,). Raises UnknownName."""
        if unit not in self.units:
            raise UnknownName("unit", unit, self.units)
        return np.asarray(self.drawn[:, self.units.index(unit)])


def drawn_ranks(
    method: Method, table: Table, plan: RobustnessPlan | None = None, code: str = ROOT
) -> DrawnRanks:
    """The ranks of all runs at the node `code`. Raises UnknownName or TableError."""
    plan = standard_plan(method) if plan is None else plan
    ensemble = Ensemble(method, table, plan, code)
    rng = np.random.default_rng(plan.seed)
    choices = np.zeros((plan.runs, len(ensemble.options)), dtype=np.int64)
    for at, count in enumerate(ensemble.options):
        choices[:, at] = rng.integers(count, size=plan.runs)
    drawn = ensemble.ranks(choices, ensemble.draw_factors(rng, plan.runs))
    nominal = compute(method, table)
    ranked = tuple(nominal.rank(unit, code) for unit in table.units)
    return DrawnRanks(tuple(table.units), ranked, drawn)


def rank_bands(
    method: Method, table: Table, plan: RobustnessPlan | None = None, code: str = ROOT
) -> dict[str, RankBand]:
    """The band of every unit that has a rank in any run, at the node `code`.

    Raises UnknownName or TableError.
    """
    found = drawn_ranks(method, table, plan, code)
    always = (found.drawn > 0).all(axis=0)
    bands = _bands(found, np.flatnonzero(always))
    for row in np.flatnonzero(~always & found.drawn.any(axis=0)):
        bands |= _bands(found, np.array([row]), found.drawn[:, row] > 0)
    return {found.units[row]: bands[row] for row in sorted(bands)}


def _bands(
    found: DrawnRanks, rows: IntArray, ranked: BoolArray | None = None
) -> dict[int, RankBand]:
    """By row of a unit, of units that have a rank in every run, or in those that are marked."""
    drawn = found.drawn[:, rows]
    held = drawn if ranked is None else drawn[ranked]
    low, median, high = np.percentile(held, [5, 50, 95], axis=0).tolist()
    first = ((held <= TOP).sum(axis=0) / found.runs).tolist()
    numbers = zip(rows.tolist(), held.mean(axis=0).tolist(), median, low, high, first, strict=True)
    return {row: RankBand(found.units[row], found.nominal[row], *of) for row, *of in numbers}


def whole_bands(bands: Mapping[str, RankBand]) -> dict[str, tuple[int, int]]:
    """(best, worst) rank by unit, as `top` shows them."""
    return {unit: band.whole for unit, band in bands.items()}
