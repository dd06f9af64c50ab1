"""When a digest is due, and that it leaves once: it is claimed by a unique document before it is
sent. A claim whose sender ended in between is told as `unknown`: it may have left."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.errors import DuplicateKeyError

from portal.alerts.channels import DeliveryError, send
from portal.alerts.config import ChannelConfig, ChannelKind
from portal.alerts.letters import MOST_TRIES, SENDINGS
from portal.alerts.wording import Bulletin
from portal.digest.recipients import DigestKind, Recipient
from scoring.errors import ScoringError
from scoring.publish.issues import Issue
from store.database import Document, Store
from store.keys import instant

_AGAIN_AFTER = timedelta(minutes=10)
_LOST_AFTER = timedelta(minutes=15)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A digest that is to be sent now."""

    recipient: Recipient
    kind: DigestKind
    slot: str
    """The day of the weekly one; month and revision of an issue."""
    issue: Issue | None = None

    @property
    def key(self) -> str:
        """Unique: whatever has been claimed under it is not sent again."""
        return f"{self.kind.value}:{self.recipient.name}:{self.slot}"


def due(recipient: Recipient, issues: list[Issue], now: datetime, zone: str) -> Iterator[Due]:
    """What a recipient should have by now: the newest weekly one, and every issue that came out
    since they are a recipient."""
    if recipient.stopped:
        return
    if DigestKind.WEEKLY in recipient.kinds:
        slot = _last(now, zone, recipient.hour, recipient.weekday)
        if slot >= recipient.since:
            yield Due(recipient, DigestKind.WEEKLY, f"{slot.astimezone(ZoneInfo(zone)):%Y-%m-%d}")
    if DigestKind.ISSUE in recipient.kinds:
        for issue in issues:
            out = datetime.fromisoformat(issue.published_at) if issue.published_at else None
            if out is None or out < recipient.since:
                continue
            if _last(now, zone, recipient.hour) >= out:
                slot_name = f"{issue.period}:{issue.method}:{issue.revision}"
                yield Due(recipient, DigestKind.ISSUE, slot_name, issue)


def _last(now: datetime, zone: str, hour: int, weekday: int | None = None) -> datetime:
    """The newest instant at or before `now` at that hour, on that day of the week if given."""
    day = now.astimezone(ZoneInfo(zone)).date()
    while True:
        # Through UTC: an hour that the clocks skip becomes one that is.
        at = datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)
        if at <= now and weekday in (None, day.weekday()):
            return at
        day -= timedelta(days=1)


def deliver(
    db: Store,
    one: Due,
    channel: ChannelConfig | None,
    write: Callable[[Due], Bulletin],
    now: datetime,
) -> str | None:
    """Claims it, sends it and notes how that went: `sent`, `failed`, or None where another has
    claimed it, it was sent before, or it is not yet to be tried again. An error of the servers
    leaves the claim, which `tell_lost` finds."""
    if not _claim(db, one.key, now):
        return None
    try:
        if channel is None:
            raise DeliveryError(f"there is no channel {one.recipient.channel} in the settings")
        if channel.kind is ChannelKind.MAIL:
            channel = channel.model_copy(update={"to": (one.recipient.address,)})
        send(channel, write(one))
    except (DeliveryError, ScoringError) as error:
        log.warning("digest %s: %s", one.key, error)
        _note(db, one.key, {"state": "failed", "error": str(error)})
        return "failed"
    _note(db, one.key, {"state": "sent", "error": ""})
    return "sent"


def _claim(db: Store, key: str, now: datetime) -> bool:
    """Whether this process is the one that sends it now."""
    kind, name, slot = key.split(":", 2)
    claim = {"state": "claimed", "claimed_at": instant(now), "error": ""}
    try:
        db[SENDINGS].insert_one(
            {"_id": key, "kind": kind, "recipient": name, "slot": slot, "tries": 1, **claim}
        )
        return True
    except DuplicateKeyError:
        again = {
            "_id": key,
            "state": "failed",
            "tries": {"$lt": MOST_TRIES},
            "claimed_at": {"$lte": instant(now - _AGAIN_AFTER)},
        }
        change = {"$set": claim, "$inc": {"tries": 1}}
        return db[SENDINGS].update_one(again, change).modified_count > 0


def _note(db: Store, key: str, change: Mapping[str, Any]) -> None:
    db[SENDINGS].update_one({"_id": key, "state": "claimed"}, {"$set": change})


def tell_lost(db: Store, now: datetime) -> int:
    """Claims whose sender ended before it noted how it went become `unknown`; their number."""
    stale = {"state": "claimed", "claimed_at": {"$lte": instant(now - _LOST_AFTER)}}
    error = "the sender ended while it was sent: it may have arrived or not"
    found = db[SENDINGS].update_many(stale, {"$set": {"state": "unknown", "error": error}})
    if found.modified_count:
        log.warning(
            "%d digests may not have arrived: `cityreach digest sent`", found.modified_count
        )
    return found.modified_count


def sendings(db: Store, most: int = 200) -> list[Document]:
    """What was sent or was to be, newest first."""
    return list(db[SENDINGS].find().sort([("claimed_at", -1), ("_id", 1)]).limit(most))
