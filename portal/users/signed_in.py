"""Who has signed in: a session and its person, in one question."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.users.people import USERS, Person, person_of
from portal.users.sessions import SESSIONS, Session, kept_session, secret_key
from store.database import Document, Store

_PERSON: Document = {
    "$lookup": {
        "from": USERS,
        "localField": "user",
        "foreignField": "_id",
        "pipeline": [{"$unset": "password"}],
        "as": "person",
    }
}


def find_signed_in(
    db: Store, secret: str, at: datetime, lasts: timedelta
) -> tuple[Session, Person] | None:
    """The session of a cookie and its person; None where it has ended or they are disabled. The
    session's end moves away with every use."""
    stages = [{"$match": {"_id": secret_key(secret)}}, _PERSON]
    found = next(iter(db[SESSIONS].aggregate(stages)), None)
    if found is None or not found["person"]:
        return None
    person = person_of(found["person"][0])
    session = kept_session(db, found, at, lasts)
    return None if session is None or person.disabled else (session, person)
