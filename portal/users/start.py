"""The first start: one admin, so that somebody can let the others in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.users.audit import AUDIT, note_change
from portal.users.errors import AccessError
from portal.users.passwords import one_time_password
from portal.users.people import USERS, add_person
from portal.users.roles import Role
from portal.users.sessions import SESSIONS, expire_sessions
from store.database import Store

FIRST_ADMIN = "admin"


def prepare_users(db: Store, at: datetime, say: Callable[[str], None]) -> None:
    """Indexes; and where there is no user yet, an admin whose one-time password is said once."""
    db[SESSIONS].create_index("user")
    expire_sessions(db, at)
    db[AUDIT].create_index([("at", -1), ("_id", -1)])
    if db[USERS].find_one({}, {"_id": True}) is not None:
        return
    password = one_time_password()
    try:
        add_person(db, FIRST_ADMIN, Role.ADMIN, (), password, at)
    except AccessError:
        return  # Another process was faster.
    note_change(db, at, "first start", "user.add", FIRST_ADMIN, {"role": Role.ADMIN.value})
    say(f"first admin: {FIRST_ADMIN}, one-time password {password}")
