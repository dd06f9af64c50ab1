"""The rows of a leaderboard, with all that stands beside a rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model.account import City
from model.measures import MeasureRow
from model.platform import PLATFORMS
from portal.figures.months import MonthFigures
from scoring.cities.city_table import CityMeasures, city_measures, over_platforms
from scoring.method.tree import ROOT
from scoring.publish.issues import Issue
from scoring.publish.top import COMPOSITE, scope_node

Row = dict[str, Any]
SHOWN_MEASURES = (
    *("posts", "interactions", "interaction_rate", "views", "view_rate", "followers"),
    "follower_gain",
)
PUBLISHED_COLUMNS = (
    *("rank", "change", "previous_rank", "city", "name_zh", "name_en", "index", "parts"),
    *("coverage", "province_zh", "province_en", "region", "size_class"),
)
"""What an issue says of a city: all that is shown to those who may not see more."""
SORTS = (
    *("rank", "change", "city", "index", "posts", "interactions", "interaction_rate"),
    *("views", "view_rate", "followers", "follower_gain", "accounts", "coverage"),
)


def leaderboard(figures: MonthFigures, scope: str, cities: Mapping[str, City]) -> list[Row]:
    """Every ranked city of a scope in the order of the ranks. Raises UnknownName.

    Of a published month index and rank are those of its issue, whatever is known since.
    """
    found: list[Row] = figures.once(("leaderboard", scope), lambda: _made(figures, scope, cities))
    return found


def _made(figures: MonthFigures, scope: str, cities: Mapping[str, City]) -> list[Row]:
    index = figures.index
    code = scope_node(index.result, scope)
    bands = figures.bands(scope)
    rows = []
    for row in index.top(scope, len(index.result.units), unordered=False):
        band = bands.get(row["city"])
        low, high = band.whole if band else (None, None)
        beside: Row = {
            "rank_low": low,
            "rank_high": high,
            "in_top_ten": band.in_top_ten if band else None,
        }
        sums = measures_of(figures, row["city"], scope)
        beside["absent"] = _absent(figures, row["city"], list(row["parts"]))
        rows.append({**row, **beside, **sums, **_where(cities.get(row["city"]))})
    return _as_published(rows, figures.published, code, index.previous)


def _absent(figures: MonthFigures, city: str, parts: Sequence[str]) -> list[str]:
    """The platforms on which it has no account: their 0 is the method's, and nothing was read."""
    table = figures.index.table
    at = table.row(city)
    return [part for part in parts if part in table.absent and bool(table.absent[part][at])]


def _as_published(rows: list[Row], issue: Issue | None, code: str, previous: Any) -> list[Row]:
    """With the ranks and scores that were published, in their order."""
    if issue is None or code not in issue.ranks:
        return rows
    ranks = issue.ranks[code]
    scores = {entry.unit: entry.scores[code] for entry in issue.entries}
    before = {} if previous is None else previous.get(code, {})
    kept = []
    for row in rows:
        rank = ranks.get(row["city"])
        if rank is None:
            continue
        was = before.get(row["city"])
        change = None if was is None else was - rank
        kept.append({**row, "rank": rank, "index": scores[row["city"]], "change": change})
    return sorted(kept, key=lambda row: row["rank"])


def published_rows(
    issue: Issue,
    scope: str,
    before: Issue | None,
    names: Mapping[str, tuple[str, str]],
    cities: Mapping[str, City],
) -> list[Row]:
    """The same rows from the issue alone, with `PUBLISHED_COLUMNS`; none for an unknown scope."""
    code = ROOT if scope == COMPOSITE else scope
    previous = {} if before is None else before.ranks.get(code, {})
    rows = []
    for entry in issue.entries:
        rank = entry.ranks.get(code)
        if rank is None:
            continue
        was = previous.get(entry.unit)
        zh, en = names.get(entry.unit, (entry.unit, entry.unit))
        parts = {key: score for key, score in entry.scores.items() if key != ROOT}
        rows.append(
            {
                "rank": rank,
                "previous_rank": was,
                "change": None if was is None else was - rank,
                "city": entry.unit,
                "name_zh": zh,
                "name_en": en,
                "index": entry.scores[code],
                "parts": parts if code == ROOT else {},
                "coverage": entry.coverage,
                **_where(cities.get(entry.unit)),
            }
        )
    return sorted(rows, key=lambda row: (row["rank"], row["name_en"].lower()))


def _where(city: City | None) -> Row:
    names = ("province_zh", "province_en", "region", "size_class")
    return {name: getattr(city, name) if city else "" for name in names}


def measures_of(figures: MonthFigures, city: str, scope: str) -> Row:
    """A city's measures in a scope, by `SHOWN_MEASURES`, None where they are not known.

    `lacking` says by measure which platforms lack it and why. Over several platforms counts are
    summed over those that have them, rates given only where all have what they are made of.
    """
    by_place = figures.once("city measures", lambda: _by_place(figures))
    platforms = [p for p in PLATFORMS if scope in (COMPOSITE, p) and (city, p) in by_place]
    parts = {platform: by_place[city, platform] for platform in platforms}
    rows = [r for r in figures.by_city.get(city, ()) if r.platform in parts]
    found: Row = {"accounts": len(rows), "lacking": {}}
    for name in SHOWN_MEASURES:
        lacking = {p: _reason(rows, p, name) for p in parts if parts[p].get(name) is None}
        if lacking:
            found["lacking"][name] = lacking
    found |= over_platforms(list(parts.values()), SHOWN_MEASURES)
    return found


def _by_place(figures: MonthFigures) -> CityMeasures:
    inputs = figures.index.inputs
    return city_measures(inputs.rows, inputs.cities)


def _reason(rows: Sequence[MeasureRow], platform: str, name: str) -> str:
    mine = [row for row in rows if row.platform == platform]
    lacking = [row for row in mine if not row.collected] or mine
    return lacking_reason(lacking[0], name) if lacking else "not collected"


def lacking_reason(row: MeasureRow, name: str) -> str:
    """Why an account lacks a measure, as one word or as the visit said it."""
    if not row.collected:
        return row.why or "not collected"
    counter = {"follower_gain": "followers", "view_rate": "views"}.get(name, name)
    return ", ".join(row.reasons.get(counter, ())) or "not read"


def filtered(rows: Sequence[Row], wanted: Mapping[str, str]) -> list[Row]:
    """Those that have all wanted values."""
    return [row for row in rows if all(row.get(k) == v for k, v in wanted.items() if v)]


def sorted_rows(rows: Sequence[Row], by: str, descending: bool) -> list[Row]:
    """By one column; what lacks it comes last either way."""
    known = [row for row in rows if row.get(by) is not None]
    rest = [row for row in rows if row.get(by) is None]
    return [*sorted(known, key=lambda row: row[by], reverse=descending), *rest]
