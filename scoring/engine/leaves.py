"""From a table's columns to normalised leaf scores: denominator, imputation, treatment,
direction, normaliser, in this order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray
from scoring.engine.impute import impute
from scoring.engine.normalise import degenerate, normalise
from scoring.engine.presence import covered, given_nodes
from scoring.engine.result import LeafTrace, Note
from scoring.engine.table import Table
from scoring.engine.treat import treat
from scoring.errors import TableError, TableProblem
from scoring.method.specs import (
    Borda,
    DistanceToReference,
    Goalposts,
    NoNormaliser,
    Rank,
    RatingNormaliser,
)
from scoring.method.tree import Method, Node

_NO_RANGE_NEEDED = (Borda, Rank, Goalposts, RatingNormaliser, NoNormaliser)


def check_columns(method: Method, table: Table) -> None:
    """Raises TableError naming every column and unit that the method needs and is not there."""
    if problems := list(_lacking(method, table)):
        raise TableError("table", problems)


def _lacking(method: Method, table: Table) -> Iterator[TableProblem]:
    given = given_nodes(method, table)
    for leaf in method.leaves:
        if covered(method, leaf.code, given):
            continue
        for name in (leaf.measure, leaf.denominator):
            if name is not None and name not in table.columns:
                message = f"not in the table, but indicator {leaf.code!r} needs it"
                yield TableProblem(message, column=name)
        spec = leaf.normalise
        if isinstance(spec, DistanceToReference) and spec.unit not in table.position:
            message = f"unknown unit: the reference of indicator {leaf.code!r}"
            yield TableProblem(message, unit=spec.unit)
    for code in sorted(table.absent.keys() - {node.code for node in method.nodes}):
        yield TableProblem(f"units are absent at {code!r}, which the method has not")


def trace_leaf(method: Method, leaf: Node, table: Table) -> LeafTrace:
    """A leaf's column up to and including treatment."""
    empty = np.full(len(table.units), np.nan)
    apart = _apart(method, leaf, table)
    raw = np.where(apart, np.nan, table.columns.get(leaf.measure or "", empty))
    shared = raw
    if leaf.denominator is not None:
        below = table.columns.get(leaf.denominator, empty)
        shared = np.where(below > 0, raw / np.where(below > 0, below, 1.0), np.nan)
    prepared, imputed = impute(shared, leaf.impute, table.groups, apart)
    return LeafTrace(raw, prepared, imputed, treat(prepared, leaf.treat))


def _apart(method: Method, leaf: Node, table: Table) -> BoolArray:
    """Units that are structurally absent at the leaf or above it."""
    apart = np.zeros(len(table.units), dtype=bool)
    for node in method.lineage(leaf.code):
        if node.code in table.absent:
            apart |= table.absent[node.code]
    return apart


def leaf_scores(leaf: Node, trace: LeafTrace, table: Table) -> FloatArray:
    """The normalised column."""
    spec = leaf.normalise
    reference = table.position.get(spec.unit) if isinstance(spec, DistanceToReference) else None
    return normalise(trace.treated.values, spec, leaf.direction, reference)


def leaf_notes(leaf: Node, trace: LeafTrace, table: Table) -> Iterator[Note]:
    """What a reader must know about a leaf."""
    values, spec = trace.treated.values, leaf.normalise
    undefined = np.isnan(trace.prepared) & ~np.isnan(trace.raw)
    yield from _note(leaf, "undefined", "the denominator is not above 0", undefined, table)
    if np.isnan(values).all():
        yield Note(leaf.code, "no_data", "no unit has a value: left out, weights rescaled")
        return
    if degenerate(values) and not isinstance(spec, _NO_RANGE_NEEDED):
        yield Note(leaf.code, "zero_range", "all values are equal: the middle of the scale")
    elif isinstance(spec, DistanceToReference):
        at = values[table.position[spec.unit]] * leaf.direction
        if not at > np.nanmin(values * leaf.direction):
            message = f"reference {spec.unit!r} is missing or the least: the middle of the scale"
            yield Note(leaf.code, "zero_range", message)
    if spec.kind == "fraction_of_max" and np.nanmax(values * leaf.direction) <= 0:
        message = "the greatest value is not above 0: a fraction of it reverses the order"
        yield Note(leaf.code, "out_of_scale", message)
    if isinstance(spec, RatingNormaliser):
        outside = (values < 0) | (values > spec.max)
        yield from _note(leaf, "out_of_scale", f"outside 0 to {spec.max:g}", outside, table)
    yield from _note(leaf, "imputed", f"filled in: {leaf.impute.kind}", trace.imputed, table)
    if trace.treated.done in ("winsorised", "log", "not passed"):
        points = trace.treated.points
        yield Note(leaf.code, "treated", trace.treated.done, _named(points, table))


def _note(leaf: Node, kind: str, message: str, where: BoolArray, table: Table) -> Iterator[Note]:
    if where.any():
        yield Note(leaf.code, kind, message, _named(where, table))  # type: ignore[arg-type]


def _named(where: BoolArray, table: Table) -> tuple[str, ...]:
    return tuple(unit for unit, marked in zip(table.units, where, strict=True) if marked)
