"""What a month of media takes, before anything runs: files, downloads, disk, processor."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from media.files import Family
from media.interest.titles import load_titles
from model.period import Period
from operations.media.collecting import media_files
from operations.settings import Settings

_MEGABYTES = {
    Family.GKG: 6.4,
    Family.GKG_TRANSLATED: 5.3,
    Family.GGG: 50.0,
    Family.GAL: 0.5,
}
"""Of one file as it is sent: the GKG by recorded rows of March 2020 (1,650 of 3.9 kB, 1,605 of
3.3 kB), the others estimated from their fields; a month of today is not measured."""
_ROWS = {Family.GKG: 1_650, Family.GKG_TRANSLATED: 1_605}
_ROWS_PER_SECOND = 7_800
"""Of one core, by `make bench`."""
_SECONDS_PER_MEGABYTE = 0.1
"""Of JSON lines, which are read whole."""
_KEPT = 0.04
"""The share of what is sent that names a Chinese place and is kept; estimated."""
_SECONDS_PER_POST = 0.05
"""Tone of one post by the model on one core: measured, 0.05."""


@dataclass(frozen=True, slots=True)
class MediaCost:
    """A month's need."""

    files: int
    megabytes: float
    disk_megabytes: float
    hours: float
    """Of one core."""
    questions: int
    """Page views of articles, each asked for once."""

    def sentence(self) -> str:
        """In one line."""
        return (
            f"media: {self.files:,} files, about {self.megabytes / 1e3:,.1f} GB to download, "
            f"{self.disk_megabytes / 1e3:,.1f} GB of disk, {self.hours:.1f} hours of one core, "
            f"{self.questions} calls for page views; free"
        )


def media_cost(settings: Settings, period: Period, posts: float) -> MediaCost:
    """Of a month, with so many posts whose tone is told by the model."""
    files = Counter(file.family for file in media_files(settings, period))
    sent = sum(number * _MEGABYTES[family] for family, number in files.items())
    rows = sum(number * _ROWS[family] for family, number in files.items() if family in _ROWS)
    lines = sum(n * _MEGABYTES[family] for family, n in files.items() if family not in _ROWS)
    seconds = rows / _ROWS_PER_SECOND + lines * _SECONDS_PER_MEGABYTE + posts * _SECONDS_PER_POST
    questions = len(load_titles(period.end.date()).titles) if settings.media.page_views else 0
    return MediaCost(files.total(), sent, sent * _KEPT, seconds / 3_600, questions)
