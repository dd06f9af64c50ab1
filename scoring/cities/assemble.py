"""The table that a method needs, from all that was collected and imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from model.measures import MeasureRow
from model.period import Period
from model.platforms import PLATFORMS
from scoring.cities.city_table import CityMeasures, city_measures
from scoring.cities.indicators import Indicator, indicator_columns, known_codes
from scoring.engine.table import Table
from scoring.method.tree import Method
from scoring.method.tree_checks import SOCIAL_MEASURES

_SOCIAL = "social"
_NOTHING: Mapping[str, float | None] = {}


@dataclass(frozen=True, slots=True)
class MonthInputs:
    """All that a month's index is computed from."""

    rows: Sequence[MeasureRow] = ()
    """One an account."""
    ratings: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Mean rating by (city, platform), 1 to 5."""
    indicators: Sequence[Indicator] = ()
    languages: Mapping[str, int] = field(default_factory=dict)
    """In how many languages a city posted."""

    @property
    def cities(self) -> list[str]:
        """The panel: cities with an account on any platform, or with an indicator."""
        named = {row.city for row in self.rows}
        return sorted(named | {indicator.city for indicator in self.indicators})


def build_table(
    method: Method,
    period: Period,
    inputs: MonthInputs,
    cities: Sequence[str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> Table:
    """Cities by the columns that the method's leaves name: measures of platforms, sums over all
    platforms (`social:likes` …, with `social:languages` from the languages), and imported
    indicators. What nobody has is a column without values, and the result will say so.

    `cities` are those of the inputs unless given, `groups` the group of each city. Raises
    TableError for rows of unknown cities or platforms, or for an account that comes twice.
    """
    cities = inputs.cities if cities is None else cities
    collected = city_measures(inputs.rows, cities)
    needed = {name for leaf in method.leaves for name in (leaf.measure, leaf.denominator) if name}
    columns = indicator_columns(inputs.indicators, period, cities, sorted(known_codes(needed)))
    own = {
        platform: [collected.get((city, platform), _NOTHING) for city in cities]
        for platform in PLATFORMS
    }
    for name in sorted(needed - columns.keys()):
        columns[name] = _column(name, cities, own, collected, inputs)
    return Table.build(
        cities,
        columns,
        absent=_absent(method, collected, cities),
        groups=None if groups is None else [groups.get(city) for city in cities],
    )


def _column(
    name: str,
    cities: Sequence[str],
    own: Mapping[str, Sequence[Mapping[str, float | None]]],
    collected: CityMeasures,
    inputs: MonthInputs,
) -> list[float | None]:
    """The cities' values of `platform:measure` or `social:measure`; `own`: by platform, the
    measures of each city."""
    platform, _, measure = name.partition(":")
    if platform == _SOCIAL:
        if measure == "languages":
            return [inputs.languages.get(city) for city in cities]
        return [_social(measure, city, collected) for city in cities]
    if measure == "rating":
        return [inputs.ratings.get((city, platform)) for city in cities]
    if platform not in own:
        return [None] * len(cities)
    return [measures.get(measure) for measures in own[platform]]


def _social(measure: str, city: str, collected: CityMeasures) -> float | None:
    """A city's sum over its platforms; missing where any of them is, or none shows the counter."""
    there = [collected[city, p] for p in PLATFORMS if (city, p) in collected]
    shown = [value for own in there if (value := own.get(measure)) is not None]
    complete = all(own.get("posts") is not None for own in there)
    return sum(shown) if shown and complete else None


def _absent(method: Method, collected: CityMeasures, cities: Sequence[str]) -> dict[str, list[str]]:
    """Structural zeros: at a platform's node for cities without an account there; at the highest
    nodes that stand on social measures alone for cities without any account at all."""
    codes = {node.code for node in method.nodes}
    absent: dict[str, list[str]] = {
        platform: [city for city in cities if (city, platform) not in collected]
        for platform in PLATFORMS
        if platform in codes
    }
    anywhere = {city for city, _ in collected}
    nowhere = [city for city in cities if city not in anywhere]
    absent |= dict.fromkeys(_social_nodes(method), nowhere)
    return {code: cities for code, cities in absent.items() if cities}


def _social_nodes(method: Method) -> list[str]:
    def social(code: str) -> bool:
        leaves = [node.measure for node in method.below(code) if node.measure is not None]
        known = {f"{_SOCIAL}:{measure}" for measure in SOCIAL_MEASURES}
        return bool(leaves) and all(measure in known for measure in leaves)

    return [
        node.code
        for node in method.nodes
        if social(node.code) and (node.parent is None or not social(node.parent))
    ]
