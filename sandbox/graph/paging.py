"""Sizes of pages and cursors between them, as all lists of the Graph API have them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from sandbox.graph import errors
from sandbox.service.exchange import Refused

_MOST = 100
_DEFAULT = 25


def page_size(arguments: Mapping[str, str]) -> int:
    """The `limit`. Raises Refused if it is no number or too large."""
    text = arguments.get("limit", str(_DEFAULT))
    if not text.isascii() or not text.isdigit():
        raise Refused(errors.bad_value("param limit must be a non-negative integer"))
    if int(text) > _MOST:
        raise Refused(errors.too_much())
    return int(text)


def to_cursor(text: str) -> str:
    """A text as a cursor."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> str:
    """The text of a cursor. Raises Refused."""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise Refused(errors.bad_cursor()) from error
