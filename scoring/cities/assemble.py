"""The table that a method needs, from all that was collected and imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scoring.cities.city_table import MeasureRow, Ratings, city_table
from scoring.cities.indicators import Indicator, indicator_columns, known_codes
from scoring.engine.table import Table
from scoring.method.tree import Method
from scoring.method.tree_checks import PLATFORMS, SOCIAL_MEASURES

SOCIAL = "social:"


def build_table(
    method: Method,
    period: str,
    cities: Sequence[str],
    rows: Iterable[MeasureRow] = (),
    *,
    ratings: Ratings | None = None,
    indicators: Iterable[Indicator] = (),
    languages: Mapping[str, int] | None = None,
    groups: Mapping[str, str] | None = None,
) -> Table:
    """Cities by the columns that the method's leaves name: measures of platforms, sums over all
    platforms (`social:likes` …, with `social:languages` from `languages`), and imported
    indicators. What nobody has is a column without values, and the result will say so.

    `rows` are those of `measures --json`, `ratings` the means by (city, platform), `groups` the
    group of each city. Raises TableError for rows that are no use.
    """
    collected = city_table(rows, cities, ratings)
    needed = {name for leaf in method.leaves for name in (leaf.measure, leaf.denominator) if name}
    imported = indicator_columns(indicators, period, cities, sorted(known_codes(needed)))
    columns: dict[str, Sequence[float | None]] = dict(imported)
    for name in sorted(needed - imported.keys()):
        if name.startswith(SOCIAL):
            columns[name] = _social(collected, name.removeprefix(SOCIAL), languages or {})
        else:
            columns[name] = [collected.value(city, name) for city in cities]
    return Table.build(
        cities,
        columns,
        absent=_absent(method, collected),
        groups=None if groups is None else [groups.get(city) for city in cities],
    )


def _social(collected: Table, measure: str, languages: Mapping[str, int]) -> list[float | None]:
    """A city's sum over its platforms; missing where any of them is, or none shows the counter."""
    if measure == "languages":
        return [languages.get(city) for city in collected.units]
    found: list[float | None] = []
    for city in collected.units:
        there = [p for p in PLATFORMS if not _gone(collected, p, city)]
        posts = [collected.value(city, f"{p}:posts") for p in there]
        shown = [collected.value(city, f"{p}:{measure}") for p in there]
        known = [value for value in shown if value is not None]
        found.append(sum(known) if known and None not in posts else None)
    return found


def _gone(table: Table, code: str, unit: str) -> bool:
    return code in table.absent and bool(table.absent[code][table.row(unit)])


def _absent(method: Method, collected: Table) -> dict[str, list[str]]:
    """Structural zeros: at a platform's node for cities without an account there; at the highest
    nodes that stand on social measures alone for cities without any account at all."""
    codes = {node.code for node in method.nodes}
    absent = {
        platform: [city for city in collected.units if _gone(collected, platform, city)]
        for platform in PLATFORMS
        if platform in codes
    }
    nowhere = [
        city
        for city in collected.units
        if all(_gone(collected, platform, city) for platform in PLATFORMS)
    ]
    absent |= dict.fromkeys(_social_nodes(method), nowhere)
    return {code: cities for code, cities in absent.items() if cities}


def _social_nodes(method: Method) -> list[str]:
    def social(code: str) -> bool:
        leaves = [node.measure for node in method.below(code) if node.measure is not None]
        known = {SOCIAL + measure for measure in SOCIAL_MEASURES}
        return bool(leaves) and all(measure in known for measure in leaves)

    return [
        node.code
        for node in method.nodes
        if social(node.code) and (node.parent is None or not social(node.parent))
    ]
