"""The page on which somebody stops getting digests, by the signed link of a mail; no sign-in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from portal.asking.asked import Asked, adds, asked_of
from portal.digest.recipients import LEAVE, is_signed, stop
from portal.rights.viewer import Right
from portal.users.audit import note_change
from portal.users.errors import AccessError
from portal.web.drawing import draw

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]


@adds(router, "GET", LEAVE, Right.OPEN)
def leave_page(asked: Ask, r: str = "", s: str = "") -> Response:
    """Asks once more: programs that look into mails open every link."""
    return _page(asked, r, s, done=False)


@adds(router, "POST", LEAVE, Right.OPEN)
def leave(asked: Ask) -> Response:
    """From now on nothing is sent there."""
    name, signature = (str(asked.form.get(key, ""))[:200] for key in ("r", "s"))
    page = _page(asked, name, signature, done=True)
    stop(asked.portal.db, name)
    note_change(asked.portal.db, asked.portal.clock.now(), name, "digest.leave", name)
    return page


def _page(asked: Asked, name: str, signature: str, *, done: bool) -> Response:
    """Raises AccessError for a link that is not ours."""
    if not is_signed(asked.portal.db, name, signature):
        raise AccessError("s", "expected the link of a mail, whole")
    return draw(asked, "leave.html", recipient=name, signature=signature, done=done)
