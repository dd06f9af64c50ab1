"""The core index on measure rows: from `measures --json` to the tables of `top`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scoring.engine.table import Table
from scoring.errors import TableError, TableProblem
from scoring.method.tree_checks import PLATFORMS

MeasureRow = Mapping[str, Any]
"""A row of `measures --json`; with `collected: false` where the account could not be read."""

COUNTERS = ("likes", "comments", "shares", "interactions", "views")
MEASURES = (
    "posts",
    "likes",
    "comments",
    "shares",
    "interactions",
    "interaction_rate",
    "videos",
    "views",
    "view_rate",
    "followers",
    "follower_gain",
)
_READ = (
    "city",
    "platform",
    "account",
    "posts",
    *COUNTERS,
    "videos",
    "view_rate",
    "followers_end",
    "follower_gain",
)

Ratings = Mapping[tuple[str, str], float]
"""Mean rating by (city, platform), 1 to 5."""


def city_table(
    rows: Iterable[MeasureRow],
    cities: Sequence[str],
    ratings: Ratings | None = None,
    platforms: Sequence[str] = PLATFORMS,
) -> Table:
    """Cities by `platform:measure`, from one row an account.

    Three cases stay apart. A city without an account on a platform is absent there (structural
    zero). An account without posts has 0 of everything countable, and rates of 0 although they
    are undefined. A failed collection (`collected: false`) leaves the city's measures of that
    platform missing, followers too, whatever its other accounts there showed.

    Several accounts of a city on a platform: counts are summed, rates are taken from the sums.
    A counter that a platform shows on no post of any account is missing for all, also for the
    silent ones. Where views belong to videos alone (everywhere but on X), no videos is 0 views.

    Raises TableError for rows that lack a field, name an unknown city or platform, or come twice.
    """
    grouped = _grouped(rows, cities, platforms)
    columns: dict[str, list[float | None]] = {}
    for platform in platforms:
        accounts = {city: grouped.get((city, platform), []) for city in cities}
        hidden = _hidden([row for group in accounts.values() for row in group])
        merged = [_merged(accounts[city], hidden, platform) for city in cities]
        for measure in MEASURES:
            columns[f"{platform}:{measure}"] = [values.get(measure) for values in merged]
        columns[f"{platform}:rating"] = [(ratings or {}).get((c, platform)) for c in cities]
    absent = {p: [city for city in cities if (city, p) not in grouped] for p in platforms}
    return Table.build(cities, columns, absent={p: units for p, units in absent.items() if units})


def _grouped(
    rows: Iterable[MeasureRow], cities: Sequence[str], platforms: Sequence[str]
) -> dict[tuple[str, str], list[MeasureRow]]:
    grouped: dict[tuple[str, str], list[MeasureRow]] = {}
    problems: list[TableProblem] = []
    seen: set[str] = set()
    known = frozenset(cities)
    for number, row in enumerate(rows, start=1):
        faults = list(_faults(row, number, known, platforms, seen))
        problems.extend(faults)
        if not faults:
            seen.add(row["account"])
            grouped.setdefault((row["city"], row["platform"]), []).append(row)
    if problems:
        raise TableError("measures", problems)
    return grouped


def _faults(
    row: MeasureRow, number: int, cities: frozenset[str], platforms: Sequence[str], seen: set[str]
) -> Iterator[TableProblem]:
    if lacking := [name for name in _READ if name not in row]:
        yield TableProblem(f"lacks {', '.join(lacking)}", row=number)
        return
    if row["city"] not in cities:
        yield TableProblem("unknown city", row=number, column="city", unit=row["city"])
    if row["platform"] not in platforms:
        message = f"unknown platform {row['platform']!r}"
        yield TableProblem(message, row=number, column="platform", unit=row["city"])
    if row["account"] in seen:
        message = f"account {row['account']!r} comes twice"
        yield TableProblem(message, row=number, column="account", unit=row["city"])


def _hidden(rows: Sequence[MeasureRow]) -> frozenset[str]:
    """Counters that no account with posts shows, so that a silent account's 0 says nothing."""
    active = [row for row in rows if row.get("collected", True) and row["posts"]]
    return frozenset(
        name for name in COUNTERS if active and all(row[name] is None for row in active)
    )


def _merged(
    rows: Sequence[MeasureRow], hidden: frozenset[str], platform: str
) -> dict[str, float | None]:
    """A city's measures on one platform; empty where there is no account or one failed."""
    if not rows or not all(row.get("collected", True) for row in rows):
        return {}
    posts, videos = sum(row["posts"] for row in rows), sum(row["videos"] for row in rows)
    values: dict[str, float | None] = {"posts": posts, "videos": videos}
    for name in COUNTERS:
        shown = [row[name] for row in rows if row[name] is not None]
        values[name] = sum(shown) if shown and name not in hidden else None
    if not videos and values["views"] is None and "views" not in hidden and platform != "x":
        values["views"] = 0.0  # only videos have views there, and it published none
    interactions = values["interactions"]
    if interactions is not None:
        values["interaction_rate"] = interactions / posts if posts else 0.0
    values["view_rate"] = None if "views" in hidden else _view_rate(rows, videos)
    values["followers"] = _all_of(rows, "followers_end")
    values["follower_gain"] = _all_of(rows, "follower_gain")
    return values


def _view_rate(rows: Sequence[MeasureRow], videos: int) -> float | None:
    """Views a video over all accounts: their rates weighted by their videos."""
    if videos == 0:
        return 0.0
    rated = [row for row in rows if row["view_rate"] is not None]
    of = sum(row["videos"] for row in rated)
    return sum(row["view_rate"] * row["videos"] for row in rated) / of if of else None


def _all_of(rows: Sequence[MeasureRow], name: str) -> float | None:
    """The sum, or `None` if any account's value is not known: part of a sum is no sum."""
    values = [row[name] for row in rows]
    return None if any(value is None for value in values) else float(sum(values))
