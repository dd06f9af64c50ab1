"""What a message that is set aside leaves behind: the ends of its visits, none of them a success.

As much of the message is read as can be, whatever else is wrong with it. A page's visits lose a
page, a visit's end is replaced by one that gives up. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from model.bounds import MOST_VISITS, OutOfBounds, check_instant, cut
from model.messages import Outcome, Visit, VisitClosed, parsed_visit_id
from store.database import Document
from store.ingest import attempts

_T = TypeVar("_T")
_NOTHING = msgspec.Raw()


class _Peek(msgspec.Struct, frozen=True):
    """The fields by which a message names its visits, each to be decoded by itself."""

    visit: msgspec.Raw = _NOTHING
    visits: msgspec.Raw = _NOTHING
    slot: msgspec.Raw = _NOTHING
    observed_at: msgspec.Raw = _NOTHING
    raw: msgspec.Raw = _NOTHING


class _RawPeek(msgspec.Struct, frozen=True):
    observed_at: msgspec.Raw = _NOTHING


def ends_of_visits(data: bytes, reason: str) -> list[Document]:
    """The visits that a message names, as documents with the end that setting it aside gives them.

    Empty where the message does not say whose it is.
    """
    peek = _decoded(data, _Peek)
    if peek is None:
        return []
    visit = _decoded(peek.visit, Visit)
    if visit is not None:
        return [attempts.closed(_given_up(visit, _instant(peek.observed_at), reason))]
    raw = _decoded(peek.raw, _RawPeek)
    at = (_instant(raw.observed_at) if raw else None) or _instant(peek.slot)
    if at is None:
        return []
    detail = _detail("a page", reason)
    return [attempts.lost_page(visit_id, at, detail) for visit_id in _visit_ids(peek.visits)]


def _given_up(visit: Visit, at: datetime | None, reason: str) -> VisitClosed:
    return VisitClosed(
        visit=visit,
        outcome=Outcome.GAVE_UP,
        detail=_detail("its end", reason),
        observed_at=at or visit.slot,
    )


def _detail(what: str, reason: str) -> str:
    return cut(f"{what} was set aside (`cityreach visits dead`): {reason}")


def _visit_ids(raw: msgspec.Raw) -> Iterator[str]:
    found = _decoded(raw, list[Any]) or []
    for visit in found[:MOST_VISITS]:
        if isinstance(visit, str) and parsed_visit_id(visit):
            yield visit


def _instant(raw: msgspec.Raw) -> datetime | None:
    at = _decoded(raw, datetime)
    try:
        check_instant("instant", at)
    except OutOfBounds:
        return None
    return at


def _decoded(data: bytes | msgspec.Raw, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
