"""The application: all routes, what surrounds them, and what is said when something fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from portal.alerts.rules import RuleError
from portal.api import published, readings, reference
from portal.api.problems import problem
from portal.asking.asked import Asked, Portal, asked_nowhere, words_for
from portal.asking.headers import Headers, TooLarge
from portal.asking.packing import LEAST, LEVEL
from portal.asking.who import PasswordDue
from portal.report.files import CannotPrint
from portal.rights.viewer import NotThere
from portal.users.errors import AccessError
from portal.web import (
    administration,
    analyses,
    analysis,
    documentation,
    entry,
    health,
    issue,
    judgement,
    leaving,
    letters,
    media,
    mine,
    months,
    posts,
    reports,
    team,
    watched,
)
from portal.web.drawing import STATIC, draw
from scoring.errors import ScoringError
from store.errors import is_away

API = "/api/"
_THREADS = 16
ROUTERS = (
    *(entry.router, months.router, posts.router, analysis.router, mine.router, team.router),
    *(reports.router, administration.router, watched.router, documentation.router, health.router),
    *(judgement.router, published.router, readings.router, reference.router),
    *(leaving.router, issue.router, letters.router, analyses.router),
    media.router,
)


def make_app(portal: Portal) -> FastAPI:
    """The portal over what it works with."""
    app = FastAPI(
        title="CityReach",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        version="1",
        lifespan=_few_threads,
    )
    app.state.portal = portal
    app.state.measured = health.Measures()
    for router in ROUTERS:
        # Not included: each router in a router is one more look at every request.
        app.router.routes.extend(router.routes)
    assets = StaticFiles(directory=STATIC)
    app.mount("/static", GZipMiddleware(assets, LEAST, LEVEL), name="static")
    for kind, answer in _ANSWERS:
        app.add_exception_handler(kind, answer)
    app.add_middleware(Headers, secure=portal.settings.secure, measured=app.state.measured.note)
    return app


@asynccontextmanager
async def _few_threads(_: FastAPI) -> AsyncIterator[None]:
    """More threads than these only wait for each other, each with memory of its own."""
    current_default_thread_limiter().total_tokens = _THREADS
    yield


def _said(request: Request, status: int, title: str, **more: Any) -> Response:
    """A failure, as a page or as the API's problem document. Asks no server."""
    if request.url.path.startswith(API):
        return problem(request, status, title, **more)
    asked: Asked | None = getattr(request.state, "asked", None)
    if asked is None:
        portal: Portal = request.app.state.portal
        asked = Asked(request, portal, None, words_for(portal, request, None))
    values: dict[str, Any] = {"near": (), "field": None, "detail": "", "values": {}, **more}
    values["detail"] = asked.words.told(values["detail"], **values.pop("values"))
    return draw(asked, "failure.html", status, code=status, title=title, **values)


def _not_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotThere)
    return _said(request, 404, "There is no such page", near=error.near)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    if status in (404, 405) and not hasattr(request.state, "asked"):
        request.state.asked = asked_nowhere(request.app.state.portal, request)
    if status == 401 and not request.url.path.startswith(API):
        return RedirectResponse("/sign-in", 303)
    title = _TITLES.get(status, "This could not be answered")
    if status == 403 and error.detail == "form":
        title = "This form is not valid any more; load the page again"
    answer = _said(request, status, title)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


_TITLES = {
    401: "Sign in, or send a token that is in force",
    403: "This is not open to you",
    404: "There is no such page",
    405: "This address is asked in another way",
    429: "Too many tries; wait a little",
}


def _wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = str(first["loc"][-1])
    title = "A field is not as expected"
    return _said(request, 422, title, field=field, detail=str(first["msg"]))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, AccessError)
    title = "A field is not as expected"
    if request.url.path.startswith(API):
        return problem(request, 422, title, field=error.field, detail=str(error), near=error.near)
    # The page names the field before it.
    message = error.message.removeprefix(f"{error.field}: ")
    shown = {"field": error.field, "detail": message, "near": error.near}
    return _said(request, 422, title, **shown, values=error.values)


def _unscored(request: Request, error: Exception) -> Response:
    return _said(request, 422, "This cannot be computed", detail=str(error))


def _database(request: Request, error: Exception) -> Response:
    assert isinstance(error, PyMongoError)
    if is_away(error):
        portal: Portal = request.app.state.portal
        portal.note_away()
    return _said(request, 503, "The database does not answer; try again in a minute")


def _queue(request: Request, _: Exception) -> Response:
    return _said(request, 503, "The queue server does not answer; try again in a minute")


def _unprinted(request: Request, error: Exception) -> Response:
    assert isinstance(error, CannotPrint)
    return _said(request, 503, "The report was not printed", detail=_PRINTING[error.reason])


_PRINTING = {
    "none": "PDF needs a browser on the portal's machine, and none is there: `make .venv/.browser` "
    "sets one up. Or open the HTML report and print it; its pages are laid out for A4.",
    "busy": "Another report is being printed; try again in a minute.",
    "slow": "The browser did not print in time. Try again, or open the HTML report and print it.",
    "failed": "The browser could not print. Open the HTML report and print it.",
}


def _large(request: Request, _: Exception) -> Response:
    return _said(request, 413, "This is larger than anything that is taken here")


def _password(request: Request, _: Exception) -> Response:
    if request.url.path.startswith(API):
        return problem(request, 403, "Change the one-time password first")
    return RedirectResponse("/password", 303)


_ANSWERS: list[tuple[type[Exception], Any]] = [
    (NotThere, _not_there),
    (HTTPException, _http),
    (RequestValidationError, _wrong),
    (AccessError, _refused),
    (ScoringError, _unscored),
    (RuleError, _unscored),
    (PyMongoError, _database),
    (RedisError, _queue),
    (TooLarge, _large),
    (CannotPrint, _unprinted),
    (PasswordDue, _password),
]
