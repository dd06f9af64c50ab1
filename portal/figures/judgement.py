"""What people say of a month beside what is counted: expert ratings and imported indicators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model.period import Period
from portal.month import INDICATOR_PLACE
from scoring.cities.indicators import Indicator, known_codes
from scoring.cities.raters import Agreement, agreement
from scoring.cities.ratings import RATING_KEYS, Rating
from scoring.method.library import load_method, methods
from scoring.method.tree import Method
from store.database import Store
from store.ratings import RATING_PLACE
from store.records import INDICATORS, RATINGS, newest


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one month."""

    ratings: tuple[Rating, ...]
    agreement: Agreement
    indicators: tuple[Indicator, ...]
    """Of the month and of its year."""


def judgement_of(db: Store, period: Period) -> Judgement:
    """The newest ratings and indicators of a month."""
    rated = newest(db, RATINGS, RATING_PLACE, {"period": period.name})
    of = {"period": {"$in": [period.name, period.name[:4]]}}
    given = newest(db, INDICATORS, INDICATOR_PLACE, of)
    ratings = tuple(Rating(**{k: row[k] for k in (*RATING_PLACE, "score")}) for row in rated)
    fields = (*INDICATOR_PLACE, "value", "source")
    indicators = tuple(Indicator(**{k: row[k] for k in fields}) for row in given)
    return Judgement(ratings, agreement(ratings), indicators)


def criteria_of(method: Method) -> list[str]:
    """The criteria that experts rate, by name; in the order of the method."""
    found = [
        leaf.measure.rpartition(":")[2]
        for leaf in method.leaves
        if leaf.measure is not None and leaf.normalise.kind == "rating"
    ]
    return list(dict.fromkeys(found))


def blank_sheet(
    places: list[tuple[str, str]], period: Period, criteria: list[str]
) -> Iterator[dict[str, Any]]:
    """A row for every city on a platform where it has an account, to be filled in by a rater."""
    for city, platform in places:
        yield {
            **dict(zip(RATING_KEYS, (city, platform, period.name, ""), strict=True)),
            **dict.fromkeys(criteria),
        }


def indicator_codes(method: str) -> list[str]:
    """The codes of imported indicators that the shipped methods and the given one name."""
    of = [*methods(), load_method(method)]
    return sorted(known_codes(leaf.measure for one in of for leaf in one.leaves))
