"""What reports of indicator methods have beside the rankings of platforms: the cities that lead by
each indicator (monthly, without an order), tiers and rankings by group (yearly, in order)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from model.account import City
from model.platforms import FACTS
from portal.report.blocks import Block, Heading, Paragraph, TableBlock, TableCell
from portal.report.facts import ReportFacts, ScopeFacts
from portal.report.sentences import name_of_city, scope_called, state_called
from portal.report.wording import WORDS
from registry.cities import load_cities
from scoring.analysis.tiers import NATIONAL
from scoring.method.tree import ROOT, Node, Title
from scoring.publish.top import COMPOSITE
from scoring.publish.wording import Lang

_LEADING = 5
_KINDS: Mapping[str, Sequence[str]] = {
    "region": ("east", "central", "west"),
    "size_class": ("megacity", "super_large", "large_I", "large_II"),
    "city_type": ("municipality", "capital", "other_city"),
}
"""Groupings, and their groups in the order of the report."""


@cache
def _registry() -> Mapping[str, City]:
    return load_cities()


def city_type(city: City) -> str:
    """By its GB/T 2260 code: provinces end with 0000, the seats of their governments with 0100."""
    tail = city.gb2260[2:6]
    return {"0000": "municipality", "0100": "capital"}.get(tail, "other_city")


def group_of(city: str, kind: str) -> str | None:
    """The group of a city in a grouping; None for one that is not in the registry."""
    known = _registry().get(city)
    if known is None:
        return None
    return city_type(known) if kind == "city_type" else str(getattr(known, kind))


def of_indicators(facts: ReportFacts) -> bool:
    """Whether the method's first level is not of platforms."""
    return not all(node.code in FACTS for node in facts.method.children(ROOT))


def indicator_blocks(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    """For each indicator of an unordered method the cities with the greatest values, by name."""
    if facts.ordered or not of_indicators(facts):
        return
    words = WORDS[lang]
    yield Heading(words["indicators"])
    yield TableBlock(
        words["indicators"],
        words["indicators_table"].format(state=state_called(facts, lang)),
        [words["indicator"], words["parent"], words["leading"]],
        [_indicator_row(facts, leaf, lang) for leaf in facts.method.leaves],
    )


def _indicator_row(facts: ReportFacts, leaf: Node, lang: Lang) -> list[TableCell]:
    parent = "" if leaf.parent is None else facts.method.node(leaf.parent).name.in_language(lang)
    words, names = WORDS[lang], [name_of_city(title, lang) for title in _leading(facts, leaf)]
    shown = words["list"].join(names) if names else words["no_value"]
    if len(names) > 2 * _LEADING:
        shown = words["level_cities"].format(n=len(names))
    return [leaf.name.in_language(lang), parent, shown]


def _leading(facts: ReportFacts, leaf: Node) -> list[Title]:
    """The first five by score, and whoever equals the fifth; by English name."""
    scores = facts.result.ranked_scores(leaf.code)
    known = [row for row in range(len(scores)) if np.isfinite(scores[row])]
    known.sort(key=lambda row: -scores[row])
    if not known:
        return []
    least = scores[known[:_LEADING][-1]]
    found = [facts.titles[facts.result.units[row]] for row in known if scores[row] >= least]
    return sorted(found, key=lambda title: title.en.casefold())


def tier_blocks(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    """20, 30 and the rest of an ordered indicator method: by the composite and its parts."""
    if not facts.ordered or not of_indicators(facts):
        return
    words, scopes = WORDS[lang], _main_scopes(facts)
    if not any(scope.rows for scope in scopes):
        return
    yield Heading(words["tiers"])
    for scope in scopes:
        if len(scope.rows) <= sum(NATIONAL):
            yield Paragraph(words["few_tiers"].format(n=sum(NATIONAL) + 1))
            return
        name = scope_called(scope, lang)
        yield TableBlock(
            f"{words['tiers']} {name}",
            words["tiers_table"].format(scope=name, state=state_called(facts, lang)),
            [words["tier_head"], words["cities"]],
            [
                [words["tier"].format(n=_tier_number(n, lang)), words["list"].join(cities)]
                for n, cities in enumerate(_tiers(scope, lang), start=1)
            ],
        )


def _tier_number(number: int, lang: Lang) -> str:
    return "一二三"[number - 1] if lang == "zh" else str(number)


def _tiers(scope: ScopeFacts, lang: Lang) -> list[list[str]]:
    names = [name_of_city(row.name, lang) for row in scope.rows]
    first, second = NATIONAL
    return [names[:first], names[first : first + second], names[first + second :]]


def _main_scopes(facts: ReportFacts) -> list[ScopeFacts]:
    """The composite and the first level."""
    first = {node.code for node in facts.method.children(ROOT)}
    return [one for one in facts.scopes if one.scope == COMPOSITE or one.scope in first]


def group_blocks(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    """Sub-tables of an ordered indicator method: each group's cities in order, with the scores of
    the parts, by the composite and by each of its parts."""
    if not facts.ordered or not of_indicators(facts):
        return
    words, scopes = WORDS[lang], [one for one in _main_scopes(facts) if one.rows]
    if not scopes:
        return
    yield Heading(words["groups"])
    for kind, groups in _KINDS.items():
        yield Heading(words[kind], level=2)
        for scope in scopes:
            for group in groups:
                table = _group_table(facts, scope, kind, group, lang)
                if table.rows:
                    yield table


def _group_table(
    facts: ReportFacts, scope: ScopeFacts, kind: str, group: str, lang: Lang
) -> TableBlock:
    words, name = WORDS[lang], scope_called(scope, lang)
    parts = facts.method.children(ROOT if scope.scope == COMPOSITE else scope.scope)
    rows = [row for row in scope.rows if group_of(row.city, kind) == group]
    first: dict[int | None, int] = {}
    for place, row in enumerate(rows, start=1):
        first.setdefault(row.rank, place)
    return TableBlock(
        f"{words[group]} {name}",
        words["group_table"].format(
            group=words[group], scope=name, state=state_called(facts, lang)
        ),
        [
            words["group_rank"],
            words["city"],
            *(part.name.in_language(lang) for part in parts),
            name,
            words["national_rank"],
        ],
        [
            [
                first[row.rank],
                name_of_city(row.name, lang),
                *(facts.result.score(row.city, part.code) for part in parts),
                row.index,
                row.rank,
            ]
            for row in rows
        ],
    )
