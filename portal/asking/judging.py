"""What posts have beside what was to be expected of them: the same on every page that says so."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Event

from pymongo.errors import PyMongoError

from model.period import Period
from portal.asking.asked import Portal
from portal.figures.expectation import Expectation, PackedExpectations, all_expected
from portal.figures.growth import Curve, curves_of
from store.accounts import accounts

log = logging.getLogger(__name__)
_GOOD_FOR = 600.0
"""Seconds: posts are read some times a day."""
_LONG_OVER = timedelta(days=2)
"""So long after its cut-off the posts of a month are read no more, but for what comes in late."""
_GOOD_FOR_LONG = 6 * 3600.0
_SWEEP_EVERY = 60.0
"""Seconds; what is still good is not worked out again."""
_PIECE = 2
"""Accounts."""
_YIELDS = 1.0
"""After each piece so many times as long is left to the readers."""


def judged_in(
    portal: Portal, posts: Iterable[tuple[str, str]], period: Period
) -> dict[str, Expectation | None]:
    """By post that was published in a month, given by account and id: what was expected of it; None
    for one that was not read, or is not among its account's newest up to the end of the month."""
    by_account: dict[str, list[str]] = {}
    for account, post in posts:
        by_account.setdefault(account, []).append(post)

    def made(lacking: list[tuple[str, str]]) -> dict[tuple[str, str], PackedExpectations]:
        found = curves_of(portal.db, [account for account, _ in lacking], _until(portal, period))
        return {
            (account, period.name): PackedExpectations(all_expected(curves, period.start))
            for account, curves in found.items()
        }

    over = portal.clock.now() >= period.cutoff + _LONG_OVER
    keys = [(account, period.name) for account in by_account]
    kept = portal.judged.each(keys, made, _GOOD_FOR_LONG if over else _GOOD_FOR)
    found: dict[str, Expectation | None] = {}
    for account, ids in by_account.items():
        found |= kept[account, period.name].of(ids)
    return found


def curves_until(portal: Portal, account: str, period: Period) -> list[Curve]:
    """How the newest posts of an account up to the end of a month grew."""
    return curves_of(portal.db, [account], _until(portal, period))[account]


def _until(portal: Portal, period: Period) -> datetime:
    return min(period.end, portal.clock.now())


def fill_judged(portal: Portal, stop: Event) -> None:
    """Works out the months, the newest first, in small pieces beside the readers, until told to
    stop: whoever opens a city's posts first waits no longer than the next one. A database that is
    away ends a sweep; the next one finds it again."""
    while True:
        try:
            _fill(portal, stop)
        except PyMongoError as error:
            log.warning("posts were not compared with earlier ones yet: %s", error)
        if stop.wait(_SWEEP_EVERY):
            return


def _fill(portal: Portal, stop: Event) -> None:
    keys = [one.key for one in accounts(portal.db)]
    for month in portal.shelf.known()[: portal.judged.most // max(len(keys), 1)]:
        period = portal.months.named(month)
        for start in range(0, len(keys), _PIECE):
            began = time.monotonic()
            judged_in(portal, [(key, "") for key in keys[start : start + _PIECE]], period)
            if stop.wait(_YIELDS * (time.monotonic() - began)):
                return
