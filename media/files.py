"""Which files of GDELT a span of time consists of, by their names. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

GDELT_HOST = "https://data.gdeltproject.org"
DOC_API = "https://api.gdeltproject.org/api/v2/doc/doc"
MIRROR = "https://storage.googleapis.com/data.gdeltproject.org"
"""Serves the same paths."""
WIKIMEDIA = "https://wikimedia.org/api/rest_v1"
_BATCH = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_LIST_MINUTES = 8
"""Of a quarter hour: in the later ones no list of articles was ever seen."""


class Family(StrEnum):
    """Kinds of files."""

    GKG = "gkg"
    GKG_TRANSLATED = "gkg-translated"
    GGG = "ggg"
    """Countries of outlets, by article; a day a file."""
    GAL = "gal"
    """Articles with title and first sentence in their own language; a minute a file, where there
    is one."""


ARTICLE_FAMILIES = (Family.GKG, Family.GKG_TRANSLATED)
"""The families whose rows are articles: their files are a month's coverage."""
USUAL_FAMILIES = (*ARTICLE_FAMILIES, Family.GGG)
_STEPS = {
    Family.GKG: _BATCH,
    Family.GKG_TRANSLATED: _BATCH,
    Family.GGG: _DAY,
    Family.GAL: _MINUTE,
}
_WRITTEN_AFTER = {
    Family.GKG: timedelta(minutes=5),
    Family.GKG_TRANSLATED: timedelta(minutes=20),
    Family.GGG: timedelta(hours=3),
    Family.GAL: timedelta(minutes=5),
}
"""From the end of what a file is about to when it is first asked for."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file; visited once."""

    family: Family
    at: datetime
    """Start of the batch or of the day, UTC."""

    @property
    def id(self) -> str:
        """Sorts by family and time."""
        return f"{self.family.value}:{self.at:%Y%m%dT%H%M%S}"

    @property
    def path(self) -> str:
        """Below the host."""
        if self.family is Family.GGG:
            return f"gdeltv3/ggg/{self.at:%Y%m%d}.ggg.v1.english.json.gz"
        if self.family is Family.GAL:
            return f"gdeltv3/gal/{self.at:%Y%m%d%H%M%S}.gal.json.gz"
        stream = ".translation" if self.family is Family.GKG_TRANSLATED else ""
        return f"gdeltv2/{self.at:%Y%m%d%H%M%S}{stream}.gkg.csv.zip"

    @property
    def expected_at(self) -> datetime:
        """When it may be asked for: a batch is written after its quarter hour, a day after it."""
        return self.at + _STEPS[self.family] + _WRITTEN_AFTER[self.family]


def file_of(file_id: str) -> MediaFile:
    """The file of an id. Raises ValueError."""
    family, _, stamp = file_id.partition(":")
    at = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return MediaFile(Family(family), at)


def files_between(
    start: datetime,
    end: datetime,
    families: Collection[Family] = USUAL_FAMILIES,
    every: int = 1,
) -> Iterator[MediaFile]:
    """All files of [start, end): batches whose time lies in it, and the days it touches.

    `every`: a sample, one batch of so many in the course of each day (UTC); days are whole.
    """
    for family in (one for one in Family if one in families):
        step = _STEPS[family]
        at = start.astimezone(UTC)
        if family is Family.GGG:
            at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        else:
            at += -(at - datetime.min.replace(tzinfo=UTC)) % step
        while at < end:
            if _in_sample(family, at, every):
                yield MediaFile(family, at)
            at += step


def _in_sample(family: Family, at: datetime, every: int) -> bool:
    if family is Family.GGG:
        return True
    minutes = at.hour * 60 + at.minute
    if family is Family.GAL and minutes % 15 >= _LIST_MINUTES:
        return False
    return minutes // 15 % every == 0
