"""TikTok: Research API where a team was admitted to it, else the public pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Lookup, Platform, TokenCall, WebTraits
from crawler.platforms.tiktok import calls, errors
from crawler.platforms.tiktok import map as recognise
from crawler.platforms.tiktok import visits as requests
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.reading.public import check_page
from model.items import Mapped
from model.messages import Visit
from model.platform import PlatformName


class TikTok:
    """Satisfies `crawler.contract.Platform`."""

    name: PlatformName = "tiktok"
    Config: type[PlatformConfig] = TikTokConfig
    profile_rides_along = False
    refresh_by_id = False
    web = WebTraits(profile_rides_along=True)
    lookup = Lookup(by_id=frozenset(), tells_id=frozenset({"web"}))

    def groups(self, visits: Sequence[Visit], config: TikTokConfig) -> Iterator[list[Visit]]:
        """Visits that share calls."""
        return requests.groups(visits)

    def start(self, visits: Sequence[Visit], config: TikTokConfig) -> Iterable[Action]:
        """The first actions for one group."""
        return requests.start(visits, config)

    def check(self, answer: Answer) -> None:
        """Raises the CrawlError that an error answer stands for."""
        if answer.call.route == "web":
            check_page(answer)
        else:
            errors.check(answer)

    def map(self, body: bytes, observed_at: datetime, *, route: str | None = None) -> Mapped:
        """Recognises one raw answer by its shape and maps it."""
        return recognise.answer(body, observed_at, route)

    def authorise(self, token: str) -> Mapping[str, str]:
        """The client access token, as a header."""
        return {"authorization": f"Bearer {token}"}

    def token_call(self, config: TikTokConfig) -> TokenCall | None:
        """Client access tokens live two hours; a configured one is sent as it is."""
        return calls.token(config)

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        """Fewest calls for such visits; `windows` stretches of at most 30 days."""
        return requests.minimum(kind, accounts, posts, windows)


PLATFORM: Platform = TikTok()
