"""What was chosen by a parameter or a field of a form, beside what there is to choose."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from portal.rights.viewer import NotThere
from portal.users.errors import AccessError

_FEW = 40
"""So many are listed where none of them was chosen."""
_LONGEST = 100


def check_choice(field: str, value: str, known: Collection[str], *, may_lack: bool = False) -> None:
    """Raises AccessError for a value that is none of those known; `may_lack`: but for an empty
    one."""
    if value in known or (may_lack and not value):
        return
    near = difflib.get_close_matches(value[:_LONGEST], known)
    if len(known) > _FEW:
        raise AccessError(field, "there is no {value}", near=near, value=value[:_LONGEST])
    raise AccessError(field, "expected one of {known}", near=near, known=", ".join(known))


def check_parameter(name: str, known: Collection[str]) -> None:
    """Raises AccessError for the name of a parameter that an address does not have."""
    if name in known:
        return
    field, near = name[:_LONGEST], difflib.get_close_matches(name[:_LONGEST], known)
    if known:
        raise AccessError(
            field, "no such parameter; expected {known}", near=near, known=", ".join(known)
        )
    raise AccessError(field, "no such parameter; this address has none")


@contextmanager
def named_by(field: str) -> Iterator[None]:
    """What a field names and is not there is a wrong field, and not a page that does not exist."""
    try:
        yield
    except NotThere as error:
        name = error.name[:_LONGEST]
        if not name:
            raise AccessError(field, "expected a name") from None
        raise AccessError(field, "there is no {value}", near=error.near, value=name) from None
