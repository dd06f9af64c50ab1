"""Tokens for programs: shown once, stored hashed, scoped, perhaps bound to cities, and expiring."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.users.errors import AccessError
from portal.users.people import USERS, Person, find_person, person_of
from portal.users.roles import Role, TokenScope
from portal.users.sessions import secret_key
from store.database import Document, Store
from store.keys import instant

TOKENS = "tokens"
_PREFIX = "cr_"
LONGEST_LIFE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Token:
    """One that was given out; what it is stays with whoever got it."""

    id: str
    """The first letters of the hash: enough to name it."""
    user: str
    note: str
    scope: TokenScope
    cities: tuple[str, ...]
    """Empty: all that its owner may see."""
    created_at: datetime
    expires_at: datetime
    revoked: bool


def create_token(
    db: Store,
    user: str,
    at: datetime,
    *,
    note: str = "",
    scope: TokenScope = TokenScope.READ,
    cities: Sequence[str] = (),
    days: int = 90,
) -> tuple[str, Token]:
    """What is shown once, and what is kept. Raises AccessError."""
    owner = find_person(db, user)
    if owner is None or owner.disabled:
        raise AccessError("user", f"there is no user {user}")
    life = timedelta(days=days)
    if not timedelta() < life <= LONGEST_LIFE:
        raise AccessError("days", f"expected 1 to {LONGEST_LIFE.days}, got {days}")
    if owner.role is Role.OPERATOR and not set(cities) <= set(owner.cities):
        raise AccessError("cities", "expected cities of the token's owner")
    secret = _PREFIX + secrets.token_urlsafe(32)
    document = {
        "_id": secret_key(secret),
        "user": user,
        "note": note[:200],
        "scope": scope.value,
        "cities": sorted(set(cities)),
        "created_at": instant(at),
        "expires_at": instant(at + life),
        "revoked": False,
    }
    db[TOKENS].insert_one(document)
    return secret, _token(document)


def find_token(db: Store, secret: str, at: datetime) -> tuple[Token, Person] | None:
    """A token that is in force, and its owner; None for any other."""
    if not secret.startswith(_PREFIX):
        return None
    found = db[TOKENS].find_one({"_id": secret_key(secret), "revoked": False})
    if found is None or found["expires_at"] <= at:
        return None
    owner = db[USERS].find_one({"_id": found["user"], "disabled": False}, {"password": False})
    return (_token(found), person_of(owner)) if owner else None


def tokens(db: Store) -> list[Token]:
    """All, the newest first."""
    return [_token(one) for one in db[TOKENS].find().sort("created_at", -1)]


def revoke_token(db: Store, token_id: str) -> Token:
    """From now on it opens nothing. Raises AccessError."""
    wanted = {"_id": {"$gte": token_id, "$lt": token_id + "g"}}
    found = list(db[TOKENS].find(wanted).limit(2)) if len(token_id) >= 6 else []
    if len(found) != 1:
        raise AccessError("token", f"there is no token {token_id!r}")
    db[TOKENS].update_one({"_id": found[0]["_id"]}, {"$set": {"revoked": True}})
    return _token({**found[0], "revoked": True})


def _token(document: Document) -> Token:
    return Token(
        id=document["_id"][:12],
        user=document["user"],
        note=document["note"],
        scope=TokenScope(document["scope"]),
        cities=tuple(document["cities"]),
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        revoked=document["revoked"],
    )
