"""X: official API v2; logged out, the public pages show profiles only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Lookup, Platform, TokenCall, WebTraits
from crawler.platforms.x import errors, web_visits
from crawler.platforms.x import map as recognise
from crawler.platforms.x import visits as requests
from crawler.platforms.x.config import XConfig
from crawler.reading.public import check_page
from model.items import Mapped
from model.messages import Visit
from model.platform import PlatformName


class X:
    """Satisfies `crawler.contract.Platform`."""

    name: PlatformName = "x"
    Config: type[PlatformConfig] = XConfig
    profile_rides_along = False
    refresh_by_id = True
    web = WebTraits(minimum=web_visits.minimum)
    lookup = Lookup(by_id=frozenset({"api"}))

    def groups(self, visits: Sequence[Visit], config: XConfig) -> Iterator[list[Visit]]:
        """Visits that share calls."""
        return requests.groups(visits)

    def start(self, visits: Sequence[Visit], config: XConfig) -> Iterable[Action]:
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
        """The app's bearer token, as a header."""
        return {"authorization": f"Bearer {token}"}

    def token_call(self, config: XConfig) -> TokenCall | None:
        """None: the bearer token of an app does not expire."""
        return None

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        """Fewest calls for such visits; the window costs nothing on X."""
        return requests.minimum(kind, accounts, posts)


PLATFORM: Platform = X()
