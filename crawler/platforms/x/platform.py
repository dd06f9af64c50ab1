"""What the crawler asks of X, and which module answers."""

from __future__ import annotations

from crawler.config import PlatformConfig
from crawler.contract import Lookup, Platform, WebTraits
from crawler.platforms.base import BasePlatform
from crawler.platforms.x import errors, map, visits, web_visits
from crawler.platforms.x.config import XConfig
from model.platform import PlatformName
from model.route import Route


class X(BasePlatform):
    """The bearer token of an app does not expire."""

    name: PlatformName = "x"
    Config: type[PlatformConfig] = XConfig
    refresh_by_id = True
    web = WebTraits(minimum=web_visits.minimum)
    lookup = Lookup(by_id=frozenset({Route.API}))
    api_visits = visits
    web_visits = web_visits
    errors = errors
    answers = map


PLATFORM: Platform = X()
