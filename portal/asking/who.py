"""Who asks, and whether they may: sessions and tokens, forms of ours, rights."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException

from portal.rights.viewer import Right, Viewer, person_viewer, token_viewer
from portal.users.attempts import API_CALLS, spend
from portal.users.signed_in import find_signed_in
from portal.users.tokens import find_token

if TYPE_CHECKING:
    from portal.asking.asked import Portal

MOST_FIELDS = 100


class PasswordDue(Exception):
    """Nothing is shown to a one-time password but the form that replaces it."""


def session_viewer(portal: Portal, request: Request) -> Viewer | None:
    """Who has signed in; None for nobody."""
    secret = request.cookies.get(portal.cookie)
    if not secret:
        return None
    portal.require_database()
    found = find_signed_in(portal.db, secret, portal.clock.now(), portal.session_lasts)
    if found is None:
        return None
    session, person = found
    token, key = session.form_token, session.key
    return person_viewer(person, token, key, outside=session.outside)


def token_reader(portal: Portal, request: Request) -> Viewer | None:
    """Whose token came along, else who has signed in. Raises 429."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        # The API's own page is read by people, who have a session.
        return session_viewer(portal, request)
    portal.require_database()
    found = find_token(portal.db, secret.strip(), portal.clock.now())
    if found is None:
        return None
    wait = spend(portal.redis, API_CALLS, found[0].id)
    if wait:
        raise HTTPException(429, headers={"Retry-After": str(wait)})
    return token_viewer(*found)


async def given_form(request: Request) -> Mapping[str, Any]:
    """The fields of a form; none of any other content."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {}
    return dict(await request.form(max_files=1, max_fields=MOST_FIELDS))


def check_form(
    portal: Portal, request: Request, viewer: Viewer | None, form: Mapping[str, Any]
) -> None:
    """A form must come from our own pages, and hold the token that we gave out with it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "form")
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "form")
    expected = viewer.form_token if viewer else request.cookies.get(portal.form_cookie, "")
    given = str(form.get("form_token", ""))
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise HTTPException(403, "form")


def check_right(request: Request, viewer: Viewer | None, right: Right) -> None:
    """Raises 401, 403 or PasswordDue where a route is not open."""
    if right is Right.OPEN:
        return
    if viewer is None:
        raise HTTPException(401)
    if not viewer.may(right):
        raise HTTPException(403)
    if viewer.must_change and request.url.path not in ("/password", "/sign-out", "/language"):
        raise PasswordDue
