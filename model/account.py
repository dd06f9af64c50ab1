"""Who is watched."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from model.period import Period
from model.platform import PlatformName


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A city of the registry."""

    id: str
    name_zh: str
    name_en: str
    province_zh: str
    province_en: str
    region: str
    size_class: str
    gb2260: str


class AccountClass(StrEnum):
    """What an official account speaks for."""

    MAIN = "main"
    TOURISM = "tourism"
    MEDIA = "media"
    OTHER = "other"


class PauseKind(StrEnum):
    """Why an account is not visited."""

    RESTED = "rested"
    """It is still the city's account: months keep a place for it, with unknown values."""
    REMOVED = "removed"
    """It is watched no more: months that end later know nothing of it."""


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A time, half-open, in which an account is not visited."""

    kind: PauseKind
    since: datetime
    visits_until: datetime
    """Up to here it is visited all the same: for the cut-off of the last month that counts it."""
    until: datetime | None = None
    """When it was resumed; None while it lasts."""
    reason: str = ""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An official account of a city. `id` is empty until it was verified."""

    platform: PlatformName
    id: str
    handle: str
    city: str
    name: str = ""
    account_class: AccountClass = AccountClass.MAIN
    primary: bool = True
    verified_at: datetime | None = None
    source: str = ""
    note: str = ""
    pauses: tuple[Pause, ...] = ()
    """In order of time."""
    watched_from: datetime | None = None
    """When it was added to the list; None where that was not noted."""

    def pause_at(self, instant: datetime) -> Pause | None:
        """The pause in which an instant lies, whether it is still visited then or not."""
        for pause in self.pauses:
            if pause.since <= instant and (pause.until is None or instant < pause.until):
                return pause
        return None

    def is_visited(self, instant: datetime) -> bool:
        """Whether no pause keeps it from being visited at an instant."""
        pause = self.pause_at(instant)
        return pause is None or instant < pause.visits_until

    def was_watched(self, instant: datetime) -> bool:
        """Whether it was on the list by then; what was due earlier is not missing."""
        return self.watched_from is None or self.watched_from <= instant

    def is_removed(self, instant: datetime) -> bool:
        """Whether it is watched no more at an instant."""
        pause = self.pause_at(instant)
        return pause is not None and pause.kind is PauseKind.REMOVED

    def belongs_to(self, period: Period) -> bool:
        """Whether a month counts it: it was not removed before the month's end."""
        return not any(
            pause.kind is PauseKind.REMOVED
            and pause.since < period.end
            and (pause.until is None or period.end <= pause.until)
            for pause in self.pauses
        )

    @property
    def key(self) -> str:
        """`platform:immutable id`, or `platform:@handle` while the id is not known."""
        return (
            f"{self.platform}:{self.id}" if self.id else f"{self.platform}:@{self.handle.lower()}"
        )
