"""A request: who asks, in which language, and what may be answered."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from model.account import Account, City
from model.clock import Clock
from model.months import Months
from portal.alerts.config import ChannelConfig
from portal.asking.choices import check_parameter
from portal.asking.drawn import Drawn
from portal.asking.packing import packed
from portal.asking.who import check_form, check_right, given_form, session_viewer, token_reader
from portal.asking.words import Language, Words, chosen_language, words_in
from portal.config import PortalSettings
from portal.figures.gauges import GaugeReading
from portal.figures.lately import Lately
from portal.figures.months import MonthShelf
from portal.rights.kept_issues import KeptIssues
from portal.rights.reading import Reading
from portal.rights.viewer import Right, Viewer
from portal.users.errors import AccessError
from scoring.publish.issues import Issue
from store.database import Store

Redis = Any
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_JUDGED = 8_400
"""The accounts of a hundred and forty cities, for twelve months."""
_AWAY = 2.0
"""Seconds for which a database that was away is not waited for again."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class TeamSource:
    """What the pages of the team show; each asked for when a page needs it. Rows as the commands
    of the same name print them as JSON."""

    status: Callable[[], Mapping[str, Any]]
    quota: Callable[[], list[dict[str, Any]]]
    visits: Callable[[Mapping[str, str], int], list[dict[str, Any]]]
    dead: Callable[[int], list[dict[str, Any]]]
    requeue: Callable[[list[str]], list[dict[str, Any]]]
    live: Callable[[int], list[dict[str, Any]]]
    """Visits on their way, at most so many leased and waiting of each platform and route."""
    gaps: Callable[[str, str | None], list[dict[str, Any]]]
    flags: Callable[[str, str | None], list[dict[str, Any]]]
    gauges: Callable[[], Iterable[GaugeReading]]
    alerts: Callable[[], list[dict[str, Any]]]
    alert_plan: Callable[[], Mapping[str, Any]]
    look_up: Callable[[Account], dict[str, Any]]
    """Asks the platform for an account that is not watched yet; a row of `accounts verify`."""
    verify: Callable[[str], dict[str, Any]]
    """The same for one that is, by its key; what is certain is kept."""


@dataclass
class Portal:
    """What the portal works with."""

    settings: PortalSettings
    open_db: Callable[[], Store]
    open_redis: Callable[[], Redis]
    clock: Clock
    months: Months
    method: str
    cities: Mapping[str, City]
    team: TeamSource
    issue_file: Callable[[Issue], bytes] | None = None
    """The zip file of a published issue; None where nobody can make one."""
    to_pdf: Callable[[bytes], bytes] | None = None
    """HTML printed as PDF; raises CannotPrint. None where nobody can print."""
    channels: Mapping[str, ChannelConfig] = field(default_factory=dict)
    """Of alerts and digests, by name."""
    shelf: MonthShelf = field(init=False)
    judged: Lately = field(init=False, default_factory=lambda: Lately(_JUDGED))
    """What was expected of posts, by account and month: packed, some two kilobytes each."""
    listed: Lately = field(init=False, default_factory=lambda: Lately(20))
    """Lists of posts over all cities."""
    drawn: Drawn = field(init=False, default_factory=Drawn)
    issues: KeptIssues = field(init=False, default_factory=KeptIssues)
    _away_until: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.shelf = MonthShelf(lambda: self.db, self.months, self.method, self.clock)

    @cached_property
    def db(self) -> Store:
        """The project's database; nothing is asked of it yet."""
        return self.open_db()

    @cached_property
    def redis(self) -> Redis:
        """The queue server."""
        return self.open_redis()

    def note_away(self) -> None:
        """MongoDB has just been waited for in vain."""
        self._away_until = time.monotonic() + _AWAY

    def require_database(self) -> None:
        """Raises at once, rather than after seconds, while MongoDB was away a moment ago."""
        if time.monotonic() < self._away_until:
            raise ServerSelectionTimeoutError("MongoDB was away a moment ago")

    def close(self) -> None:
        """Closes the connections that were made."""
        if "db" in self.__dict__:
            self.db.client.close()
        if "redis" in self.__dict__:
            self.redis.close()

    @property
    def session_lasts(self) -> timedelta:
        """How long a session lasts after its last use."""
        return timedelta(hours=self.settings.session_hours)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return "__Host-cityreach" if self.settings.secure else "cityreach"

    @property
    def form_cookie(self) -> str:
        """The name of the cookie that a form without a session is bound to."""
        return f"{self.cookie}-form"


@dataclass
class Asked:
    """One request."""

    request: Request
    portal: Portal
    viewer: Viewer | None
    words: Words
    form: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def reading(self) -> Reading:
        """What the reader may see of the store."""
        return Reading(self.portal.db, self.known, self.portal.issues)

    @property
    def known(self) -> Viewer:
        """The reader, who is known. Raises 401."""
        if self.viewer is None:
            raise HTTPException(401)
        return self.viewer

    @property
    def language(self) -> Language:
        """Of the pages."""
        return self.words.language


ROUTE_RIGHTS: dict[tuple[str, str], Right] = {}
"""By method and path, what each route asks for: all of them, pages and API."""


def adds(
    router: APIRouter, method: str, path: str, right: Right, **more: Any
) -> Callable[[_Endpoint], _Endpoint]:
    """Adds an endpoint to a router, behind its right."""

    def decorate(endpoint: _Endpoint) -> _Endpoint:
        full = f"{router.prefix}{path}"
        ROUTE_RIGHTS[method, full] = right
        route = _ReadRoute if method in _SAFE else None
        router.add_api_route(path, endpoint, methods=[method], route_class_override=route, **more)
        return endpoint

    return decorate


async def asked_of(request: Request) -> AsyncIterator[Asked]:
    """Finds out who asks, and whether the route is open to them; files that came along are closed
    once the request is answered.

    Raises 401, 403 (also for a form that is not ours), 404 as for what does not exist, 429.
    """
    try:
        asked = await run_in_threadpool(_known_asked, request)
        if request.method not in _SAFE:
            asked.form = await given_form(request)
            check_form(asked.portal, request, asked.viewer, asked.form)
        check_right(request, asked.viewer, _right(request))
        yield asked
    finally:
        await request.close()


def _known_asked(request: Request) -> Asked:
    portal: Portal = request.app.state.portal
    by_token = request.scope["route"].path.startswith("/api/")
    viewer = (token_reader if by_token else session_viewer)(portal, request)
    asked = Asked(request, portal, viewer, words_for(portal, request, viewer))
    request.state.asked = asked
    return asked


def _right(request: Request) -> Right:
    method = request.method if request.method != "HEAD" else "GET"
    return ROUTE_RIGHTS[method, request.scope["route"].path]


class _ReadRoute(APIRoute):
    """A route that changes nothing: who asks, what they ask and the packed answer are found in one
    thread. Solving dependencies one by one takes longer than most pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI asks for it; of endpoints that take more than `asked` and parameters, its
        own."""
        needs = self.dependant
        if [one.call for one in needs.dependencies] != [asked_of] or needs.request_param_name:
            return super().get_route_handler()
        name = needs.dependencies[0].name
        known = tuple(one.alias for one in needs.query_params)

        def answered(request: Request) -> Response:
            asked = _known_asked(request)
            check_right(request, asked.viewer, _right(request))
            _check_names(request, known)
            values, wrong = request_params_to_args(needs.path_params, request.path_params)
            others, also = request_params_to_args(needs.query_params, request.query_params)
            if wrong or also:
                raise RequestValidationError([*wrong, *also])
            given = {**values, **others, **({name: asked} if name else {})}
            answer: Response = self.endpoint(**given)
            return packed(request, answer)

        async def handle(request: Request) -> Response:
            return await run_in_threadpool(answered, request)

        return handle


def _check_names(request: Request, known: Collection[str]) -> None:
    """Raises AccessError for a parameter that the API does not have, for `regon=east` would give
    all regions, and for one that is given twice: none takes several values. A page shows what it
    was asked for, and some who pass its address on add parameters of their own.
    """
    if request.url.path.startswith("/api/"):
        for name in request.query_params:
            check_parameter(name, known)
            if len(request.query_params.getlist(name)) > 1:
                raise AccessError(name, "expected one value")


def asked_nowhere(portal: Portal, request: Request) -> Asked:
    """A request that met no route: who asks keeps the way on, if the database says who it is."""
    try:
        viewer = session_viewer(portal, request)
    except PyMongoError:
        viewer = None
    return Asked(request, portal, viewer, words_for(portal, request, viewer))


def words_for(portal: Portal, request: Request, viewer: Viewer | None) -> Words:
    """The words of the reader's language."""
    stored = (viewer and viewer.language) or request.cookies.get("language")
    accepted = request.headers.get("accept-language", "")[:200]
    return words_in(chosen_language(stored, accepted, portal.settings.language), portal.months.zone)


def to_page(path: str) -> RedirectResponse:
    """After a form: to a page of ours, read anew."""
    return RedirectResponse(path, status_code=303)
