"""Rows of measures, one an account, to the measures of a city on a platform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from model.measures import MeasureRow
from model.platforms import FACTS, PLATFORMS
from scoring.errors import TableError, TableProblem

_SUMMED = ("likes", "comments", "shares", "interactions", "views")
_SUMMED_OF = attrgetter(*_SUMMED)
_WHOLE_OF = attrgetter("videos", "followers_end", "follower_gain")

CityMeasures = Mapping[tuple[str, str], Mapping[str, float | None]]
"""By (city, platform): the city's measures there. No entry where it has no account, an empty one
where an account could not be read."""


def city_measures(rows: Iterable[MeasureRow], cities: Sequence[str]) -> CityMeasures:
    """The measures of each city on each platform.

    Three cases stay apart. A city without an account on a platform has no entry. An account
    without posts has 0 of everything countable, and rates of 0 although they are undefined. A
    failed collection (`collected` is false) leaves the city's measures of that platform missing,
    followers too, whatever its other accounts there showed.

    Several accounts of a city on a platform: counts are summed, rates are taken from the sums.
    A counter that a platform shows on no post of any account is missing for all, also for the
    silent ones. Where views belong to videos alone (`Facts.views_on_every_post`), no videos is 0
    views.

    Raises TableError for rows that name an unknown city or platform, or come twice.
    """
    grouped = _grouped(rows, cities)
    by_platform: dict[str, list[MeasureRow]] = defaultdict(list)
    for (_, platform), group in grouped.items():
        by_platform[platform] += group
    hidden = {platform: _hidden(found) for platform, found in by_platform.items()}
    return {
        (city, platform): _merged(group, hidden[platform], platform)
        for (city, platform), group in grouped.items()
    }


def over_platforms(
    parts: Sequence[Mapping[str, float | None]], names: Sequence[str]
) -> dict[str, float | None]:
    """A city's measures over several platforms: counts summed over those that have them, a rate
    where it is of one platform, or of interactions and posts that all of them have."""
    found: dict[str, float | None] = {}
    for name in names:
        known = [value for part in parts if (value := part.get(name)) is not None]
        if name.endswith("_rate"):
            found[name] = known[0] if known and len(parts) == 1 else None
        else:
            found[name] = sum(known) if known else None
    whole = all(part.get(n) is not None for part in parts for n in ("posts", "interactions"))
    posts, interactions = found.get("posts"), found.get("interactions")
    if len(parts) > 1 and whole and posts and interactions is not None:
        found["interaction_rate"] = interactions / posts
    return found


def _grouped(
    rows: Iterable[MeasureRow], cities: Sequence[str]
) -> dict[tuple[str, str], list[MeasureRow]]:
    grouped: dict[tuple[str, str], list[MeasureRow]] = {}
    problems: list[TableProblem] = []
    seen: set[str] = set()
    known = frozenset(cities)
    for number, row in enumerate(rows, start=1):
        faults = list(_row_faults(row, number, known, seen))
        problems.extend(faults)
        if not faults:
            seen.add(row.account)
            grouped.setdefault((row.city, row.platform), []).append(row)
    if problems:
        raise TableError("measures", problems)
    return grouped


def _row_faults(
    row: MeasureRow, number: int, cities: frozenset[str], seen: set[str]
) -> Iterator[TableProblem]:
    if row.city not in cities:
        yield TableProblem("unknown city", row=number, column="city", unit=row.city)
    if row.platform not in PLATFORMS:
        message = f"unknown platform {row.platform!r}"
        yield TableProblem(message, row=number, column="platform", unit=row.city)
    if row.account in seen:
        message = f"account {row.account!r} comes twice"
        yield TableProblem(message, row=number, column="account", unit=row.city)


def _hidden(rows: Sequence[MeasureRow]) -> frozenset[str]:
    """Counters that no account with posts shows, so that a silent account's 0 says nothing."""
    active = [row for row in rows if row.collected and row.posts]
    return frozenset(
        name for name in _SUMMED if active and all(getattr(row, name) is None for row in active)
    )


def _merged(
    rows: Sequence[MeasureRow], hidden: frozenset[str], platform: str
) -> dict[str, float | None]:
    """A city's measures on one platform; empty where one of its accounts failed."""
    if not all(row.collected for row in rows):
        return {}
    posts = _sum([row.posts for row in rows])
    videos, followers, gain = _whole(rows)
    values: dict[str, float | None] = {"posts": posts, "videos": videos}
    values |= zip(_SUMMED, _shown(rows), strict=True)
    for name in hidden:
        values[name] = None
    videos_alone = not FACTS[platform].views_on_every_post
    if videos == 0 and values["views"] is None and "views" not in hidden and videos_alone:
        values["views"] = 0.0  # it published nothing that could have views
    interactions = values["interactions"]
    if interactions is not None:
        values["interaction_rate"] = interactions / posts if posts else 0.0
    values["view_rate"] = None if "views" in hidden else _view_rate(rows, videos)
    values["followers"] = None if followers is None else float(followers)
    values["follower_gain"] = None if gain is None else float(gain)
    return values


def _shown(rows: Sequence[MeasureRow]) -> Sequence[int | None]:
    """The sum of what is shown of each counter; None where no account shows it."""
    if len(rows) == 1:  # Nearly all are.
        return _SUMMED_OF(rows[0])
    columns = zip(*map(_SUMMED_OF, rows), strict=True)
    return [None if set(counts) == {None} else _sum(counts) for counts in columns]


def _whole(rows: Sequence[MeasureRow]) -> Sequence[int | None]:
    """Videos, followers and their gain; None where any account's is not known: part of a sum is no
    sum."""
    if len(rows) == 1:
        return _WHOLE_OF(rows[0])
    columns = zip(*map(_WHOLE_OF, rows), strict=True)
    return [None if None in counts else _sum(counts) for counts in columns]


def _sum(counts: Sequence[int | None]) -> int:
    return sum([count for count in counts if count is not None])


def _view_rate(rows: Sequence[MeasureRow], videos: int | None) -> float | None:
    """Views per video over all accounts: their rates weighted by the videos that show views.
    `videos` is None where of some account's posts it is not known whether they are videos."""
    if videos == 0:
        return 0.0
    rated = [(row.view_rate, _rated_videos(row)) for row in rows if row.view_rate is not None]
    total = sum([number for _, number in rated])
    return sum([rate * number for rate, number in rated]) / total if total else None


def _rated_videos(row: MeasureRow) -> int:
    """The videos that the row's view rate is of: all of them in rows that do not say it."""
    return _sum([row.videos if row.videos_shown is None else row.videos_shown])
