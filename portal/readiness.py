"""Whether a month may be published: what speaks against it, by the bounds of its method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from model.platforms import FACTS
from portal.month import MonthIndex
from portal.wording import local_stamp
from scoring.method.tree import ROOT
from scoring.method.weights import effective_weights
from scoring.publish.top import COMPOSITE

_NAMED = 5
"""Cities that a text names."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that was asked before a month is published."""

    name: str
    ok: bool
    text: str
    remedy: str = ""
    """What to do; empty where all is well."""


def readiness(index: MonthIndex, now: datetime) -> list[Question]:
    """The cut-off, data of elsewhere, cities without a rank, coverage, accounts that are not whole,
    ratings."""
    return [
        _over(index, now),
        *_outside(index),
        _ranked(index),
        _covered(index),
        *_whole(index),
        *_rated(index),
    ]


def refused(questions: Sequence[Question]) -> list[str]:
    """What speaks against publishing, one line each."""
    return [f"{one.name}: {one.text}; {one.remedy}" for one in questions if not one.ok]


def _over(index: MonthIndex, now: datetime) -> Question:
    period = index.period
    cutoff = local_stamp(period.cutoff, period.tz)
    if now >= period.cutoff:
        return Question("cut-off", True, f"{period.name} was cut off at {cutoff}")
    return Question(
        "cut-off",
        False,
        f"{period.name} is not cut off before {cutoff}",
        "wait for it: what is read until then still counts",
    )


def _outside(index: MonthIndex) -> Iterator[Question]:
    """Nothing for methods that stand on our own data alone."""
    measures = {leaf.measure for leaf in index.method.leaves if ":" not in (leaf.measure or "")}
    if not measures:
        return
    lacking = index.lacking(COMPOSITE)
    named = ", ".join(f"{leaf.name.en} ({leaf.measure})" for leaf in lacking)
    yield Question(
        "indicators",
        not lacking,
        f"no city has a value of {named}" if lacking else "every indicator has values",
        "`cityreach indicators import` takes them" if lacking else "",
    )


def _ranked(index: MonthIndex) -> Question:
    least, units = index.method.bounds.ranked, index.result.units
    without = [unit for unit in units if index.result.rank(unit) is None]
    share = 1 - len(without) / len(units)
    text = f"{len(units) - len(without)} of {len(units)} cities have a rank"
    if share >= least and len(without) < len(units):
        return Question("ranks", True, text)
    named = ", ".join(_english(index, unit) for unit in without[:_NAMED])
    more = ", …" if len(without) > _NAMED else ""
    return Question(
        "ranks",
        False,
        f"{text}, the method wants {least:.0%}; without one: {named}{more}",
        f"`cityreach gaps --period {index.period.name}` says what is missing and why",
    )


def _covered(index: MonthIndex) -> Question:
    least = index.method.bounds.coverage
    share = float(np.mean(_coverage(index)))
    text = f"{share:.1%} of what counts was collected, on average over the cities"
    if share >= least:
        return Question("coverage", True, text)
    return Question(
        "coverage",
        False,
        f"{text}; the method wants {least:.0%}",
        f"`cityreach gaps --period {index.period.name}` says what is missing and why",
    )


def _whole(index: MonthIndex) -> Iterator[Question]:
    """How many accounts are whole; nothing where there are none. It speaks against nothing: what
    is missing of them is in the coverage, and their rows say what else is doubted."""
    partly = [row.account for row in index.inputs.rows if not row.is_whole]
    number = len(index.inputs.rows)
    if number:
        named = ", ".join(partly[:_NAMED]) + (", …" if len(partly) > _NAMED else "")
        told = f"; not so: {named}" if partly else ""
        text = f"{number - len(partly)} of {number} accounts are whole{told}"
        yield Question("accounts", True, text)


def _coverage(index: MonthIndex) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """By city; 0 for one of which nothing is known."""
    return np.where(index.result.presence.known[ROOT], index.result.coverage[ROOT], 0.0)


def _rated(index: MonthIndex) -> Iterator[Question]:
    """Nothing for methods without ratings."""
    share = effective_weights(index.method)
    platforms = [
        name
        for leaf in index.method.leaves
        if (name := (leaf.measure or "").removesuffix(":rating")) in FACTS and share[leaf.code] > 0
    ]
    places = {(row.city, row.platform) for row in index.inputs.rows if row.platform in platforms}
    if not places:
        return
    least = index.method.bounds.ratings
    rated = sum(place in index.inputs.ratings for place in places)
    text = f"{rated} of {len(places)} places (a city on a platform) are rated"
    if rated / len(places) >= least:
        yield Question("ratings", True, text)
        return
    yield Question(
        "ratings",
        False,
        f"{text}; the method wants {least:.0%}",
        "`cityreach ratings import` takes them",
    )


def _english(index: MonthIndex, unit: str) -> str:
    return index.names.get(unit, (unit, unit))[1]
