"""What the crawler asks of Instagram, and which module answers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crawler.config import PlatformConfig
from crawler.contract import Answer, Lookup, Platform, WebTraits
from crawler.platforms.base import BasePlatform
from crawler.platforms.instagram import errors, map, visits, web_visits
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.instagram.web_lookups import with_views
from crawler.reading import graph
from model.items import Mapped
from model.platform import PlatformName
from model.route import Route


class Instagram(BasePlatform):
    """User tokens are sent as they are."""

    name: PlatformName = "instagram"
    Config: type[PlatformConfig] = InstagramConfig
    profile_rides_along = True
    web = WebTraits(
        browses=False,
        profile_rides_along=True,
        refresh_by_id=True,
        takes_known_posts=True,
        minimum=web_visits.minimum,
    )
    lookup = Lookup(by_id=frozenset())
    may_be_missing = frozenset({"post"})
    api_visits = visits
    web_visits = web_visits
    errors = errors
    answers = map

    def complete(self, mapped: Mapped) -> Mapped:
        """The views of public posts, of which the page may show plays alone."""
        posts = [with_views(p) if p.source is Route.WEB else p for p in mapped.posts]
        return msgspec.structs.replace(mapped, posts=tuple(posts))

    def other_version(self, answer: Answer) -> str:
        """By the header of every answer."""
        return graph.other_version(answer)

    def pause(self, answer: Answer) -> datetime | None:
        """Until when the credential of a usable answer should rest, by the usage headers."""
        return graph.pause(answer)


PLATFORM: Platform = Instagram()
