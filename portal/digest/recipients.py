"""Who gets what, when and in which language; and how one stops getting it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from pymongo.errors import DuplicateKeyError

from portal.alerts.config import ChannelConfig, ChannelKind, Language
from portal.users.errors import AccessError
from store.database import Document, Store
from store.keys import instant

RECIPIENTS = "digest_recipients"
"""`_id` the recipient's name."""
LEAVE = "/digest/leave"
"""The page on which one stops getting it."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}", re.ASCII)
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", re.ASCII)


class DigestKind(StrEnum):
    """What is sent."""

    WEEKLY = "weekly"
    ISSUE = "issue"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One who gets digests, by a channel of the alerts' settings."""

    name: str
    channel: str
    address: str
    """Of mail; empty for webhooks."""
    language: Language
    cities: tuple[str, ...]
    """Those of an operator; empty: the whole month, as analysts see it."""
    kinds: tuple[DigestKind, ...]
    weekday: int
    """Of the weekly one, Monday is 0."""
    hour: int
    """0 to 23, in the settings' zone."""
    since: datetime
    """What was due before is not sent."""
    key: str
    """Signs the link by which one stops getting it."""
    stopped: bool = False

    @property
    def signature(self) -> str:
        """What proves that a link is ours (HMAC-SHA256)."""
        return hmac.new(self.key.encode(), self.name.encode(), hashlib.sha256).hexdigest()

    def leave_link(self, public_url: str) -> str:
        """Where one stops getting it; empty where the portal's address is not known."""
        if not public_url:
            return ""
        return f"{public_url.rstrip('/')}{LEAVE}?{urlencode({'r': self.name, 's': self.signature})}"


def put_recipient(
    db: Store, channel: ChannelConfig, wanted: Recipient, known: Collection[str]
) -> None:
    """Adds one. `known`: ids of the cities. Raises AccessError that names the field."""
    _check(channel, wanted, known)
    document = {
        "_id": wanted.name,
        "channel": wanted.channel,
        "address": wanted.address,
        "language": wanted.language,
        "cities": sorted(set(wanted.cities)),
        "kinds": [kind.value for kind in wanted.kinds],
        "weekday": wanted.weekday,
        "hour": wanted.hour,
        "since": instant(wanted.since),
        "key": wanted.key,
        "stopped": False,
    }
    try:
        db[RECIPIENTS].insert_one(document)
    except DuplicateKeyError:
        raise AccessError("name", f"there is a recipient {wanted.name} already") from None


def _check(channel: ChannelConfig, wanted: Recipient, known: Collection[str]) -> None:
    mail = channel.kind is ChannelKind.MAIL
    unknown = sorted(set(wanted.cities) - set(known))
    for field, wrong, expected in (
        ("name", not _NAME.fullmatch(wanted.name), "2 to 40 lower-case letters, digits, dots"),
        ("address", mail and not _ADDRESS.fullmatch(wanted.address), "one mail address"),
        ("address", not mail and wanted.address, "none: the channel is no mail channel"),
        ("language", wanted.language not in ("zh", "en"), "zh or en"),
        ("kinds", not wanted.kinds, "weekly, issue or both"),
        ("weekday", not 0 <= wanted.weekday <= 6, "0 (Monday) to 6"),
        ("hour", not 0 <= wanted.hour <= 23, "0 to 23"),
        ("cities", unknown, f"ids of cities; there is no {', '.join(unknown)}"),
    ):
        if wrong:
            raise AccessError(field, f"{field}: expected {expected}")


def new_key() -> str:
    """A secret for a recipient's link."""
    return secrets.token_urlsafe(24)


def recipients(db: Store) -> list[Recipient]:
    """All, by name."""
    return [_recipient(one) for one in db[RECIPIENTS].find().sort("_id")]


def _recipient(found: Document) -> Recipient:
    values: dict[str, Any] = {key: value for key, value in found.items() if key != "_id"}
    values["cities"], values["kinds"] = tuple(values["cities"]), _kinds(values["kinds"])
    return Recipient(name=found["_id"], **values)


def _kinds(names: Sequence[str]) -> tuple[DigestKind, ...]:
    return tuple(DigestKind(name) for name in names)


def remove_recipient(db: Store, name: str) -> bool:
    """False where there was none."""
    return db[RECIPIENTS].delete_one({"_id": name}).deleted_count > 0


def is_signed(db: Store, name: str, signature: str) -> bool:
    """Whether a link is one that we sent to that recipient."""
    found = db[RECIPIENTS].find_one({"_id": name})
    return found is not None and hmac.compare_digest(
        _recipient(found).signature.encode(), signature.encode()
    )


def stop(db: Store, name: str) -> None:
    """Nothing is sent there any more."""
    db[RECIPIENTS].update_one({"_id": name}, {"$set": {"stopped": True}})
