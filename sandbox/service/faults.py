"""What shall go wrong: faults that hit some or all calls of a platform or an endpoint.

Some faults replace the answer by an error in the platform's form, some change the answer, some
disturb its delivery, and three change who is found (gone, renamed, reused).
"""

from __future__ import annotations

import random
import re
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from model.platform import PlatformName
from sandbox.service.exchange import PlatformRequest, Reply


class FaultKind(StrEnum):
    """What goes wrong."""

    RATE_LIMITED = "rate_limited"
    QUOTA_SPENT = "quota_spent"
    SERVER_ERROR = "server_error"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    LOGIN_WALL = "login_wall"
    CHALLENGE = "challenge"
    CONSENT = "consent"
    TIMEOUT = "timeout"
    CUT = "cut"
    SLOW = "slow"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    EMPTY_BODY = "empty_body"
    UNKNOWN_FIELDS = "unknown_fields"
    MISSING_FIELDS = "missing_fields"
    EMPTY_PAGE = "empty_page"
    DUPLICATE_PAGE = "duplicate_page"
    SHUFFLED = "shuffled"
    GONE_ACCOUNT = "gone_account"
    RENAMED_HANDLE = "renamed_handle"
    REUSED_HANDLE = "reused_handle"


REPLACING = frozenset(
    {
        FaultKind.RATE_LIMITED,
        FaultKind.QUOTA_SPENT,
        FaultKind.SERVER_ERROR,
        FaultKind.EXPIRED_TOKEN,
        FaultKind.LOGIN_WALL,
        FaultKind.CHALLENGE,
        FaultKind.CONSENT,
    }
)
"""Kinds that answer an error instead of what was asked for."""
LASTING = frozenset({FaultKind.GONE_ACCOUNT, FaultKind.RENAMED_HANDLE, FaultKind.REUSED_HANDLE})
"""Kinds that change who is found, until they are cleared."""
_CHANGING = frozenset(
    {
        FaultKind.UNKNOWN_FIELDS,
        FaultKind.MISSING_FIELDS,
        FaultKind.EMPTY_PAGE,
        FaultKind.DUPLICATE_PAGE,
        FaultKind.SHUFFLED,
    }
)
"""Kinds that change what an answer says."""
_ANY = "*"
_WRAPPERS = frozenset({"batch"})
"""Endpoints whose rows are answers; kinds that change answers hit them only by their name."""
_COUNTER_FIELDS = (
    "public_metrics",
    "statistics",
    "contentDetails",
    "reactions",
    "like_count",
    "followers_count",
    "follower_count",
)
_PAGE_PARAMETERS = {"pagination_token", "pageToken", "after", "access_token", "pretty"}
_PAGE_PART = re.compile(r'\.after\([^)]*\)|"(?:cursor|search_id)"\s*:\s*("[^"]*"|[^,}\s]*)')


class Fault(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One fault. Without `count` and `ratio` it hits every call that matches."""

    kind: FaultKind
    platform: PlatformName | Literal["*"] = "*"
    endpoint: str = "*"
    route: Literal["api", "web", "*"] = "*"
    match: str = ""
    """Only calls whose path, query or body hold this text."""
    count: Annotated[int, Meta(ge=1)] | None = None
    """How many calls it hits before it is spent."""
    ratio: Annotated[float, Meta(ge=0, le=1)] | None = None
    """The share of calls it hits, drawn with `seed`."""
    seed: int = 0
    skip: Annotated[int, Meta(ge=0)] = 0
    """How many matching calls pass first."""
    status: int = 503
    """Of `server_error`."""
    seconds: Annotated[float, Meta(ge=0, le=3600)] = 60.0
    """How long `timeout` holds the answer back and `slow` stretches it."""
    fields: tuple[str, ...] = _COUNTER_FIELDS
    """What `missing_fields` takes out."""
    account: str = ""
    """Whom a lasting kind concerns, by id."""
    handle: str = ""
    """The new handle of `renamed_handle`."""


class FaultState(msgspec.Struct):
    """A fault and how often it was met and hit."""

    fault: Fault
    met: int = 0
    hits: int = 0


class Faults:
    """The faults in force; the first one that matches a call and is not spent hits it."""

    def __init__(self) -> None:
        self.states: list[FaultState] = []
        self._dice: list[random.Random] = []
        self._pages: dict[str, bytes] = {}
        self.remembers = False
        """Whether answered pages are kept, to be answered a second time."""

    def add(self, fault: Fault) -> None:
        """Puts a fault in force."""
        self.states.append(FaultState(fault))
        self._dice.append(random.Random(fault.seed))
        self.remembers = self.remembers or fault.kind is FaultKind.DUPLICATE_PAGE

    def clear(self) -> None:
        """No fault is in force any more."""
        self.states.clear()
        self._dice.clear()
        self._pages.clear()
        self.remembers = False

    def pick(
        self, platform: str, endpoint: str, route: str, request: PlatformRequest
    ) -> Fault | None:
        """The fault that hits this call."""
        for state, dice in zip(self.states, self._dice, strict=True):
            fault = state.fault
            if fault.kind in LASTING or not _matches(fault, platform, endpoint, route, request):
                continue
            if fault.kind is FaultKind.DUPLICATE_PAGE and page_key(request) not in self._pages:
                continue
            state.met += 1
            if _hits(state, dice):
                state.hits += 1
                return fault
        return None

    def remember(self, request: PlatformRequest, body: bytes) -> None:
        """Keeps an answered page."""
        self._pages[page_key(request)] = body

    def remembered(self, request: PlatformRequest) -> bytes:
        """The page of the same list that was answered last."""
        return self._pages[page_key(request)]


def _matches(
    fault: Fault, platform: str, endpoint: str, route: str, request: PlatformRequest
) -> bool:
    if endpoint in _WRAPPERS and fault.endpoint == _ANY and fault.kind in _CHANGING:
        return False
    return (
        fault.platform in ("*", platform)
        and fault.endpoint in ("*", endpoint)
        and fault.route in ("*", route)
        and (not fault.match or _mentions(request, fault.match))
    )


def _mentions(request: PlatformRequest, text: str) -> bool:
    return (
        text in request.path
        or any(text in value for value in request.params.values())
        or text.encode() in request.body
    )


def _hits(state: FaultState, dice: random.Random) -> bool:
    fault = state.fault
    if state.met <= fault.skip or (fault.count is not None and state.hits >= fault.count):
        return False
    return fault.ratio is None or dice.random() < fault.ratio


def page_key(request: PlatformRequest) -> str:
    """Equal for all pages of one list."""
    params = sorted((k, v) for k, v in request.params.items() if k not in _PAGE_PARAMETERS)
    return _PAGE_PART.sub("", f"{request.path} {params} {request.body.decode('latin-1')}")


def change(reply: Reply, fault: Fault) -> None:
    """Changes an answer as the fault wants it, in place."""
    rows = reply.rows
    if fault.kind is FaultKind.MISSING_FIELDS:
        _prune(reply.payload, frozenset(fault.fields))
    elif fault.kind is FaultKind.UNKNOWN_FIELDS:
        _extend(reply.payload, rows)
    elif fault.kind is FaultKind.EMPTY_PAGE and rows is not None:
        rows.clear()
    elif fault.kind is FaultKind.SHUFFLED and isinstance(rows, list):
        random.Random(fault.seed).shuffle(rows)


def _prune(payload: Any, names: frozenset[str]) -> None:
    waiting = [payload]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for name in names & value.keys():
                del value[name]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _extend(payload: Any, rows: list[Any] | dict[str, Any] | None) -> None:
    subjects = list(rows.values()) if isinstance(rows, dict) else list(rows or ())
    for value in (payload, *subjects):
        if isinstance(value, dict):
            value["sandbox_extra"] = {"deep": [1, {"null": None}], "text": "unknown"}
