"""Expert ratings: from a sheet to values, and means for scoring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.period import Period
from model.platforms import PLATFORMS, platform_named
from scoring.cities.sheet import PERIOD, Sheet, number, read_sheet
from scoring.errors import TableError, TableProblem

LOWEST, HIGHEST = 1.0, 5.0
RATING_KEYS = ("city", "platform", "period", "rater")
TOLD = ("city_zh", "city_en", "handle")
"""Columns of a sheet that tell its rater what a row is about; they are not read."""

Cities = Mapping[str, Sequence[str]]
"""Ids of cities by every name under which a sheet may call them (the id among them); several
where cities share a name."""


@dataclass(frozen=True, slots=True, order=True)
class Rating:
    """One rater's judgement of one criterion."""

    city: str
    platform: str
    period: str
    """`YYYY-MM`"""
    rater: str
    criterion: str
    score: float
    """1 to 5."""


@dataclass(frozen=True, slots=True)
class ParsedRatings:
    """What a sheet holds; nothing is to be kept of one with problems unless asked for."""

    ratings: tuple[Rating, ...]
    problems: tuple[TableProblem, ...]


def read_ratings(path: Path, cities: Cities) -> ParsedRatings:
    """A sheet (CSV or XLSX) with the columns city, platform, period, rater and either criterion
    and score, or one column a criterion with a score of 1 to 5 in it. A blank score is unrated
    and makes no rating.

    Every faulty row is reported and left out. Raises TableError if the sheet as a whole is no use.
    """
    sheet = read_sheet(path, RATING_KEYS, ("criterion", "score"))
    long = "criterion" in sheet.header
    needed = (*RATING_KEYS, "criterion", "score") if long else RATING_KEYS
    lacking = [name for name in needed if name not in sheet.header]
    criteria = [name for name in sheet.header if name and name not in (*RATING_KEYS, *TOLD)]
    problems = [TableProblem("no such column", row=1, column=name) for name in lacking]
    if not long and not criteria:
        problems.append(TableProblem("no column with a criterion", row=1))
    if problems:
        raise TableError(sheet.source, problems)
    return _parsed(sheet, criteria, cities, long=long)


def _parsed(sheet: Sheet, criteria: Sequence[str], cities: Cities, *, long: bool) -> ParsedRatings:
    ratings: dict[tuple[str, ...], Rating] = {}
    problems: list[TableProblem] = []
    for line, row in sheet.rows:
        faults = list(_key_faults(line, row, cities))
        named = [(row["criterion"], "score")] if long else [(name, name) for name in criteria]
        for criterion, column in named:
            faults.extend(_score_faults(line, row, criterion, column))
            score = number(row[column])
            if faults or score is None:
                continue
            found = Rating(
                cities[row["city"]][0],
                platform_named(row["platform"]) or "",
                row["period"],
                row["rater"],
                criterion,
                score,
            )
            key = (found.city, found.platform, found.period, found.rater, found.criterion)
            if key in ratings:
                message = f"{row['rater']} rated {criterion!r} of it before"
                faults.append(TableProblem(message, row=line, unit=row["city"]))
            ratings.setdefault(key, found)
        problems.extend(faults)
    return ParsedRatings(tuple(ratings.values()), tuple(problems))


def _key_faults(line: int, row: Mapping[str, str], cities: Cities) -> Iterator[TableProblem]:
    if fault := city_fault(row["city"], cities):
        yield TableProblem(fault, row=line, column="city")
    if platform_named(row["platform"]) is None:
        message = f"unknown platform {row['platform']!r}; expected one of {', '.join(PLATFORMS)}"
        yield TableProblem(message, row=line, column="platform")
    if not PERIOD.fullmatch(row["period"]):
        message = f"{row['period']!r}: expected YYYY-MM"
        yield TableProblem(message, row=line, column="period")
    if not row["rater"]:
        yield TableProblem("blank", row=line, column="rater")


def city_fault(name: str, cities: Cities) -> str | None:
    """Why a name is none of exactly one city."""
    ids = cities.get(name, ())
    if len(ids) > 1:
        return f"{name!r} is the name of several cities; expected one of {', '.join(ids)}"
    return None if ids else f"unknown city {name!r}"


def _score_faults(
    line: int, row: Mapping[str, str], criterion: str, column: str
) -> Iterator[TableProblem]:
    if not criterion:
        yield TableProblem("blank", row=line, column="criterion")
    text = row[column]
    score = number(text)
    if text and (score is None or not LOWEST <= score <= HIGHEST):
        message = f"{text!r}: expected a number from 1 to 5, or a blank for unrated"
        yield TableProblem(message, row=line, column=column, unit=row["city"])


def mean_ratings(ratings: Iterable[Rating], period: Period) -> dict[tuple[str, str], float]:
    """By (city, platform): the mean over criteria of the mean over raters. The unrated are not
    in it; what that means for their score is the method's to say."""
    by_criterion: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for r in sorted(ratings):
        if r.period == period.name:
            by_criterion[r.city, r.platform, r.criterion].append(r.score)
    means: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (city, platform, _), scores in by_criterion.items():
        means[city, platform].append(sum(scores) / len(scores))
    return {key: sum(values) / len(values) for key, values in means.items()}
