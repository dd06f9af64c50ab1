"""Who gets digests, when, in which language; what was sent."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends
from starlette.responses import Response

from portal.alerts.config import Language
from portal.asking.asked import Asked, adds, asked_of
from portal.digest.recipients import (
    DigestKind,
    Recipient,
    new_key,
    put_recipient,
    recipients,
    remove_recipient,
)
from portal.digest.sending import sendings
from portal.rights.viewer import Right
from portal.users.audit import note_change
from portal.users.errors import AccessError
from portal.web.drawing import draw

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_SENT_SHOWN = 50
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@adds(router, "GET", "/admin/digests", Right.ADMIN)
def digests_page(asked: Ask) -> Response:
    """Recipients and the newest digests."""
    return _digests(asked, "")


def _digests(asked: Asked, done: Any) -> Response:
    db = asked.portal.db
    return draw(
        asked,
        "digests.html",
        recipients=recipients(db),
        sent=sendings(db, _SENT_SHOWN),
        channels={name: one.kind.value for name, one in asked.portal.channels.items()},
        kinds=[kind.value for kind in DigestKind],
        days=_DAYS,
        done=done,
    )


def _field(asked: Asked, name: str) -> str:
    return str(asked.form.get(name, "")).strip()[:400]


def _whole(asked: Asked, name: str) -> int:
    text = _field(asked, name)
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise AccessError(name, "expected a whole number")
    return int(text)


@adds(router, "POST", "/admin/digests", Right.ADMIN)
def add_recipient_form(asked: Ask) -> Response:
    """Somebody gets digests from now on."""
    channel, name = _field(asked, "channel"), _field(asked, "name")
    if channel not in asked.portal.channels:
        known = ", ".join(asked.portal.channels)
        if not known:
            raise AccessError("channel", "there are none yet: set CITYREACH_ALERTS__CHANNELS")
        raise AccessError("channel", "the channels are {known}", known=known)
    new = Recipient(
        name=name,
        channel=channel,
        address=_field(asked, "address"),
        language=cast(Language, _field(asked, "language")),
        cities=tuple(_field(asked, "cities").replace(",", " ").split()),
        kinds=tuple(kind for kind in DigestKind if _field(asked, f"kind-{kind.value}")),
        weekday=_whole(asked, "weekday"),
        hour=_whole(asked, "hour"),
        since=asked.portal.clock.now(),
        key=new_key(),
    )
    put_recipient(asked.portal.db, asked.portal.channels[channel], new, asked.portal.cities)
    _log(asked, "digest.add", name)
    return _digests(asked, asked.words("{name} gets digests from now on.", name=name))


@adds(router, "POST", "/admin/digests/remove", Right.ADMIN)
def remove_recipient_form(asked: Ask) -> Response:
    """Somebody gets no more digests."""
    name = _field(asked, "name")
    if not remove_recipient(asked.portal.db, name):
        raise AccessError("name", "there is no recipient {name}", name=name)
    _log(asked, "digest.remove", name)
    return _digests(asked, asked.words("{name} gets no more digests.", name=name))


def _log(asked: Asked, what: str, name: str) -> None:
    note_change(asked.portal.db, asked.portal.clock.now(), asked.known.name, what, name)
