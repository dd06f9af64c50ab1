"""Which units a node says anything of: where they are structurally absent, where data is known.

A structural zero (a city without an account on a platform) is a score, and yet no data: it never
stands in for what was not collected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray
from scoring.engine.table import Table
from scoring.method.tree import Method


@dataclass(frozen=True, slots=True)
class Presence:
    """By node code, one mark a unit."""

    absent: Mapping[str, BoolArray]
    """Structurally absent: said of the node by the table, or of every child that counts."""
    known: Mapping[str, BoolArray]
    """A value (or what the method fills in for it) at a leaf below the node that counts, or a given
    score."""


def presence_of(
    method: Method, table: Table, given: frozenset[str], leaf_scores: Mapping[str, FloatArray]
) -> Presence:
    """For every node; children of weight 0 do not count."""
    absent: dict[str, BoolArray] = {}
    known: dict[str, BoolArray] = {}
    nobody = np.zeros(len(table.units), dtype=bool)
    for node in method.upwards:
        gone = table.absent.get(node.code, nobody)
        counted = [child for child in method.children(node.code) if child.weight > 0]
        if node.code in given:
            there = ~np.isnan(table.columns[node.code])
        elif node.measure is not None:
            there = ~np.isnan(leaf_scores[node.code])
        else:
            there = np.logical_or.reduce([nobody, *(known[child.code] for child in counted)])
            if counted:
                gone = gone | np.logical_and.reduce([absent[child.code] for child in counted])
        absent[node.code], known[node.code] = gone, there & ~gone
    return Presence(absent, known)


def given_nodes(method: Method, table: Table) -> frozenset[str]:
    """Inner nodes whose scores the table gives, in a column named by their code."""
    return frozenset(n.code for n in method.nodes if n.measure is None and n.code in table.columns)


def covered(method: Method, code: str, given: frozenset[str]) -> bool:
    """Whether a node or one above it is given, so that nothing below it is needed."""
    return bool(given) and any(node.code in given for node in method.lineage(code))
