"""Who changed what, and when: entries are added and never changed."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession

from store.database import Document, Store
from store.keys import instant

AUDIT = "audit"
_SHELL = "command line"


def note_change(
    db: Store,
    at: datetime,
    who: str,
    what: str,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
    session: ClientSession | None = None,
) -> None:
    """One entry; `what` as `user.add`. No secret belongs into `detail`. With a `session`, within
    its transaction."""
    entry = {"at": instant(at), "who": who, "what": what, "subject": subject}
    db[AUDIT].insert_one({**entry, "detail": dict(detail or {})}, session=session)


def note_command(db: Store, at: datetime, what: str, subject: str = "", **detail: Any) -> None:
    """One entry about what a command did, by the name of who is at the system."""
    note_change(db, at, _by_command(), what, subject, detail)


def _by_command() -> str:
    """Systems need not have a name for every number of a user, as in containers."""
    try:
        return f"{_SHELL}: {getpass.getuser()}"
    except (KeyError, OSError, ImportError):
        return _SHELL


def changes(db: Store, most: int = 200) -> list[Document]:
    """The newest first."""
    return list(db[AUDIT].find({}, {"_id": False}).sort([("at", -1), ("_id", -1)]).limit(most))
