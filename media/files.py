"""Which files of GDELT a span of time consists of, by their names. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

GDELT_HOST = "https://data.gdeltproject.org"
MIRROR = "https://storage.googleapis.com/data.gdeltproject.org"
"""Serves the same paths."""
_BATCH = timedelta(minutes=15)
_DAY = timedelta(days=1)


class Family(StrEnum):
    """Kinds of files."""

    GKG = "gkg"
    GKG_TRANSLATED = "gkg-translated"
    GGG = "ggg"
    """Countries of outlets, by article; a day a file."""


ARTICLE_FAMILIES = (Family.GKG, Family.GKG_TRANSLATED)
"""The families whose rows are articles: their files are a month's coverage."""


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
        stream = ".translation" if self.family is Family.GKG_TRANSLATED else ""
        return f"gdeltv2/{self.at:%Y%m%d%H%M%S}{stream}.gkg.csv.zip"


def file_of(file_id: str) -> MediaFile:
    """The file of an id. Raises ValueError."""
    family, _, stamp = file_id.partition(":")
    at = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return MediaFile(Family(family), at)


def files_between(start: datetime, end: datetime) -> Iterator[MediaFile]:
    """All files of [start, end): batches whose time lies in it, and the days it touches."""
    for family, step in ((Family.GKG, _BATCH), (Family.GKG_TRANSLATED, _BATCH), (Family.GGG, _DAY)):
        at = start.astimezone(UTC)
        if family is Family.GGG:
            at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        else:
            at += -(at - datetime.min.replace(tzinfo=UTC)) % _BATCH
        while at < end:
            yield MediaFile(family, at)
            at += step
