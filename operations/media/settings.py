"""What can be set about media abroad."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from media.files import (
    ARTICLE_FAMILIES,
    DOC_API,
    GDELT_HOST,
    MIRROR,
    USUAL_FAMILIES,
    WIKIMEDIA,
    Family,
)


class MediaSettings(BaseModel):
    """Which files are collected, from where, and how many of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    """Whether the scheduler collects and counts; some 34 GB a month are downloaded."""
    source: Literal["main", "mirror"] = "main"
    """GDELT's own host, or its mirror."""
    host: str = ""
    """Another address that serves the same paths; empty: the one of `source`."""
    every: int = Field(default=1, ge=1, le=96)
    """A sample: one quarter hour of so many; 1: all of them. Counts are of the sample then."""
    countries: bool = True
    """Whether the geographic graph is read, which tells outlets' countries."""
    article_list: bool = False
    """Whether the lists of articles are read: titles in their own language, by minute."""
    check: str = DOC_API
    """Where `media check` asks."""
    page_views: str = WIKIMEDIA
    """Where page views are asked for; empty: nowhere."""
    timeout: float = Field(default=60.0, gt=0, le=600)
    """Seconds without a byte after which a download ends."""
    run_seconds: float = Field(default=40.0, gt=0, le=3600)
    """How long one run of the scheduler's job collects, seconds."""
    tone: Literal["auto", "lexicon"] = "auto"
    """By what posts are scored: the model where it is installed, or the lists of words alone."""
    overseas_regions: bool = True
    """Whether media of Hong Kong, Macao and Taiwan count as media abroad."""

    @field_validator("host", "page_views", "check")
    @classmethod
    def _address(cls, host: str) -> str:
        parts = urlsplit(host)
        if host and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("expected an address such as https://data.gdeltproject.org")
        return host.rstrip("/")

    @property
    def base(self) -> str:
        """Where the files are."""
        return self.host or (MIRROR if self.source == "mirror" else GDELT_HOST)

    @property
    def families(self) -> tuple[Family, ...]:
        """The kinds of files that are collected."""
        usual = USUAL_FAMILIES if self.countries else ARTICLE_FAMILIES
        return (*usual, Family.GAL) if self.article_list else usual
