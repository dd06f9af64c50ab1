"""The watched accounts as the registry says; what is observed of them the writer adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from pymongo import DeleteOne, UpdateOne
from pymongo.client_session import ClientSession

from model.account import Account, AccountClass, Pause, PauseKind
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from store.database import ACCOUNTS, Document, Store
from store.keys import instant


@dataclass(frozen=True, slots=True)
class Moved:
    """An account that belongs to another city than before."""

    account: str
    before: str
    city: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    unchanged: int
    moved: tuple[Moved, ...] = ()
    """Months that are not frozen count these for their new city from now on, also those that ended
    long ago."""


def put_accounts(
    db: Store,
    new: Iterable[Account],
    replaced: Iterable[str] = (),
    session: ClientSession | None = None,
    at: datetime | None = None,
) -> Imported:
    """Adds or changes accounts; nothing is removed, nothing observed is touched. `at`: from when
    those that are new are watched.

    An account whose id has become known takes the place of the one that had its handle alone
    (`replaced`: keys of such that had another name); a handle alone means the account that has it,
    whose id stays. Within the transaction of a `session` all is done or nothing.
    """
    with_ids, paused, watched = _with_ids(db), _noted(db, "pauses"), _noted(db, "watched_from")
    changes: list[UpdateOne] = []
    moved, cities = [], _noted(db, "city")
    gone = [DeleteOne({"_id": key}) for key in replaced]
    for given in new:
        account = _identified(given, with_ids)
        fields, by_handle = _fields(account), f"{account.platform}:@{account.handle.lower()}"
        change: Document = {"$set": fields}
        if by_handle in paused and account.key not in paused:
            fields["pauses"] = paused[by_handle]
        if by_handle in watched and account.key not in watched:
            fields["watched_from"] = watched[by_handle]
        elif at is not None:
            change["$setOnInsert"] = {"watched_from": instant(at)}
        moved += _moved(account, cities)
        changes.append(UpdateOne({"_id": account.key}, change, upsert=True))
        if account.id:
            gone.append(DeleteOne({"_id": by_handle}))
    if not changes and not gone:
        return Imported(0, 0, 0)
    # One kind after the other: each run of one kind is one message to the server.
    done = db[ACCOUNTS].bulk_write([*changes, *gone], session=session)
    added, changed = done.upserted_count, done.modified_count
    return Imported(added, changed, len(changes) - added - changed, tuple(moved))


def accounts_to_come(db: Store, new: Iterable[Account]) -> Imported:
    """What `put_accounts` would do with them; nothing is written."""
    with_ids = _with_ids(db)
    known = {document["_id"]: document for document in db[ACCOUNTS].find()}
    cities = {key: document["city"] for key, document in known.items() if "city" in document}
    done: Counter[str] = Counter()
    moved = []
    for given in new:
        account = _identified(given, with_ids)
        moved += _moved(account, cities)
        before = known.get(account.key)
        if before is None:
            done["added"] += 1
        else:
            same = all(before.get(key) == value for key, value in _fields(account).items())
            done["unchanged" if same else "changed"] += 1
    return Imported(done["added"], done["changed"], done["unchanged"], tuple(moved))


def _moved(account: Account, cities: Mapping[str, str]) -> list[Moved]:
    """It, if it belonged to another city, by its id or by its handle alone."""
    by_handle = f"{account.platform}:@{account.handle.lower()}"
    before = cities.get(account.key, cities.get(by_handle, account.city))
    return [] if before == account.city else [Moved(account.key, before, account.city)]


def _noted(db: Store, field: str) -> dict[str, Any]:
    """Pauses, the city, or since when it is watched, by key: an account takes them along when its
    id becomes known."""
    found = db[ACCOUNTS].find({field: {"$exists": True}}, {field: True})
    return {document["_id"]: document[field] for document in found}


def _with_ids(db: Store) -> dict[tuple[str, str], Account]:
    """The accounts with ids by platform and handle; also by names from before there were handles,
    which nobody else can have taken.
    """
    found: dict[tuple[str, str], Account] = {}
    for document in db[ACCOUNTS].find({"city": {"$exists": True}, "id": {"$ne": ""}}):
        account, rules = _account(document), FACTS[document["platform"]].naming
        former = (one["handle"] for one in document.get("former_handles", ()))
        for handle in (*filter(rules.is_older, former), account.handle):
            if handle:
                found[account.platform, rules.same(handle)] = account
    return found


def _identified(given: Account, with_ids: Mapping[tuple[str, str], Account]) -> Account:
    """The account with the id under which its handle is known; what the list leaves blank of such
    a one stays as it is."""
    rules = FACTS[given.platform].naming
    known = None if given.id else with_ids.get((given.platform, rules.same(given.handle)))
    if known is None:
        return given
    return msgspec.structs.replace(
        given,
        id=known.id,
        handle=known.handle if rules.is_older(given.handle) else given.handle,
        name=given.name or known.name,
        verified_at=given.verified_at or known.verified_at,
        source=given.source or known.source,
        note=given.note or known.note,
    )


def _fields(account: Account) -> Document:
    return {
        "platform": account.platform,
        "id": account.id,
        "handle": account.handle,
        "city": account.city,
        "name": account.name,
        "class": account.account_class.value,
        "primary": account.primary,
        "verified_at": instant(account.verified_at) if account.verified_at else None,
        "source": account.source,
        "note": account.note,
    }


def accounts(
    db: Store,
    platform: PlatformName | None = None,
    *,
    cities: Collection[str] | None = None,
    keys: Collection[str] | None = None,
) -> list[Account]:
    """The watched accounts by platform, then key: all, or those of a platform, of cities, or by
    key. Accounts merely observed are not among them."""
    condition: Document = {"city": {"$exists": True}}
    if platform is not None:
        condition["platform"] = platform
    if cities is not None:
        condition["city"] = {"$in": list(cities)}
    if keys is not None:
        condition["_id"] = {"$in": list(keys)}
    found = [_account(document) for document in db[ACCOUNTS].find(condition, _KNOWN_BY)]
    return sorted(found, key=lambda one: (PLATFORMS.index(one.platform), one.key))


_KNOWN_BY = dict.fromkeys(
    (
        *("platform", "id", "handle", "city", "name", "class", "primary", "verified_at", "source"),
        *("note", "pauses", "watched_from"),
    ),
    True,
)
"""Without what was observed, which is longer."""


def _account(of: Document) -> Account:
    return Account(
        platform=of["platform"],
        id=of["id"],
        handle=of["handle"],
        city=of["city"],
        name=of["name"],
        account_class=AccountClass(of["class"]),
        primary=of["primary"],
        verified_at=of["verified_at"],
        source=of["source"],
        note=of["note"],
        pauses=tuple(_pause(one) for one in of.get("pauses", ())),
        watched_from=of.get("watched_from"),
    )


def _pause(of: Document) -> Pause:
    return Pause(
        kind=PauseKind(of["kind"]),
        since=of["since"],
        visits_until=of["visits_until"],
        until=of["until"],
        reason=of["reason"],
    )
