"""What the engine gives back: every node's scores, and all that is needed to defend them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from scoring.engine.arrays import BoolArray, FloatArray, IntArray, plain
from scoring.engine.presence import Presence, given_nodes, presence_of
from scoring.engine.rank import group_ranks, ranks
from scoring.engine.table import Table
from scoring.engine.treat import Treated
from scoring.method.tree import ROOT, Method

NoteKind = Literal["zero_range", "no_data", "undefined", "imputed", "treated", "out_of_scale"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a node that a reader must know."""

    code: str
    kind: NoteKind
    message: str
    units: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(self.units[:10]) + (" …" if len(self.units) > 10 else "")
        return f"{self.code}: {self.message}" + (f" ({shown})" if shown else "")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A unit that got no score of the root, and why."""

    unit: str
    reason: Literal["availability", "missing", "no_data", "absent", "undefined"]
    """Too few children present; one missing where none may be; nothing known at all; structurally
    absent wherever it would count; or a value for which the combination is not defined."""
    present: int
    of: int
    """The root's children (of weight above 0, and not structurally absent) present, out of how
    many."""
    lacking: tuple[str, ...]
    """Codes of the root's children without a score."""


@dataclass(frozen=True)
class LeafTrace:
    """A leaf's column on its way to the score."""

    raw: FloatArray
    """As read, before the denominator."""
    prepared: FloatArray
    """After denominator and imputation."""
    imputed: BoolArray
    treated: Treated

    def part(self, rows: slice) -> LeafTrace:
        """The trace of some units."""
        treated = replace(
            self.treated,
            before=self.treated.before[rows],
            values=self.treated.values[rows],
            points=self.treated.points[rows],
        )
        return LeafTrace(self.raw[rows], self.prepared[rows], self.imputed[rows], treated)


@dataclass(frozen=True)
class Result:
    """Scores of all nodes for all units of a table under a method."""

    method: Method
    table: Table
    scores: Mapping[str, FloatArray]
    """By node code; leaves as normalised. NaN is a missing score."""
    coverage: Mapping[str, FloatArray]
    """By node code: the share (by weight) of a unit's leaves below it that had data, among the
    leaves for which any unit has; what is structurally absent is no part of it."""
    leaves: Mapping[str, LeafTrace]
    notes: tuple[Note, ...]
    exclusions: tuple[Exclusion, ...]

    @property
    def units(self) -> tuple[str, ...]:
        """As in the table."""
        return self.table.units

    def score(self, unit: str, code: str = ROOT) -> float | None:
        """Unrounded; `None` where missing. Raises UnknownName."""
        self.method.node(code)
        return plain(self.scores[code][self.table.row(unit)])

    @cached_property
    def _ranks(self) -> dict[str, IntArray]:
        return {}

    def ranks(self, code: str = ROOT) -> IntArray:
        """Competition ranks among all units that have a score and are not structurally absent
        at the node; 0 for the others."""
        if code not in self._ranks:
            self.method.node(code)
            self._ranks[code] = ranks(self.ranked_scores(code))
        return self._ranks[code]

    def rank(self, unit: str, code: str = ROOT) -> int | None:
        """`None` for a unit without a rank."""
        return int(self.ranks(code)[self.table.row(unit)]) or None

    def ranked_scores(self, code: str = ROOT) -> FloatArray:
        """The node's scores without the structural zeros and, above the leaves, without what a
        rule has made of no data at all: neither holds a rank."""
        out = self.presence.absent[code]
        if not self.method.is_leaf(code):
            out = out | ~self.presence.known[code]
        return np.where(out, np.nan, self.scores[code])

    @cached_property
    def presence(self) -> Presence:
        """Where units are structurally absent, and where anything is known of them."""
        given = given_nodes(self.method, self.table)
        return presence_of(self.method, self.table, given, self.scores)

    def group_ranks(self, code: str = ROOT) -> IntArray:
        """Ranks within the table's groups; 0 without rank or group."""
        groups = self.table.groups or (None,) * len(self.units)
        return group_ranks(self.ranked_scores(code), groups)
