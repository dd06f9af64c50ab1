"""Who changed what, and when: entries are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession

from store.database import Document, Store
from store.keys import instant

AUDIT = "audit"


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


def changes(db: Store, most: int = 200) -> list[Document]:
    """The newest first."""
    return list(db[AUDIT].find({}, {"_id": False}).sort([("at", -1), ("_id", -1)]).limit(most))
