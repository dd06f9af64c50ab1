"""The base of the five platforms' classes: which module of a folder answers which question.

Every folder has the same modules; one that has grown beyond 300 lines is divided, its parts keep
the beginning of its name:

platform     the subclass: `PLATFORM` is its one instance
config       settings of the platform: `CONFIG` is their class
calls        which requests exist, their addresses
visits       which calls a visit to the official API takes: groups, start, minimum
timeline     the posts of a window, page by page
lookups      accounts and known posts by id
map          which of the platform's answers a body is
api_map      answers of the official API as rows; `api_parts`: single objects of them
web_visits   which public pages a visit takes; `web_timeline`, `web_lookups`: parts of it
web_map      public answers as rows; `web_page`, `web_post`, `web_listing` …: parts of it
errors       what error answers mean
post_page    where a post's own page is
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Lookup, TokenCall, WebTraits
from crawler.errors import ShapeError
from crawler.platforms.paging import chunks
from crawler.reading.public import check_page
from model.bounds import OutOfBounds
from model.items import Mapped
from model.messages import Visit
from model.platform import PlatformName
from model.route import Route


class _ApiVisits(Protocol):
    """A folder's module `visits`."""

    def groups(self, visits: Sequence[Visit]) -> Iterator[Sequence[Visit]]: ...

    def start(self, visits: Sequence[Visit], config: Any) -> Iterable[Action]: ...

    def minimum(self, kind: str, accounts: int, posts: Sequence[int]) -> int: ...


class _WebVisits(Protocol):
    """A folder's module `web_visits`."""

    def start(self, visit: Visit, config: Any) -> Iterable[Action]: ...


class _Errors(Protocol):
    """A folder's module `errors`."""

    def check(self, answer: Answer) -> None: ...


class _Map(Protocol):
    """A folder's module `map`."""

    def map_answer(self, body: bytes, observed_at: datetime, route: Route | None) -> Mapped: ...


class BasePlatform:
    """Satisfies `crawler.contract.Platform` by the modules that a subclass names."""

    name: PlatformName
    Config: type[PlatformConfig]
    profile_rides_along = False
    refresh_by_id = False
    recognised_by_posts = False
    web = WebTraits()
    lookup = Lookup()
    may_be_missing: frozenset[str] = frozenset()
    """Endpoints of public pages whose 404 is usable: the visit goes on without the page."""
    api_visits: _ApiVisits
    web_visits: _WebVisits
    errors: _Errors
    answers: _Map

    def groups(self, visits: Sequence[Visit], config: Any) -> Iterator[list[Visit]]:
        """Visits by public pages alone; those to the API as the platform's calls allow."""
        yield from chunks([visit for visit in visits if visit.route is Route.WEB], 1)
        for group in self.api_visits.groups(
            [visit for visit in visits if visit.route is not Route.WEB]
        ):
            yield list(group)

    def start(self, visits: Sequence[Visit], config: Any) -> Iterable[Action]:
        """The first actions for one group, which has one route."""
        if visits[0].route is not Route.WEB:
            yield from self.api_visits.start(visits, config)
            return
        for visit in visits:
            yield from self.web_visits.start(visit, config)

    def check(self, answer: Answer) -> None:
        """Raises the CrawlError that an error answer stands for."""
        if answer.call.route is not Route.WEB:
            self.errors.check(answer)
        elif answer.status != 404 or answer.call.endpoint not in self.may_be_missing:
            check_page(answer)

    def map(self, body: bytes, observed_at: datetime, *, route: Route | None = None) -> Mapped:
        """Recognises one raw answer by its shape and maps it."""
        try:
            return self.answers.map_answer(body, observed_at, route)
        except OutOfBounds as error:
            raise ShapeError("row", str(error)) from error

    def authorise(self, token: str) -> Mapping[str, str]:
        """A bearer token in a header, so that no address holds it."""
        return {"authorization": f"Bearer {token}"}

    def token_call(self, config: Any) -> TokenCall | None:
        """None: the configured token is sent as it is."""
        return None

    def pause(self, answer: Answer) -> datetime | None:
        """None: usable answers ask for no rest."""
        return None

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        """Fewest calls of the official API; most platforms bill no windows."""
        return self.api_visits.minimum(kind, accounts, posts)
