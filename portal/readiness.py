"""Whether a month may be published: what speaks against it, by the bounds of its method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from model.platforms import FACTS
from portal.drift import drift_between
from portal.month import MonthIndex
from portal.questions import QUESTION_WORDS
from portal.report.choice import lost_choices
from portal.report.sentences import word_lost
from portal.wording import local_stamp, word_drift
from scoring.method.tree import ROOT
from scoring.method.weights import effective_weights
from scoring.publish.issues import Issue
from scoring.publish.top import COMPOSITE
from scoring.publish.wording import Lang

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


class _Said:
    """Questions in one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._words = QUESTION_WORDS[lang]

    def text(self, key: str, **values: object) -> str:
        return self._words[key].format(**values)

    def fine(self, name: str, key: str, **values: object) -> Question:
        return Question(self._words[name], True, self.text(key, **values))

    def wrong(self, name: str, key: str, remedy: str, **values: object) -> Question:
        return Question(self._words[name], False, self.text(key, **values), remedy)

    def names(self, names: Sequence[str]) -> str:
        join = "、" if self.lang == "zh" else ", "
        return join.join(names[:_NAMED]) + (f"{join}…" if len(names) > _NAMED else "")


def readiness(
    index: MonthIndex,
    now: datetime,
    lang: Lang = "en",
    issue: Issue | None = None,
    live: MonthIndex | None = None,
) -> list[Question]:
    """The cut-off, data of elsewhere, cities without a rank, coverage, accounts that are not whole,
    ratings, what editors chose for the issue (`issue`, else the one that the index is of), and
    whether a draft still is what is known (`live`: the month as it is known now)."""
    said = _Said(lang)
    return [
        _over(index, now, said),
        *_outside(index, said),
        _ranked(index, said),
        _covered(index, said),
        *_whole(index, said),
        *_rated(index, said),
        *_choice(index, issue or index.issue, said),
        *_current(index, live, said),
    ]


def refused(questions: Sequence[Question]) -> list[str]:
    """What speaks against publishing, one line each."""
    return [f"{one.name}: {one.text}; {one.remedy}" for one in questions if not one.ok]


def _over(index: MonthIndex, now: datetime, said: _Said) -> Question:
    period = index.period
    values = {"period": period.name, "cutoff": local_stamp(period.cutoff, period.tz)}
    if now >= period.cutoff:
        return said.fine("cut-off", "over", **values)
    return said.wrong("cut-off", "not over", said.text("wait"), **values)


def _outside(index: MonthIndex, said: _Said) -> Iterator[Question]:
    """Nothing for methods that stand on our own data alone."""
    measures = {leaf.measure for leaf in index.method.leaves if ":" not in (leaf.measure or "")}
    if not measures:
        return
    lacking = index.lacking(COMPOSITE)
    if not lacking:
        yield said.fine("indicators", "none lacking")
        return
    join = "、" if said.lang == "zh" else ", "
    named = join.join(f"{leaf.name.in_language(said.lang)} ({leaf.measure})" for leaf in lacking)
    remedy = said.text("import", what="indicators")
    yield said.wrong("indicators", "lacking", remedy, names=named)


def _ranked(index: MonthIndex, said: _Said) -> Question:
    least, units = index.method.bounds.ranked, index.result.units
    without = [unit for unit in units if index.result.rank(unit) is None]
    share = 1 - len(without) / len(units)
    values = {"ranked": len(units) - len(without), "of": len(units)}
    if share >= least and len(without) < len(units):
        return said.fine("ranks", "ranked", **values)
    names = said.names([_called(index, unit, said) for unit in without])
    remedy = said.text("gaps", period=index.period.name)
    return said.wrong("ranks", "too few", remedy, **values, least=f"{least:.0%}", names=names)


def _covered(index: MonthIndex, said: _Said) -> Question:
    least = index.method.bounds.coverage
    share = float(np.mean(_coverage(index)))
    if share >= least:
        return said.fine("coverage", "covered", share=f"{share:.1%}")
    remedy = said.text("gaps", period=index.period.name)
    values = {"share": f"{share:.1%}", "least": f"{least:.0%}"}
    return said.wrong("coverage", "too little", remedy, **values)


def _whole(index: MonthIndex, said: _Said) -> Iterator[Question]:
    """How many accounts are whole; nothing where there are none. It speaks against nothing: what
    is missing of them is in the coverage, and their rows say what else is doubted."""
    rows = [row for row in index.inputs.rows if not row.is_whole]
    partly = [f"{row.platform} @{row.handle} ({row.city})" for row in rows]
    number = len(index.inputs.rows)
    if number:
        key = "partly" if partly else "whole"
        values = {"whole": number - len(partly), "of": number, "names": said.names(partly)}
        yield said.fine("accounts", key, **values)


def _coverage(index: MonthIndex) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """By city; 0 for one of which nothing is known."""
    return np.where(index.result.presence.known[ROOT], index.result.coverage[ROOT], 0.0)


def _rated(index: MonthIndex, said: _Said) -> Iterator[Question]:
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
    values = {"rated": rated, "of": len(places)}
    if rated / len(places) >= least:
        yield said.fine("ratings", "rated", **values)
        return
    remedy = said.text("import", what="ratings")
    yield said.wrong("ratings", "too few rated", remedy, **values, least=f"{least:.0%}")


def _choice(index: MonthIndex, issue: Issue | None, said: _Said) -> Iterator[Question]:
    """Nothing where all is left to the rules."""
    chosen = 0 if issue is None else len(issue.scopes) + len(issue.cases)
    if lost := lost_choices(index, issue):
        text = "".join(word_lost(one, said.lang) for one in lost[:1])
        for one in lost[1:]:
            text += (" " if said.lang == "en" else "") + word_lost(one, said.lang)
        yield Question(said.text("choice"), False, text, said.text("choose again"))
    elif chosen:
        yield said.fine("choice", "chosen", n=chosen)


def _current(index: MonthIndex, live: MonthIndex | None, said: _Said) -> Iterator[Question]:
    """Nothing where no draft is asked about."""
    if live is None:
        return
    drift = drift_between(index, live)
    if drift is None:
        yield said.fine("draft", "current")
        return
    remedy = said.text("draft again", period=index.period.name)
    yield Question(said.text("draft"), False, word_drift(drift, said.lang), remedy)


def _called(index: MonthIndex, unit: str, said: _Said) -> str:
    return index.names.get(unit, (unit, unit))[said.lang == "en"]
