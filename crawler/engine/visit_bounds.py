"""The bounds of single visits: pages, units of the official API, seconds (`PlatformConfig`).

Whatever a list says, and whatever a platform's steps make of it, a visit ends.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from crawler.config import PlatformConfig
from crawler.contract import Answer, Call, Captured, Page
from model.messages import Visit
from model.platforms import FACTS
from model.route import Route


class VisitBounds:
    """What each visit of a group has taken so far. What visits share, they share in equal parts."""

    def __init__(self, config: PlatformConfig) -> None:
        self._config = config
        self._pages: Counter[str] = Counter()
        self._units: defaultdict[str, Fraction] = defaultdict(Fraction)
        self._began: dict[str, float] = {}

    def met(self, visit: Visit) -> str:
        """Which bound a visit has met, for people; empty as long as it may go on."""
        config, began = self._config, self._began.get(visit.id)
        if self._pages[visit.id] >= config.visit_pages:
            return f"the visit's bound of {config.visit_pages} pages (visit_pages) is met"
        if self._units[visit.id] >= config.visit_units:
            return f"the visit's bound of {config.visit_units} units (visit_units) is met"
        if began is not None and _now() - began >= config.visit_seconds:
            return f"the visit's bound of {config.visit_seconds:g} s (visit_seconds) is met"
        return ""

    def begin(self, call: Call, visits: Sequence[Visit]) -> Call:
        """Counts a call in; gives it as it may be made: a page is scrolled no further than the
        bound allows.
        """
        for visit in visits:
            self._began.setdefault(visit.id, _now())
            self._pages[visit.id] += 1
            if call.route is Route.API and not _is_billed_by_rows(visit):
                self._spend(visit, Fraction(call.units, len(visits)))
        left = min((self._left(visit) for visit in visits), default=0)
        return _scrolled_within(call, left)

    def _left(self, visit: Visit) -> int:
        return max(self._config.visit_pages - self._pages[visit.id], 0)

    def answered(self, answer: Answer, visits: Iterable[Visit]) -> None:
        """Counts what a page fetched for itself."""
        for visit in visits:
            self._pages[visit.id] += len(answer.captured)

    def read(self, page: Page) -> None:
        """Counts what an answer showed, where that is what is billed."""
        rows = len(page.mapped.posts) + len(page.mapped.accounts)
        for visit in page.visits:
            if page.answer.call.route is Route.API and _is_billed_by_rows(visit):
                self._spend(visit, Fraction(rows, len(page.visits)))

    def _spend(self, visit: Visit, units: Fraction) -> None:
        self._units[visit.id] += units


def _now() -> float:
    return asyncio.get_running_loop().time()


def _is_billed_by_rows(visit: Visit) -> bool:
    return FACTS[visit.platform].tariff.billing == "resources"


def _scrolled_within(call: Call, left: int) -> Call:
    browse = call.browse
    if browse is None or browse.enough is None:
        return call
    enough = browse.enough

    def bounded(html: bytes, captured: Sequence[Captured]) -> bool:
        return len(captured) >= left or enough(html, captured)

    return replace(call, browse=replace(browse, enough=bounded))
