"""Facebook Pages: the Graph API, and the public pages of www.facebook.com."""

from __future__ import annotations

from datetime import datetime

from crawler.config import PlatformConfig
from crawler.contract import Answer, Platform, WebTraits
from crawler.platforms.base import BasePlatform
from crawler.platforms.facebook import errors, map, visits, web_visits
from crawler.platforms.facebook.config import FacebookConfig
from crawler.reading import graph
from model.platform import PlatformName


class Facebook(BasePlatform):
    """Page and system-user tokens are sent as they are."""

    name: PlatformName = "facebook"
    Config: type[PlatformConfig] = FacebookConfig
    refresh_by_id = True
    web = WebTraits(profile_rides_along=True)
    may_be_missing = frozenset({"post"})
    api_visits = visits
    web_visits = web_visits
    errors = errors
    answers = map

    def pause(self, answer: Answer) -> datetime | None:
        """Until when the credential of a usable answer should rest, by the usage headers."""
        return graph.pause(answer)


PLATFORM: Platform = Facebook()
