"""The people who may sign in: documents of the collection `users`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from portal.users.errors import AccessError
from portal.users.passwords import hashed_password
from portal.users.roles import Role
from portal.users.sessions import revoke_sessions
from store.database import Document, Store
from store.keys import instant

USERS = "users"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """One who may sign in."""

    name: str
    role: Role
    cities: tuple[str, ...]
    """Those of an operator; empty for other roles."""
    disabled: bool
    must_change: bool
    """Whether the password is a one-time password."""
    language: str | None
    created_at: datetime
    signed_in_at: datetime | None = None


def add_person(
    db: Store, name: str, role: Role, cities: Sequence[str], password: str, at: datetime
) -> Person:
    """Adds one with a one-time password. Raises AccessError."""
    if not _NAME.fullmatch(name):
        expected = "expected 2 to 40 lower-case letters, digits, dots, dashes"
        raise AccessError("name", f"{name!r}: {expected}")
    if (role is Role.OPERATOR) != bool(cities):
        raise AccessError("cities", "an operator has at least one city, and nobody else any")
    document = {
        "_id": name,
        "role": role.value,
        "cities": sorted(set(cities)),
        "password": hashed_password(password),
        "must_change": True,
        "disabled": False,
        "language": None,
        "created_at": instant(at),
    }
    try:
        db[USERS].insert_one(document)
    except DuplicateKeyError:
        raise AccessError("name", f"there is a user {name} already") from None
    return person_of(document)


def find_person(db: Store, name: str) -> Person | None:
    """By name; None where there is none."""
    found = db[USERS].find_one({"_id": name}, {"password": False})
    return person_of(found) if found else None


def people(db: Store) -> list[Person]:
    """All, by name."""
    return [person_of(one) for one in db[USERS].find({}, {"password": False}).sort("_id")]


def person_of(document: Document) -> Person:
    """The person of a stored document."""
    return Person(
        name=document["_id"],
        role=Role(document["role"]),
        cities=tuple(document["cities"]),
        disabled=document["disabled"],
        must_change=document["must_change"],
        language=document["language"],
        created_at=document["created_at"],
        signed_in_at=document.get("signed_in_at"),
    )


def stored_password(db: Store, name: str) -> str | None:
    """The hash; None for nobody, and for one who is disabled."""
    found = db[USERS].find_one({"_id": name, "disabled": False}, {"password": True})
    return found["password"] if found else None


def set_password(db: Store, name: str, password: str, *, one_time: bool) -> None:
    """Another password; all sessions end. Raises AccessError."""
    change = {"password": hashed_password(password), "must_change": one_time}
    _change(db, name, change, end_sessions=True)


def set_role(db: Store, name: str, role: Role, cities: Sequence[str]) -> None:
    """Another role or other cities; all sessions end. Raises AccessError."""
    if (role is Role.OPERATOR) != bool(cities):
        raise AccessError("cities", "an operator has at least one city, and nobody else any")
    change = {"role": role.value, "cities": sorted(set(cities))}
    _change(db, name, change, end_sessions=True)


def disable_person(db: Store, name: str, *, disabled: bool = True) -> None:
    """May not sign in any more, or may again; sessions and tokens stop at once.

    Raises AccessError for a name that nobody has, and for the last admin who is left.
    """
    if disabled and not db[USERS].find_one(
        {"_id": {"$ne": name}, "role": Role.ADMIN.value, "disabled": False}
    ):
        raise AccessError("name", f"{name} is the last admin: add another one first")
    _change(db, name, {"disabled": disabled}, end_sessions=True)


def set_language(db: Store, name: str, language: str) -> None:
    """The language of the pages from now on."""
    _change(db, name, {"language": language}, end_sessions=False)


def note_sign_in(db: Store, name: str, at: datetime) -> None:
    """When one signed in last."""
    _change(db, name, {"signed_in_at": instant(at)}, end_sessions=False)


def _change(db: Store, name: str, change: dict[str, Any], *, end_sessions: bool) -> None:
    if not db[USERS].update_one({"_id": name}, {"$set": change}).matched_count:
        raise AccessError("name", f"there is no user {name}")
    if end_sessions:
        revoke_sessions(db, name)
