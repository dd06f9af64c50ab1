"""Coming in and going out: signing in, here or with a provider of OpenID Connect, the password,
the language, where each role begins."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from portal.asking.asked import Asked, adds, asked_of, to_page
from portal.asking.words import LANGUAGES
from portal.config import OidcSettings
from portal.rights.viewer import NotThere, Right
from portal.users.attempts import SIGN_IN_ADDRESS, SIGN_IN_NAME, forget, spend
from portal.users.audit import note_change
from portal.users.errors import AccessError
from portal.users.passwords import is_password
from portal.users.people import (
    find_person,
    note_sign_in,
    set_language,
    set_password,
    stored_password,
)
from portal.users.roles import Role
from portal.users.sessions import begin_session, end_session, expire_sessions
from portal.web.drawing import draw

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_LANGUAGE_SECONDS = 365 * 86_400
_BACK = "/sign-in/back"
log = logging.getLogger(__name__)


@adds(router, "GET", "/", Right.SELF)
def start(asked: Ask) -> Response:
    """Where each role begins."""
    viewer = asked.known
    if viewer.role is Role.OPERATOR:
        return to_page(f"/my/{min(viewer.bound or ['none'])}")
    return to_page("/team" if viewer.role is Role.ADMIN else "/months")


@adds(router, "GET", "/sign-in", Right.OPEN)
def sign_in_page(asked: Ask) -> Response:
    """The form."""
    if asked.viewer is not None:
        return to_page("/")
    return draw(asked, "sign-in.html", problem=None, name="")


@adds(router, "POST", "/sign-in", Right.OPEN)
def sign_in(asked: Ask) -> Response:
    """Begins a session. A wrong name and a wrong password get the same answer."""
    portal, now = asked.portal, asked.portal.clock.now()
    name = str(asked.form.get("name", "")).strip().lower()[:80]
    address = asked.request.client.host if asked.request.client else ""
    wait = max(
        spend(portal.redis, SIGN_IN_NAME, name), spend(portal.redis, SIGN_IN_ADDRESS, address)
    )
    if wait:
        said = asked.words("Too many tries; try again in {n} minutes", n=wait // 60 + 1)
        page = draw(asked, "sign-in.html", 429, problem=said, name=name)
        page.headers["retry-after"] = str(wait)
        return page
    if not is_password(stored_password(portal.db, name), str(asked.form.get("password", ""))):
        said = asked.words("Name or password is wrong")
        return draw(asked, "sign-in.html", 422, problem=said, name=name)
    forget(portal.redis, SIGN_IN_NAME, name)
    note_sign_in(portal.db, name, now)
    note_change(portal.db, now, name, "sign in")
    expire_sessions(portal.db, now)
    secret = begin_session(portal.db, name, now, portal.session_lasts)
    answer = to_page("/")
    secure = portal.settings.secure
    answer.set_cookie(portal.cookie, secret, httponly=True, samesite="lax", secure=secure)
    answer.delete_cookie(portal.form_cookie, secure=secure)
    return answer


@adds(router, "POST", "/sign-out", Right.SELF)
def sign_out(asked: Ask) -> Response:
    """Ends the session."""
    end_session(asked.portal.db, asked.known.session)
    answer = to_page("/sign-in")
    answer.delete_cookie(asked.portal.cookie, secure=asked.portal.settings.secure)
    return answer


@adds(router, "GET", "/password", Right.SELF)
def password_page(asked: Ask) -> Response:
    """The form for another password."""
    return draw(asked, "password.html", problem=None)


@adds(router, "POST", "/password", Right.SELF)
def change_password(asked: Ask) -> Response:
    """Another password; all other sessions end, and a new one begins."""
    portal, viewer, now = asked.portal, asked.known, asked.portal.clock.now()
    old, new = (str(asked.form.get(key, "")) for key in ("old", "new"))
    wait = spend(portal.redis, SIGN_IN_NAME, viewer.name)
    if wait or not is_password(stored_password(portal.db, viewer.name), old):
        said = asked.words("The present password is wrong")
        return draw(asked, "password.html", 422, problem=said)
    try:
        if old == new:
            raise AccessError("password", "expected another one than before")
        set_password(portal.db, viewer.name, new, one_time=False)
    except AccessError as error:
        said = asked.words.told(error.message, **error.values)
        return draw(asked, "password.html", 422, problem=said)
    forget(portal.redis, SIGN_IN_NAME, viewer.name)
    note_change(portal.db, now, viewer.name, "password.change", viewer.name)
    secret = begin_session(portal.db, viewer.name, now, portal.session_lasts)
    answer = to_page("/")
    secure = portal.settings.secure
    answer.set_cookie(portal.cookie, secret, httponly=True, samesite="lax", secure=secure)
    return answer


@adds(router, "POST", "/language", Right.OPEN)
def change_language(asked: Ask) -> Response:
    """Chinese or English from now on; addresses stay the same."""
    wanted = str(asked.form.get("language", ""))
    if wanted not in LANGUAGES:
        raise AccessError("language", "expected zh or en")
    if asked.viewer is not None:
        set_language(asked.portal.db, asked.viewer.name, wanted)
    back = str(asked.form.get("back", "/"))
    ours = back.startswith("/") and not back.startswith(("//", "/\\")) and "\n" not in back
    answer = to_page(back if ours else "/")
    answer.set_cookie(
        "language",
        wanted,
        max_age=_LANGUAGE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=asked.portal.settings.secure,
    )
    return answer


def _settings(asked: Asked) -> OidcSettings:
    found = asked.portal.settings.oidc
    if found is None:
        raise NotThere("page", "sign-in")
    return found


def _cookie(asked: Asked) -> str:
    return f"{asked.portal.cookie}-outside"


def _back(asked: Asked) -> str:
    public = asked.portal.settings.public_url or str(asked.request.base_url)
    return public.rstrip("/") + _BACK


@adds(router, "GET", "/sign-in/outside", Right.OPEN)
def leave_to_provider(asked: Ask) -> Response:
    """To the provider, with what it has to send back."""
    settings = _settings(asked)
    # Imported late: an extra.
    from portal.users.outside import TRIES_LAST, NotVouched, begin_outside

    _count(asked)
    portal, now = asked.portal, asked.portal.clock.now()
    try:
        address, secret = begin_outside(portal.db, settings, _back(asked), now)
    except NotVouched as error:
        return _refused(asked, error)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        _cookie(asked),
        secret,
        max_age=int(TRIES_LAST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=portal.settings.secure,
    )
    return answer


@adds(router, "GET", _BACK, Right.OPEN)
def back_from_provider(asked: Ask) -> Response:
    """Begins a session for whom the provider vouches for, if an admin has added them."""
    settings = _settings(asked)
    from portal.users.outside import NotVouched, finish_outside

    _count(asked)
    portal, request, now = asked.portal, asked.request, asked.portal.clock.now()
    secret = request.cookies.get(_cookie(asked), "")
    try:
        name = finish_outside(portal.db, settings, _back(asked), secret, str(request.url), now)
        person = find_person(portal.db, name)
        if person is None or person.disabled:
            raise NotVouched("no user of this name may sign in")
    except NotVouched as error:
        return _refused(asked, error)
    note_sign_in(portal.db, name, now)
    note_change(portal.db, now, name, "sign in", "", {"by": settings.issuer})
    expire_sessions(portal.db, now)
    begun = begin_session(portal.db, name, now, portal.session_lasts, outside=True)
    answer = to_page("/")
    secure = portal.settings.secure
    answer.set_cookie(portal.cookie, begun, httponly=True, samesite="lax", secure=secure)
    answer.delete_cookie(_cookie(asked), secure=secure)
    return answer


def _count(asked: Asked) -> None:
    client = asked.request.client
    wait = spend(asked.portal.redis, SIGN_IN_ADDRESS, client.host if client else "")
    if wait:
        raise HTTPException(429, headers={"Retry-After": str(wait)})


def _refused(asked: Asked, error: Exception) -> Response:
    log.warning("signing in with the provider failed: %s", error)
    said = asked.words("You could not be signed in this way; an admin can say why.")
    return draw(asked, "sign-in.html", 403, problem=said, name="")
