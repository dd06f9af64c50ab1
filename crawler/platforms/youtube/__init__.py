"""YouTube: official route by the Data API v3, public pages and feeds as mappers.

The Data API bills every list call with one unit, 10,000 a day and project by default; the day
ends at midnight Pacific time. `search` is never used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Lookup, Platform, TokenCall, WebTraits
from crawler.platforms.youtube import errors, web_visits
from crawler.platforms.youtube import visits as requests
from crawler.platforms.youtube.config import YouTubeConfig
from crawler.platforms.youtube.map import recognise
from model.items import Mapped
from model.messages import Visit
from model.platform import PlatformName


class YouTube:
    """Satisfies `crawler.contract.Platform`."""

    name: PlatformName = "youtube"
    Config: type[PlatformConfig] = YouTubeConfig
    profile_rides_along = False
    refresh_by_id = True
    web = WebTraits(browses=False, minimum=web_visits.minimum)
    lookup = Lookup()

    def groups(self, visits: Sequence[Visit], config: YouTubeConfig) -> Iterator[list[Visit]]:
        """Visits of one kind, slot and window, at most 50 channels together; web visits alone."""
        yield from ([visit] for visit in visits if visit.route == "web")
        yield from requests.groups([visit for visit in visits if visit.route != "web"])

    def start(self, visits: Sequence[Visit], config: YouTubeConfig) -> Iterable[Action]:
        """The first actions for one group."""
        if visits[0].route == "web":
            return web_visits.start(visits, config)
        return requests.start(visits, config)

    def check(self, answer: Answer) -> None:
        """Raises the CrawlError of an error answer."""
        errors.check(answer)

    def map(self, body: bytes, observed_at: datetime, *, route: str | None = None) -> Mapped:
        """Recognises one raw answer by its shape and maps it."""
        return recognise(body, observed_at)

    def authorise(self, token: str) -> Mapping[str, str]:
        """API keys travel in a header, so that no URL holds them (Google Cloud, "API keys")."""
        return {"X-Goog-Api-Key": token}

    def token_call(self, config: PlatformConfig) -> TokenCall | None:
        """None: API keys are sent as they are."""
        return None

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        """Fewest calls; windows are not known here, so their number changes nothing."""
        return requests.minimum(kind, accounts, posts)


PLATFORM: Platform = YouTube()
