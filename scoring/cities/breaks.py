"""Breaks of counters that lie within a month or between two: which measures do not compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from model.measures import COUNTERS, counters_of_measure
from model.period import Period
from model.platforms import FACTS, PLATFORMS
from model.platforms.definitions import Definition, Subject, breaks_of
from scoring.engine.table import Table
from scoring.errors import BreakSpanned
from scoring.method.specs import Goalposts
from scoring.method.tree import ROOT, Method, Node

_SOCIAL = "social"


@dataclass(frozen=True, slots=True)
class MeasureBreak:
    """A leaf whose measure means something else since a day."""

    code: str
    """The leaf."""
    measure: str
    """The column it reads, such as `youtube:views`."""
    platform: str
    definition: Definition

    def plain(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "code": self.code,
            "platform": self.platform,
            "counter": self.definition.counter,
            "since": self.definition.since.isoformat(),
            "en": self.definition.en,
            "zh": self.definition.zh,
            "source": self.definition.source,
        }


def breaks_between(
    method: Method, earlier: Period, later: Period, code: str = ROOT
) -> list[MeasureBreak]:
    """The breaks between two months, of leaves that count in the score of a node.

    A month's counts are as of its cut-off and were gathered since its start, so a break concerns
    two months if its day lies after the first day of the earlier and not after the later's cut-off.
    """
    first, last = _day(earlier.start, earlier.tz), _day(later.cutoff, later.tz)
    return [
        MeasureBreak(leaf.code, leaf.measure or "", platform, entry)
        for leaf in method.below(code)
        if leaf.measure and _counts(method, leaf.code, code)
        for platform, entry in _entries(leaf.measure)
        if entry.lies_within(first, last)
    ]


def refuse_span(method: Method, months: Iterable[str]) -> None:
    """Raises BreakSpanned where a break lies between the first and the last of the months
    (`YYYY-MM`), whatever is normalised over all of them."""
    ordered = sorted(months)
    if len(ordered) < 2:
        return
    first, last = Period.month(ordered[0]), Period.month(ordered[-1])
    if found := breaks_between(method, first, last):
        reasons = dict.fromkeys(
            f"{FACTS[one.platform].en} {one.definition.counter} since {one.definition.since}: "
            f"{one.definition.en}"
            for one in found
        )
        raise BreakSpanned(first.name, last.name, tuple(reasons))


def reads_changed_counters(method: Method) -> bool:
    """Whether any leaf reads a measure of a counter that ever changed its meaning."""
    return any(leaf.measure and [*_entries(leaf.measure)] for leaf in method.leaves)


def refuse_goalposts(method: Method, period: Period) -> None:
    """Raises BreakSpanned where goalposts were fixed over months (`Goalposts.months`) from which
    a break separates the period, unless they say `across_breaks`."""
    for leaf in method.leaves:
        spec = leaf.normalise
        if isinstance(spec, Goalposts) and spec.months and not spec.across_breaks:
            refuse_span(method.with_nodes([*_line(method, leaf)]), [*spec.months, period.name])


def _line(method: Method, leaf: Node) -> Iterator[Node]:
    """A leaf with its ancestors, the root first."""
    return reversed([*method.lineage(leaf.code)])


def breaks_of_unit(breaks: Iterable[MeasureBreak], unit: str, *tables: Table) -> list[MeasureBreak]:
    """Those that concern a unit: in one of the tables it has a value of the measure."""
    return [
        one
        for one in breaks
        if any(
            unit in table.position
            and one.measure in table.columns
            and not math.isnan(table.columns[one.measure][table.row(unit)])
            for table in tables
        )
    ]


def row_breaks(platform: str, period: Period) -> Mapping[str, Sequence[str]]:
    """By counter of the measures (followers too): the days within a month of its breaks."""
    first = _day(period.start, period.tz)
    ends = dict.fromkeys(COUNTERS, period.cutoff) | {"followers": period.end}
    found = {name: _days(platform, name, first, _day(end, period.tz)) for name, end in ends.items()}
    return {name: days for name, days in found.items() if days}


def increment_breaks(platform: str, period: Period) -> Mapping[str, Sequence[str]]:
    """As `row_breaks`, of what posts gained between a month's start and its end."""
    first, last = _day(period.start, period.tz), _day(period.end, period.tz)
    found = {name: _days(platform, name, first, last) for name in COUNTERS}
    return {name: days for name, days in found.items() if days}


def breaks_on(platform: str, breaks: Mapping[str, Sequence[str]]) -> list[Definition]:
    """The entries that a row's `breaks` stand for."""
    return [
        entry
        for name, days in breaks.items()
        for entry in breaks_of(FACTS[platform].definitions, _subject(name), name)
        if entry.since.isoformat() in days
    ]


def _days(platform: str, counter: str, first: date, last: date) -> list[str]:
    entries = breaks_of(FACTS[platform].definitions, _subject(counter), counter)
    return [entry.since.isoformat() for entry in entries if entry.lies_within(first, last)]


def _subject(counter: str) -> Subject:
    return "account" if counter == "followers" else "post"


def _entries(measure: str) -> Iterator[tuple[str, Definition]]:
    """The breaks of a leaf's column, platform by platform; none of an imported indicator's."""
    owner, _, name = measure.partition(":")
    for platform in PLATFORMS:
        if owner in (platform, _SOCIAL):
            for counter in counters_of_measure(name):
                for entry in breaks_of(FACTS[platform].definitions, _subject(counter), counter):
                    yield platform, entry


def _counts(method: Method, leaf: str, code: str) -> bool:
    """Whether a leaf has a weight in the score of a node."""
    for node in method.lineage(leaf):
        if node.code == code:
            return True
        if node.weight == 0:
            return False
    return False


def _day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()
