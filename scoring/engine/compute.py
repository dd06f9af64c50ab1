"""The engine: a method and a table in, scores of every node out. Pure and repeatable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from scoring.engine.arrays import FloatArray, frozen
from scoring.engine.combine import defined
from scoring.engine.leaves import (
    check_columns,
    leaf_notes,
    leaf_scores,
    trace_leaf,
)
from scoring.engine.presence import Presence, covered, given_nodes, presence_of
from scoring.engine.result import Exclusion, LeafTrace, Note, Result
from scoring.engine.rollup import children_inputs, coverage, roll_up
from scoring.engine.table import Table
from scoring.errors import TableError, TableProblem
from scoring.method.specs import GeneralisedMean
from scoring.method.tree import ROOT, Method


def compute(method: Method, table: Table) -> Result:
    """Scores of all nodes for all units. Never rounds; the same input gives the same bytes.

    Raises TableError if the table lacks what the method needs, or if its numbers lead beyond the
    range of computing: a score is finite or missing, never infinite.
    """
    check_columns(method, table)
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            result = _computed(method, table)
    except FloatingPointError as error:
        problem = TableProblem(f"these numbers lead beyond the range of computing ({error})")
        raise TableError(method.id, [problem]) from error
    infinite = [code for code, scores in result.scores.items() if np.isinf(scores).any()]
    if infinite:
        problems = [TableProblem("a score is infinite", column=code) for code in infinite]
        raise TableError(method.id, problems)
    return result


def _computed(method: Method, table: Table) -> Result:
    given = given_nodes(method, table)
    traces = {leaf.code: trace_leaf(method, leaf, table) for leaf in method.leaves}
    normalised = {leaf.code: leaf_scores(leaf, traces[leaf.code], table) for leaf in method.leaves}
    presence = presence_of(method, table, given, normalised)
    scores = roll_up(method, normalised, table, given, presence=presence)
    raw = {code: trace.raw for code, trace in traces.items()}
    return Result(
        method=method,
        table=table,
        scores={code: frozen(values) for code, values in scores.items()},
        coverage=coverage(method, table, given, raw, presence),
        leaves=traces,
        notes=tuple(_notes(method, table, given, traces, scores, presence)),
        exclusions=tuple(_exclusions(method, table, given, scores, presence)),
    )


def _notes(
    method: Method,
    table: Table,
    given: frozenset[str],
    traces: Mapping[str, LeafTrace],
    scores: Mapping[str, FloatArray],
    presence: Presence,
) -> Iterator[Note]:
    for node in method.nodes:
        if covered(method, node.code, given):
            continue
        if node.measure is not None:
            yield from leaf_notes(node, traces[node.code], table)
        elif node.combine.kind in ("geometric", "harmonic", "mazziotta_pareto") or isinstance(
            node.combine, GeneralisedMean
        ):
            inputs = children_inputs(method, node, scores, presence)
            lost = ~defined(inputs.values, inputs.weights) & inputs.allowed
            lost &= np.isnan(scores[node.code])
            if lost.any():
                units = tuple(np.array(table.units, dtype=object)[lost])
                yield Note(node.code, "undefined", "a child's score is below 0: missing", units)


def _exclusions(
    method: Method,
    table: Table,
    given: frozenset[str],
    scores: Mapping[str, FloatArray],
    presence: Presence,
) -> Iterator[Exclusion]:
    root = method.node(ROOT)
    counted = [child for child in method.children(ROOT) if child.weight > 0]
    for row in np.flatnonzero(np.isnan(scores[ROOT])):
        unit = table.units[row]
        if ROOT in given:
            yield Exclusion(unit, "no_data", 0, 0, ())
            continue
        children = [child for child in counted if not presence.absent[child.code][row]]
        lacking = tuple(c.code for c in children if np.isnan(scores[c.code][row]))
        have, of = len(children) - len(lacking), len(children)
        if of == 0:
            yield Exclusion(unit, "absent", 0, 0, ())
        elif not presence.known[ROOT][row]:
            unknown = tuple(c.code for c in children if not presence.known[c.code][row])
            yield Exclusion(unit, "no_data", 0, of, unknown)
        elif have / of < root.availability:
            yield Exclusion(unit, "availability", have, of, lacking)
        elif lacking and root.missing == "missing":
            yield Exclusion(unit, "missing", have, of, lacking)
        else:
            yield Exclusion(unit, "undefined", have, of, lacking)
