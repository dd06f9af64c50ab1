"""What posts have beside what was to be expected of them: the same on every page that says so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from model.period import Period
from portal.asking.asked import Portal
from portal.figures.expectation import Curve, Expectation, all_expected, curves_of

_GOOD_FOR = 600.0
"""Seconds: posts are read some times a day."""


def judged_in(portal: Portal, account: str, period: Period) -> Mapping[str, Expectation]:
    """By post: of an account's newest posts up to the end of a month, those that were read."""
    make = partial(_judged, portal, account, period)
    found: Mapping[str, Expectation] = portal.judged.of((account, period.name), make, _GOOD_FOR)
    return found


def curves_until(portal: Portal, account: str, period: Period) -> list[Curve]:
    """How the same posts grew."""
    return curves_of(portal.db, account, min(period.end, portal.clock.now()))


def _judged(portal: Portal, account: str, period: Period) -> Mapping[str, Expectation]:
    return all_expected(curves_until(portal, account, period))
