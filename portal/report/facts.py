"""What a report says of a month, in no language: only what the month's index holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model.period import Period
from model.platform import PLATFORMS
from model.platforms import FACTS
from portal.figures.coverage import Coverage, coverage_of
from portal.month import MonthIndex
from scoring.cities.breaks import MeasureBreak
from scoring.engine.result import Exclusion, Result
from scoring.method.tree import ROOT, Method, Title
from scoring.method.weights import effective_weights
from scoring.publish.issues import Issue
from scoring.publish.top import COMPOSITE, inner_scopes, scope_node

TOP_TEN = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """A city's place in a scope."""

    city: str
    name: Title
    rank: int | None
    """None in an unordered issue."""
    previous: int | None
    """In the month before; None without a rank there."""
    index: float | None
    """Unrounded; None in an unordered issue."""
    parts: Mapping[str, float | None]
    """Scores of the scope's children by their codes; none in an unordered issue."""

    @property
    def change(self) -> int | None:
        """Places gained; None without both ranks."""
        if self.rank is None or self.previous is None:
            return None
        return self.previous - self.rank

    @property
    def enters(self) -> bool:
        """Whether it is among the first ten and was not (or had no rank) in the month before."""
        inside = self.rank is not None and self.rank <= TOP_TEN
        return inside and (self.previous is None or self.previous > TOP_TEN)


@dataclass(frozen=True, slots=True)
class ScopeFacts:
    """A ranking: the composite's, a platform's, or an inner node's."""

    scope: str
    name: Title
    in_composite: bool
    """Whether it has a weight in the composite."""
    accounts: int | None
    """Watched on the platform; None where the scope is none."""
    rows: tuple[Standing, ...]
    """Of all ranked cities, in order; of an unordered issue the first ten by English name."""
    compares: bool
    """Whether at least half as many cities had a rank in the month before: else no place there
    says anything."""
    lacking: tuple[Title, ...]
    """Indicators collected elsewhere of which nothing is there: the scope has no ranking."""

    @property
    def top(self) -> tuple[Standing, ...]:
        """The first ten, and whoever shares the tenth place."""
        return tuple(row for row in self.rows if row.rank is None or row.rank <= TOP_TEN)


@dataclass(frozen=True, slots=True)
class LostChoice:
    """A ranking or a case that the editors chose and that this month does not have (any more)."""

    scope: str
    city: str
    """"" where the ranking itself is not there."""
    name: Title
    """Of the city; of a ranking its code."""
    where: Title
    """The ranking's name; its code where the method does not know it."""
    why: str
    """`scope`, `panel`, `account`, `data`, `rank` or `unordered`; see `choice.why_not`."""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """All that stands in a report but its cases."""

    title: Title
    period: Period
    now: datetime
    method: Method
    ordered: bool
    issue: Issue | None
    """The frozen issue whose numbers these are."""
    cities: int
    accounts: int
    ranked: int
    scopes: tuple[ScopeFacts, ...]
    coverage: tuple[Coverage, ...]
    exclusions: tuple[tuple[Title, Exclusion], ...]
    breaks: tuple[MeasureBreak, ...]
    doubtful: int
    """Accounts whose measures are not whole."""
    nameless: tuple[str, ...]
    """Cities without a name in one of the languages."""
    qualitative: float
    """The share of experts' ratings in the composite by the method, 0 to 1."""
    result: Result
    titles: Mapping[str, Title]
    """Each city's names."""
    shown: tuple[str, ...] = ()
    """The scopes that have a chapter, as the editors chose; all where none is named."""
    other_method: bool = False
    """Whether a draft is kept that was made by another version of the method."""
    lost: tuple[LostChoice, ...] = ()
    """What the editors chose in vain."""

    @property
    def provisional(self) -> bool:
        """Whether the numbers may still change: nothing is frozen."""
        return self.issue is None

    @property
    def chapters(self) -> tuple[ScopeFacts, ...]:
        """The scopes that have a chapter, in the report's order."""
        return tuple(one for one in self.scopes if not self.shown or one.scope in self.shown)

    def scope(self, name: str) -> ScopeFacts:
        """A scope by its code; raises KeyError."""
        return next(one for one in self.scopes if one.scope == name)


def report_scopes(method: Method) -> tuple[str, ...]:
    """The composite with the platforms; under a method whose first level is not of platforms, with
    all inner nodes."""
    children = [child.code for child in method.children(ROOT)]
    if all(code in FACTS for code in children):
        return (COMPOSITE, *children)
    return inner_scopes(method)


def city_titles(names: Mapping[str, tuple[str, str]], cities: Sequence[str]) -> dict[str, Title]:
    """Each city's names; one that lacks a language is called by the other name, else by its id."""
    found = {}
    for city in cities:
        zh, en = names.get(city, ("", ""))
        found[city] = Title(zh.strip() or en.strip() or city, en.strip() or zh.strip() or city)
    return found


def facts_of(index: MonthIndex, now: datetime, drafted: Issue | None = None) -> ReportFacts:
    """The facts of a month's index; `drafted` is the newest issue that is kept of it, if any."""
    kept = index.issue or drafted
    result, rows = index.result, index.inputs.rows
    titles = city_titles(index.names, result.units)
    composite, *others = (_scope(index, scope, titles) for scope in report_scopes(index.method))
    return ReportFacts(
        title=index.method.title,
        period=index.period,
        now=now,
        method=index.method,
        ordered=is_ordered(index),
        issue=index.issue,
        cities=len(result.units),
        accounts=len(rows),
        ranked=len([unit for unit in result.units if result.rank(unit, ROOT)]),
        scopes=(composite, *others),
        coverage=tuple(coverage_of(rows)),
        exclusions=tuple((titles[one.unit], one) for one in result.exclusions),
        breaks=tuple(index.breaks(COMPOSITE)),
        doubtful=sum(not row.is_whole for row in rows),
        nameless=tuple(city for city in result.units if not all(index.names.get(city, ("", "")))),
        qualitative=_qualitative(index.method),
        result=result,
        titles=titles,
        shown=kept.scopes if kept else (),
        other_method=drafted is not None
        and drafted.state == "draft"
        and drafted.method_hash != index.method.hash,
    )


def is_ordered(index: MonthIndex) -> bool:
    """Whether places are published: by the frozen issue, else by the method."""
    return index.method.ordered if index.issue is None else index.issue.ordered


def _scope(index: MonthIndex, scope: str, titles: Mapping[str, Title]) -> ScopeFacts:
    code = scope_node(index.result, scope)
    node = index.method.node(code)
    of = [row for row in index.inputs.rows if row.platform == scope]
    rows = _published(index, code, [_standing(row, titles) for row in _listed(index, scope)])
    return ScopeFacts(
        scope=scope,
        name=node.name,
        in_composite=effective_weights(index.method)[code] > 0,
        accounts=len(of) if scope in PLATFORMS else None,
        rows=rows if is_ordered(index) else _unordered(rows),
        compares=_compares(index, code, rows),
        lacking=tuple(leaf.name for leaf in index.lacking(scope)),
    )


def _listed(index: MonthIndex, scope: str) -> list[dict[str, Any]]:
    return index.top(scope, len(index.result.units), unordered=False)


def _standing(row: Mapping[str, Any], titles: Mapping[str, Title]) -> Standing:
    return Standing(
        city=row["city"],
        name=titles[row["city"]],
        rank=row["rank"],
        previous=row["previous_rank"],
        index=row["index"],
        parts=row["parts"],
    )


def _published(index: MonthIndex, code: str, rows: Sequence[Standing]) -> tuple[Standing, ...]:
    """With rank and score as the frozen issue has them, in its order."""
    issue = index.issue
    if issue is None or code not in issue.ranks:
        return tuple(rows)
    ranks = issue.ranks[code]
    scores = {entry.unit: entry.scores[code] for entry in issue.entries}
    kept = [
        Standing(row.city, row.name, rank, row.previous, scores[row.city], row.parts)
        for row in rows
        if (rank := ranks.get(row.city)) is not None
    ]
    return tuple(sorted(kept, key=lambda row: ranks[row.city] or len(ranks)))


def _compares(index: MonthIndex, code: str, rows: Sequence[Standing]) -> bool:
    before = (index.previous or {}).get(code, {})
    ranked = sum(rank is not None for rank in before.values())
    return ranked > 0 and 2 * ranked >= len(rows)


def _unordered(rows: Sequence[Standing]) -> tuple[Standing, ...]:
    """The first ten as a set: by English name, without rank, change and score."""
    first = [row for row in rows if row.rank is not None and row.rank <= TOP_TEN]
    bare = [Standing(row.city, row.name, None, None, None, {}) for row in first]
    return tuple(sorted(bare, key=lambda row: row.name.en.casefold()))


def _qualitative(method: Method) -> float:
    share = effective_weights(method)
    return sum(
        share[leaf.code] for leaf in method.leaves if (leaf.parent or "").endswith("_qualitative")
    )
