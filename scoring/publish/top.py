"""The rows of `top`: who leads in a scope, against whom a month ago, and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model.period import Period
from model.platforms import FACTS
from scoring.engine.arrays import FloatArray, plain
from scoring.engine.rank import listing
from scoring.engine.result import Result
from scoring.errors import UnknownName
from scoring.method.tree import ROOT, Method

COMPOSITE = "composite"
CityNames = Mapping[str, tuple[str, str]]
"""(Chinese, English) name by city."""
Bands = Mapping[str, tuple[int, int]]
"""(best, worst) rank by city, as `scoring.analysis.robust` gives them."""
RanksByNode = Mapping[str, Mapping[str, int | None]]
"""By node and city; None for a city without a rank."""


def scopes(result: Result) -> tuple[str, ...]:
    """`composite` and the codes of the root's children."""
    return (COMPOSITE, *(child.code for child in result.method.children(ROOT)))


def inner_scopes(method: Method) -> tuple[str, ...]:
    """`composite` and the codes of all inner nodes, those nearest to the root first."""
    inner = [node for node in method.nodes if node.code != ROOT and not method.is_leaf(node.code)]
    depth = {node.code: len(list(method.lineage(node.code))) for node in inner}
    return (COMPOSITE, *(node.code for node in sorted(inner, key=lambda node: depth[node.code])))


def scope_node(result: Result, scope: str) -> str:
    """The node a scope stands for: any inner node of the method; raises UnknownName."""
    if scope not in (known := inner_scopes(result.method)):
        raise UnknownName("scope", scope, known)
    return ROOT if scope == COMPOSITE else scope


def named_scope(method: Method, given: str) -> str:
    """The scope that is called so: by its code, or by its Chinese or English name, in any case.

    Raises UnknownName, also for a name that several nodes have.
    """
    known, wanted = inner_scopes(method), given.strip().casefold()
    named = [code for code in known if wanted in _called(method, code)]
    if len(named) == 1:
        return named[0]
    raise UnknownName("scope", given, named or known)


_COMPOSITE_ZH = ("综合", "综合指数")
"""By which it goes whatever a method calls its root."""


def _called(method: Method, code: str) -> set[str]:
    node = method.node(ROOT if code == COMPOSITE else code)
    facts = FACTS.get(code)
    names = [code, node.name.zh, node.name.en, *((facts.zh, facts.en) if facts else ())]
    if code == COMPOSITE:
        names += _COMPOSITE_ZH
    return {name.casefold() for name in names}


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands in a top list beside the result itself."""

    names: CityNames = field(default_factory=dict)
    previous: RanksByNode | None = None
    """The ranks of the month before."""
    bands: Bands = field(default_factory=dict)

    def names_of(self, unit: str) -> tuple[str, str]:
        """The Chinese and the English name; the unit itself where there is none."""
        return self.names.get(unit, (unit, unit))


def ranks_by_node(result: Result, among: Sequence[str] | None = None) -> RanksByNode:
    """The ranks in the scopes named, else in the composite and at the root's children."""
    codes = [scope_node(result, scope) for scope in among or scopes(result)]
    return {code: {unit: result.rank(unit, code) for unit in result.units} for code in codes}


def top_rows(
    result: Result,
    period: Period,
    scope: str = COMPOSITE,
    n: int = 10,
    *,
    beside: Beside | None = None,
    unordered: bool | None = None,
) -> list[dict[str, Any]]:
    """The first `n` cities of a scope, rows as `top --json` prints them.

    Equal scores share a rank; they are listed by interaction score, then by English name. Units
    without a score or structurally absent in the scope are not listed. `change` is positive for
    places gained. Unordered (by default where the method says so) the same set comes by name,
    without ranks, scores and bands. Raises UnknownName for an unknown scope.
    """
    code = scope_node(result, scope)
    beside = Beside() if beside is None else beside
    unordered = not result.method.ordered if unordered is None else unordered
    english = [beside.names_of(unit)[1].lower() for unit in result.units]
    rows = listing(result.ranked_scores(code), english, [interaction(result, code)])[:n]
    if unordered:
        rows = sorted(rows, key=lambda row: english[row])
    hidden = _WITHOUT_ORDER if unordered else {}
    return [
        {"period": period.name, "method": result.method.id, "scope": scope}
        | _row(result, code, row, beside)
        | hidden
        for row in rows
    ]


def _row(result: Result, code: str, row: int, beside: Beside) -> dict[str, Any]:
    unit = result.units[row]
    chinese, english = beside.names_of(unit)
    return {
        **_place(result, code, row, beside),
        "city": unit,
        "name_zh": chinese,
        "name_en": english,
        "index": plain(result.scores[code][row]),
        "parts": _parts(result, code, row),
        "coverage": float(result.coverage[code][row]),
    }


_WITHOUT_ORDER: dict[str, Any] = {
    "rank": None,
    "previous_rank": None,
    "change": None,
    "index": None,
    "parts": {},
    "rank_low": None,
    "rank_high": None,
}


def _place(result: Result, code: str, row: int, beside: Beside) -> dict[str, Any]:
    unit = result.units[row]
    rank = int(result.ranks(code)[row])
    before = None if beside.previous is None else beside.previous.get(code, {}).get(unit)
    low, high = beside.bands.get(unit, (None, None))
    return {
        "rank": rank,
        "previous_rank": before,
        "change": None if before is None else before - rank,
        "rank_low": low,
        "rank_high": high,
    }


def _parts(result: Result, code: str, row: int) -> dict[str, float | None]:
    """Scores of the scope's children, by their codes without the scope's own prefix."""
    return {
        child.code.removeprefix(f"{code}_"): plain(result.scores[child.code][row])
        for child in result.method.children(code)
    }


def interaction(result: Result, code: str) -> FloatArray:
    """The score by which ties are listed: the node's own `…_interact` child, or the weighted sum
    of them over its children; 0 throughout where the method has no such node."""
    total = np.zeros(len(result.units))
    codes = {node.code for node in result.method.nodes}
    own = [(1.0, f"{code}_interact")]
    below = [(c.weight, f"{c.code}_interact") for c in result.method.children(code)]
    for weight, name in own if own[0][1] in codes else below:
        if name in codes:
            total = total + weight * np.nan_to_num(result.scores[name])
    return total


def missing_cities(result: Result, names: CityNames | None = None) -> list[dict[str, Any]]:
    """Who was left out of the composite, and why; rows for people and for JSON."""
    beside = Beside(names or {})
    return [
        {
            "city": e.unit,
            "name_zh": beside.names_of(e.unit)[0],
            "name_en": beside.names_of(e.unit)[1],
            "reason": e.reason,
            "present": e.present,
            "of": e.of,
            "lacking": list(e.lacking),
        }
        for e in result.exclusions
    ]
