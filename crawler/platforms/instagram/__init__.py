"""Instagram professional accounts: business discovery of the Graph API, and the public pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Lookup, Platform, TokenCall, WebTraits
from crawler.platforms.instagram import errors, web_visits
from crawler.platforms.instagram import map as recognise
from crawler.platforms.instagram import visits as requests
from crawler.platforms.instagram.config import InstagramConfig
from crawler.reading import graph
from model.items import Mapped
from model.messages import Visit
from model.platform import PlatformName
from model.route import Route


class Instagram:
    """See `crawler.contract.Platform`."""

    name: PlatformName = "instagram"
    Config: type[PlatformConfig] = InstagramConfig
    profile_rides_along = True
    refresh_by_id = False
    web = WebTraits(
        browses=False,
        profile_rides_along=True,
        refresh_by_id=True,
        takes_known_posts=True,
        minimum=web_visits.minimum,
    )
    lookup = Lookup(by_id=frozenset())

    def groups(self, visits: Sequence[Visit], config: Any) -> Iterator[list[Visit]]:
        """One account a call: every visit alone."""
        return ([visit] for visit in visits)

    def start(self, visits: Sequence[Visit], config: Any) -> Iterable[Action]:
        """The first calls for one group."""
        if visits[0].route is Route.WEB:
            return web_visits.start(visits, config)
        return requests.start(visits, config)

    def check(self, answer: Answer) -> None:
        """Raises what an error answer stands for."""
        errors.check(answer)

    def map(self, body: bytes, observed_at: datetime, *, route: Route | None = None) -> Mapped:
        """Any answer of the Graph API or of a public page, recognised by its shape."""
        return recognise.answer(body, observed_at, route)

    def authorise(self, token: str) -> Mapping[str, str]:
        """The token travels in a header, never in the address."""
        return {"Authorization": f"Bearer {token}"}

    def token_call(self, config: Any) -> TokenCall | None:
        """User tokens are sent as they are."""
        return None

    def pause(self, answer: Answer) -> datetime | None:
        """Until when the credential of a usable answer should rest, by the usage headers."""
        return graph.pause(answer)

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        """Fewest calls: 50 posts a call, the account's counters in the first of them."""
        return requests.minimum(kind, accounts, posts)


PLATFORM: Platform = Instagram()
