"""Facebook Pages: the Graph API, and the public pages of www.facebook.com."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Lookup, Platform, TokenCall, WebTraits
from crawler.platforms.facebook import errors, web_visits
from crawler.platforms.facebook import map as recognise
from crawler.platforms.facebook import visits as requests
from crawler.platforms.facebook.config import FacebookConfig
from crawler.reading import graph
from model.items import Mapped
from model.messages import Visit
from model.platform import PlatformName
from model.route import Route


class Facebook:
    """See `crawler.contract.Platform`."""

    name: PlatformName = "facebook"
    Config: type[PlatformConfig] = FacebookConfig
    profile_rides_along = False
    refresh_by_id = True
    web = WebTraits(profile_rides_along=True)
    lookup = Lookup()

    def groups(self, visits: Sequence[Visit], config: Any) -> Iterator[list[Visit]]:
        """Profiles by 50 of one slot; a timeline, a refresh or a web visit alone."""
        yield from ([visit] for visit in visits if visit.route is Route.WEB)
        yield from requests.groups([visit for visit in visits if visit.route is not Route.WEB])

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
        """Page and system-user tokens are sent as they are."""
        return None

    def pause(self, answer: Answer) -> datetime | None:
        """Until when the credential of a usable answer should rest, by the usage headers."""
        return graph.pause(answer)

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        """Fewest calls: 50 pages, 100 posts or 50 known posts a call, and the videos' views."""
        return requests.minimum(kind, accounts, posts)


PLATFORM: Platform = Facebook()
