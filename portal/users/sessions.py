"""Sessions: documents of the collection `sessions`, which can be ended at any moment.

The cookie holds 32 random bytes; stored is their SHA-256, so that a copy of the database opens
nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.database import Store
from store.keys import instant

SESSIONS = "sessions"
_TOUCHED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """One that has not ended."""

    key: str
    user: str
    form_token: str
    """Stands in every form of the session."""
    expires_at: datetime
    outside: bool = False
    """Whether it began with a provider's word and not with a password."""


def secret_key(secret: str) -> str:
    """Under which a secret that was given out is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin_session(
    db: Store, user: str, at: datetime, lasts: timedelta, *, outside: bool = False
) -> str:
    """A new one; gives what goes into the cookie."""
    secret = secrets.token_urlsafe(32)
    db[SESSIONS].insert_one(
        {
            "_id": secret_key(secret),
            "user": user,
            "form_token": secrets.token_urlsafe(24),
            "began_at": instant(at),
            "used_at": instant(at),
            "expires_at": instant(at + lasts),
            **({"outside": True} if outside else {}),
        }
    )
    return secret


def kept_session(
    db: Store, found: Mapping[str, Any], at: datetime, lasts: timedelta
) -> Session | None:
    """A stored session that has not ended; it is used now."""
    key = found["_id"]
    if found["expires_at"] <= at:
        return None
    if at - found["used_at"] > _TOUCHED_EVERY:
        change = {"used_at": instant(at), "expires_at": instant(at + lasts)}
        db[SESSIONS].update_one({"_id": key}, {"$set": change})
    outside = bool(found.get("outside"))
    return Session(key, found["user"], found["form_token"], found["expires_at"], outside)


def end_session(db: Store, key: str) -> None:
    """Signs out."""
    db[SESSIONS].delete_one({"_id": key})


def revoke_sessions(db: Store, user: str) -> int:
    """Ends all sessions of one; gives their number."""
    return db[SESSIONS].delete_many({"user": user}).deleted_count


def expire_sessions(db: Store, at: datetime) -> int:
    """Forgets those that have ended."""
    return db[SESSIONS].delete_many({"expires_at": {"$lte": instant(at)}}).deleted_count
