"""Signing in with a provider of OpenID Connect, where the settings name one."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from portal.asking.asked import Asked, adds, asked_of, to_page
from portal.config import OidcSettings
from portal.rights.viewer import NotThere, Right
from portal.users.attempts import SIGN_IN_ADDRESS, spend
from portal.users.audit import note_change
from portal.users.people import find_person, note_sign_in
from portal.users.sessions import begin_session, expire_sessions
from portal.web.drawing import draw

log = logging.getLogger(__name__)
router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_BACK = "/sign-in/back"


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
