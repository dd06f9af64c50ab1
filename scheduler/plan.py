"""How often what is read: the plan, and the words in which slots are spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
LONGEST_STEP = timedelta(days=366)
"""No step and no age of a plan is longer."""


class PlanError(ValueError):
    """A plan that contradicts itself; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Posts up to this age, and older than the band before, are read every so often."""

    until: timedelta
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often accounts and posts are read. Raises PlanError if it contradicts itself.

    The first band's step is also that in which new posts are looked for.
    """

    bands: tuple[Tier, ...] = (
        Tier(2 * _DAY, 2 * _HOUR),
        Tier(10 * _DAY, 4 * _HOUR),
        Tier(35 * _DAY, _DAY),
    )
    profile_every: timedelta = _DAY
    at_end: bool = True
    """Whether the month's posts are read at its end too, and not at its cut-off alone."""
    stop_at_cutoff: bool = True
    """Whether posts are left alone once the counts of their month are taken."""
    edge_lead: timedelta = _HOUR
    """Edges are read so long before, so that their readings are observed in time and count."""
    lateness: timedelta = 12 * _HOUR
    """An edge that could not be read for so long is missed."""
    confirm_after: timedelta = _DAY
    """Absent posts are looked for once more so long after the cut-off."""

    def __post_init__(self) -> None:
        if not timedelta() < self.profile_every <= LONGEST_STEP:
            raise PlanError(
                f"profile_every {self.profile_every}: expected more than 0, at most a year"
            )
        if not timedelta() <= self.edge_lead < _DAY:
            raise PlanError(f"edge_lead {self.edge_lead}: expected 0 to less than a day")
        if self.lateness <= timedelta() or self.confirm_after < _DAY:
            raise PlanError("lateness: expected more than 0; confirm_after: at least a day")
        _check(self.bands)

    @property
    def step(self) -> timedelta | None:
        """From one timeline slot to the next; None where timelines are read at edges alone."""
        return self.bands[0].every if self.bands else None


def _check(bands: Sequence[Tier]) -> None:
    before = Tier(timedelta(), timedelta())
    for band in bands:
        if not before.until < band.until <= LONGEST_STEP:
            raise PlanError(f"bands: age {band.until} does not come after {before.until}")
        if not timedelta(minutes=1) <= band.every <= LONGEST_STEP:
            raise PlanError(f"bands: step {band.every}: expected a minute to a year")
        if before.every and band.every % before.every:
            raise PlanError(f"bands: step {band.every} is no multiple of {before.every}")
        before = band


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back a band's posts go at an instant, and since when they should have been read."""

    start: datetime
    since: datetime
