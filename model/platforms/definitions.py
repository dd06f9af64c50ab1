"""What a platform's counter means, dated: entries, each with its source. Pure.

Every platform lists its own in `model/platforms/<name>.py`; `docs/definitions.md` shows them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Subject = Literal["account", "post"]
ChangeKind = Literal["meaning", "precision", "begun", "ended", "renamed"]
"""meaning: another quantity is counted; precision: the same, shown rounded; begun: posts published
before have no such counter; ended: the platform gives it no longer; renamed: the same quantity by
another name, which breaks no series."""
_BREAKS = frozenset(("meaning", "precision", "begun"))
_VERSIONS = frozenset(("meaning", "precision"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a counter means from a day on."""

    counter: str
    """As in readings (`views`, `followers` ...); the platform's own name where it is not read."""
    subjects: tuple[Subject, ...]
    """Whose counter; empty where it is in no reading (such as insights of one's own page)."""
    since: date
    """The first day (UTC)."""
    kind: ChangeKind
    types: frozenset[str] = frozenset()
    """The types of posts concerned; empty for all."""
    en: str
    zh: str
    """What is counted since, in a clause."""
    source: str
    noted: date
    """The day it was read from the source."""

    @property
    def breaks(self) -> bool:
        """Whether values of both sides do not compare."""
        return self.kind in _BREAKS

    def lies_within(self, first: date, last: date) -> bool:
        """Whether values of that span of days (both included) stand on both sides."""
        return first < self.since <= last

    def in_language(self, lang: str) -> str:
        """The Chinese clause for `zh`, the English one for everything else."""
        return self.zh if lang == "zh" else self.en


def breaks_of(
    definitions: Iterable[Definition], subject: Subject, counter: str
) -> list[Definition]:
    """The breaks of a counter in the order given."""
    return [
        entry
        for entry in definitions
        if entry.breaks and entry.counter == counter and subject in entry.subjects
    ]


def definitions_in_force(
    definitions: Iterable[Definition],
    subject: Subject,
    counters: Iterable[str],
    day: date,
    post_type: str | None = None,
) -> Mapping[str, str]:
    """By counter: the day since which it means what it meant on `day`, as `YYYY-MM-DD`.

    Counters that never changed until then are left out. Entries for some types of posts count
    only where the type is known.
    """
    versions = [
        entry
        for entry in definitions
        if entry.kind in _VERSIONS
        and subject in entry.subjects
        and entry.since <= day
        and (not entry.types or post_type in entry.types or subject == "account")
    ]
    named = {
        name: max((entry.since for entry in versions if entry.counter == name), default=None)
        for name in counters
    }
    return {name: since.isoformat() for name, since in named.items() if since is not None}
