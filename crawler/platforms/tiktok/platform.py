"""What the crawler asks of TikTok, and which module answers."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.config import PlatformConfig
from crawler.contract import Lookup, Platform, TokenCall, WebTraits
from crawler.platforms.base import BasePlatform
from crawler.platforms.tiktok import calls, errors, map, visits, web_visits
from crawler.platforms.tiktok.config import TikTokConfig
from model.platform import PlatformName
from model.route import Route


class TikTok(BasePlatform):
    """Counters of an account come without its id on the official route."""

    name: PlatformName = "tiktok"
    Config: type[PlatformConfig] = TikTokConfig
    recognised_by_posts = True
    web = WebTraits(profile_rides_along=True)
    lookup = Lookup(by_id=frozenset(), tells_id=frozenset({Route.WEB}))
    api_visits = visits
    web_visits = web_visits
    errors = errors
    answers = map

    def token_call(self, config: TikTokConfig) -> TokenCall | None:
        """Client access tokens live two hours; a configured one is sent as it is."""
        return calls.token(config)

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        """Fewest calls; `windows`: of at most 30 days, each of which takes a call at least."""
        fewest = visits.minimum(kind, accounts, posts)
        if not accounts or kind == "profile":
            return fewest
        silent = accounts - sum(number > 0 for number in posts)
        return max(windows, fewest - silent) + silent


PLATFORM: Platform = TikTok()
