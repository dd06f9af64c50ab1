"""What travels through Redis: versioned JSON, strictly decoded. No tokens inside, never pickle."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

import msgspec

from model.bounds import (
    ID_CHARACTER,
    MOST_BYTES,
    MOST_DETAIL,
    MOST_ITEMS,
    MOST_NAME,
    MOST_POSTS,
    MOST_RAW,
    MOST_UNMAPPED,
    MOST_URL,
    MOST_VISITS,
    OutOfBounds,
    check_account,
    check_ids,
    check_instant,
    check_number,
    check_number_of,
    check_sha256,
    check_text,
    cut,
)
from model.items import AccountItem, PostItem
from model.platform import PlatformName
from model.proof import Proof
from model.route import Route

_T = TypeVar("_T")
SCHEMA = 1
"""Raised whenever a message changes its meaning; a reader refuses any other number."""


class VisitKind(StrEnum):
    """What a visit collects."""

    PROFILE = "profile"
    """The account's own counters."""
    TIMELINE = "timeline"
    """The posts published within the window, and their counters."""
    REFRESH = "refresh"
    """Posts already known, by id."""


class Outcome(StrEnum):
    """How a visit ended: exactly one of these."""

    OK = "ok"
    OK_NOTHING_NEW = "ok_nothing_new"
    EMPTY_UNEXPECTED = "empty_unexpected"
    LOGIN_WALL = "login_wall"
    CHALLENGE = "challenge"
    RATE_LIMITED = "rate_limited"
    QUOTA_SPENT = "quota_spent"
    TOKEN_INVALID = "token_invalid"  # noqa: S105
    FORBIDDEN = "forbidden"
    GONE = "gone"
    RENAMED = "renamed"
    CHANGED_SHAPE = "changed_shape"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    PROXY_FAILED = "proxy_failed"
    GAVE_UP = "gave_up"

    @property
    def complete(self) -> bool:
        """Whether the visit read all that it was sent for."""
        return self in (Outcome.OK, Outcome.OK_NOTHING_NEW)

    @property
    def transient(self) -> bool:
        """Whether the same visit may succeed a little later without anybody's help."""
        return self in _TRANSIENT


_TRANSIENT = frozenset(
    {
        Outcome.EMPTY_UNEXPECTED,
        Outcome.RATE_LIMITED,
        Outcome.QUOTA_SPENT,
        Outcome.SERVER_ERROR,
        Outcome.TIMEOUT,
        Outcome.PROXY_FAILED,
        Outcome.LOGIN_WALL,
        Outcome.CHALLENGE,
    }
)


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A half-open stretch of publication times, UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        check_instant("a window's start", self.start)
        check_instant("a window's end", self.end)
        if self.end < self.start:
            raise OutOfBounds(f"a window ends at {self.end}, before its start {self.start}")

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


class Visit(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="v",
    tag=SCHEMA,
):
    """One unit of collecting. The same (account, kind, slot, window) is the same visit."""

    platform: PlatformName
    account: str
    """The platform's immutable id of the account."""
    handle: str
    """The handle by which routes without ids find the account."""
    kind: VisitKind
    slot: datetime
    """The instant this visit stands for; readings are unique per (subject, slot)."""
    window: Window | None = None
    posts: tuple[str, ...] = ()
    """Post ids of a refresh."""
    attempt: int = 0
    route: Route = Route.API

    def __post_init__(self) -> None:
        check_account("account", self.account)
        check_text("handle", self.handle, MOST_NAME)
        check_instant("slot", self.slot)
        check_ids("posts", self.posts, MOST_POSTS)
        check_number("attempt", self.attempt, most=1_000_000)

    @property
    def id(self) -> str:
        """Deterministic: planned twice, it is one visit. Neither the attempt nor the posts that
        are known by then are part of it.
        """
        window = f"{_stamp(self.window.start)}-{_stamp(self.window.end)}" if self.window else "-"
        return ":".join((self.platform, self.account, self.kind, _stamp(self.slot), window))


@lru_cache(maxsize=4096)
def _stamp(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%S}"


_INSTANT = r"\d{8}T\d{6}"
_VISIT_ID = re.compile(
    rf"(?P<account>[a-z0-9_]{{1,40}}:@?{ID_CHARACTER}{{1,200}}):(?P<kind>{'|'.join(VisitKind)}):"
    rf"(?P<slot>{_INSTANT}):(?:-|(?P<start>{_INSTANT})-(?P<end>{_INSTANT}))"
)


def stamped(stamp: str) -> datetime:
    """The instant of a stamp in a visit's id."""
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def parsed_visit_id(text: str) -> re.Match[str] | None:
    """What `Visit.id` gives, in its parts (`account` is `platform:id`); None for what is none,
    also where a stamp in it is no instant or a window ends before it starts.
    """
    named = _VISIT_ID.fullmatch(text)
    if named is None:
        return None
    try:
        check_instant("slot", stamped(named["slot"]))
        if named["start"]:
            Window(stamped(named["start"]), stamped(named["end"]))
    except ValueError:
        return None
    return named


class RawAnswer(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Names the raw answer behind a page; its zstd-compressed body travels beside the message."""

    sha256: str
    endpoint: str
    url: str
    """Without any secret."""
    status: int
    observed_at: datetime
    size: int
    """Bytes before compression."""
    version: str = ""
    """Which version of the official API answered, where another was asked for."""

    def __post_init__(self) -> None:
        check_sha256("sha256", self.sha256)
        check_text("endpoint", self.endpoint, MOST_NAME)
        check_text("url", self.url, MOST_URL)
        check_number("status", self.status, most=999)
        check_instant("observed_at", self.observed_at)
        check_number("size", self.size, most=MOST_RAW)
        check_text("version", self.version, MOST_NAME)


class HarvestPage(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag=f"page/{SCHEMA}",
):
    """One answered page: the items and the raw answer they were mapped from."""

    platform: PlatformName
    slot: datetime
    visits: tuple[str, ...]
    """Ids of the visits this page was fetched for (several where a call is batched)."""
    accounts: tuple[AccountItem, ...] = ()
    posts: tuple[PostItem, ...] = ()
    gone: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    raw: RawAnswer

    def __post_init__(self) -> None:
        check_instant("slot", self.slot)
        self._check_visits()
        items: tuple[AccountItem | PostItem, ...] = (*self.accounts, *self.posts)
        if any(item.platform != self.platform for item in items):
            raise OutOfBounds(f"a page of {self.platform} holds something of another platform")
        number = len(self.accounts) + len(self.posts) + len(self.gone)
        check_number("the number of accounts and posts", number, most=MOST_ITEMS)
        check_ids("gone", self.gone, MOST_ITEMS)
        check_number_of("unmapped", self.unmapped, MOST_UNMAPPED)
        for path in self.unmapped:
            check_text("unmapped", path, MOST_NAME)

    def _check_visits(self) -> None:
        check_number("the number of visits", len(self.visits), least=1, most=MOST_VISITS)
        for visit in self.visits:
            if parsed_visit_id(visit) is None:
                expected = "platform:account:kind:slot:window"
                raise OutOfBounds(f"visit {cut(repr(visit), 80)} is no visit's id: {expected}")
            if not visit.startswith(f"{self.platform}:"):
                raise OutOfBounds(f"visit {cut(repr(visit), 80)} is none of {self.platform}")


class VisitClosed(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag=f"closed/{SCHEMA}",
):
    """A visit's end: one outcome, and what it took."""

    visit: Visit
    outcome: Outcome
    detail: str = ""
    """For people: what was expected and what came. Never a secret."""
    observed_at: datetime
    """When the visit ended, by the injected clock."""
    seen: tuple[str, ...] = ()
    """Post ids that a complete timeline showed inside its window."""
    proof: Proof | None = None
    """What proves that a timeline is complete; None for other visits and in older messages."""
    proven_from: datetime | None = None
    """Of a timeline that is not complete: the posts of its window published at this instant or
    later are all among `seen`."""
    calls: int = 0
    retry_at: datetime | None = None
    """Earliest sensible next attempt, where the platform said so."""
    deliveries: int = 1
    """How often this attempt was handed out: more than once where a crawler was killed or stopped
    with it."""

    def __post_init__(self) -> None:
        check_text("detail", self.detail, MOST_DETAIL)
        check_instant("observed_at", self.observed_at)
        check_ids("seen", self.seen, MOST_POSTS)
        check_number("calls", self.calls, most=1_000_000_000)
        check_instant("retry_at", self.retry_at)
        check_instant("proven_from", self.proven_from)
        check_number("deliveries", self.deliveries, least=1, most=1_000_000_000)


Harvest = HarvestPage | VisitClosed


class MessageError(ValueError):
    """A message that is not of this schema; the reader sets it aside and goes on."""


_visit_decoder: msgspec.json.Decoder[Visit] = msgspec.json.Decoder(Visit, strict=True)
_harvest_decoder: msgspec.json.Decoder[Harvest] = msgspec.json.Decoder(Harvest, strict=True)
_encoder = msgspec.json.Encoder()


def encode(message: Visit | Harvest) -> bytes:
    """The message as JSON. Raises OutOfBounds if it is too large to travel."""
    data = _encoder.encode(message)
    check_number("the size of a message in bytes", len(data), most=MOST_BYTES)
    return data


def decode_visit(data: bytes) -> Visit:
    """Raises MessageError if the bytes are not a visit of this schema, within its bounds."""
    return _decoded(_visit_decoder, data, "visit")


def decode_harvest(data: bytes) -> Harvest:
    """Raises MessageError if the bytes are not a harvest message of this schema, within its
    bounds.
    """
    return _decoded(_harvest_decoder, data, "harvest")


def _decoded(decoder: msgspec.json.Decoder[_T], data: bytes, what: str) -> _T:
    try:
        check_number("the size of a message in bytes", len(data), most=MOST_BYTES)
        return decoder.decode(data)
    except Exception as error:
        # Whatever it is that cannot be read: it must not end who reads it.
        reason = cut(str(error), MOST_DETAIL)
        raise MessageError(f"not a {what} message of schema {SCHEMA}: {reason}") from error
