"""What the crawler asks of YouTube, and which module answers."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.config import PlatformConfig
from crawler.contract import Platform, WebTraits
from crawler.platforms.base import BasePlatform
from crawler.platforms.youtube import errors, map, visits, web_visits
from crawler.platforms.youtube.config import YouTubeConfig
from model.platform import PlatformName


class YouTube(BasePlatform):
    """API keys are sent as they are."""

    name: PlatformName = "youtube"
    Config: type[PlatformConfig] = YouTubeConfig
    refresh_by_id = True
    web = WebTraits(browses=False, minimum=web_visits.minimum)
    may_be_missing = frozenset({"feed"})
    api_visits = visits
    web_visits = web_visits
    errors = errors
    answers = map

    def authorise(self, token: str) -> Mapping[str, str]:
        """API keys travel in a header, so that no URL holds them (Google Cloud, "API keys")."""
        return {"X-Goog-Api-Key": token}


PLATFORM: Platform = YouTube()
