"""What shall go wrong: faults that hit some or all calls of a platform or an endpoint.

Some faults replace the answer by an error in the platform's form, some change the answer, some
disturb its delivery, and some hold from one instant to another for a whole account or platform.
"""

from __future__ import annotations

import random
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from model.platform import PlatformName
from sandbox.service.exchange import PlatformRequest, Reply
from sandbox.service.paging import cursor_of, page_key


class FaultKind(StrEnum):
    """What goes wrong.

    Of lists: `empty_page` has no rows and leads on; `duplicate_page` is the page answered before,
    once more; `paging_lost` says nothing of a further page; `list_cut` ends at a random place with
    the platform's mark of the end; `wrong_total` tells other totals than the list has;
    `missing_rows` and `repeated_rows` leave rows out or repeat the last ones of the page before;
    `displaced_rows` has the rows of the page before in place of its own, and leads on as its own
    does; `agreeing_cut` is a list cut at its first rows whose end mark and totals agree with that.
    Lists that never end: `endless_same_cursor` leads to the page that was asked for,
    `endless_same_rows` and `endless_no_rows` have a new cursor each time.

    Of one platform alone: `suspended_token` refuses the owner of the token (X), `validation_error`
    refuses the form of the call (X), `suspended_account` (X) and `age_gated_account` (YouTube)
    show an account as such.

    Of accounts, while the fault holds: `reused_handle` gives the handle to a stranger (with
    `number` posts), `swapped_counters` swaps the counters of neighbouring posts, `same_second`
    gives neighbouring posts one time, `edge_time` puts one post at `moment`. Of a platform:
    `clock_off` moves its present by `shift` seconds.
    """

    RATE_LIMITED = "rate_limited"
    QUOTA_SPENT = "quota_spent"
    SERVER_ERROR = "server_error"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    LOGIN_WALL = "login_wall"
    SUSPENDED_TOKEN = "suspended_token"  # noqa: S105
    VALIDATION_ERROR = "validation_error"
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
    PAGING_LOST = "paging_lost"
    WRONG_TOTAL = "wrong_total"
    LIST_CUT = "list_cut"
    MISSING_ROWS = "missing_rows"
    REPEATED_ROWS = "repeated_rows"
    DISPLACED_ROWS = "displaced_rows"
    AGREEING_CUT = "agreeing_cut"
    ENDLESS_SAME_CURSOR = "endless_same_cursor"
    ENDLESS_SAME_ROWS = "endless_same_rows"
    ENDLESS_NO_ROWS = "endless_no_rows"
    GONE_ACCOUNT = "gone_account"
    RENAMED_HANDLE = "renamed_handle"
    REUSED_HANDLE = "reused_handle"
    SUSPENDED_ACCOUNT = "suspended_account"
    AGE_GATED_ACCOUNT = "age_gated_account"
    SWAPPED_COUNTERS = "swapped_counters"
    SAME_SECOND = "same_second"
    EDGE_TIME = "edge_time"
    CLOCK_OFF = "clock_off"


REPLACING = frozenset(
    {
        FaultKind.RATE_LIMITED,
        FaultKind.QUOTA_SPENT,
        FaultKind.SERVER_ERROR,
        FaultKind.EXPIRED_TOKEN,
        FaultKind.SUSPENDED_TOKEN,
        FaultKind.VALIDATION_ERROR,
        FaultKind.LOGIN_WALL,
        FaultKind.CHALLENGE,
        FaultKind.CONSENT,
    }
)
"""Kinds that answer an error instead of what was asked for."""
OF_ACCOUNTS = frozenset(
    {
        FaultKind.GONE_ACCOUNT,
        FaultKind.RENAMED_HANDLE,
        FaultKind.REUSED_HANDLE,
        FaultKind.SUSPENDED_ACCOUNT,
        FaultKind.AGE_GATED_ACCOUNT,
        FaultKind.SWAPPED_COUNTERS,
        FaultKind.SAME_SECOND,
        FaultKind.EDGE_TIME,
    }
)
"""Kinds that concern one account for as long as they hold."""
OF_ONE_PLATFORM: dict[FaultKind, PlatformName] = {
    FaultKind.SUSPENDED_TOKEN: "x",
    FaultKind.VALIDATION_ERROR: "x",
    FaultKind.SUSPENDED_ACCOUNT: "x",
    FaultKind.AGE_GATED_ACCOUNT: "youtube",
}
"""Kinds that only one platform has."""
CHANGING = frozenset(
    {
        FaultKind.UNKNOWN_FIELDS,
        FaultKind.MISSING_FIELDS,
        FaultKind.EMPTY_PAGE,
        FaultKind.SHUFFLED,
        FaultKind.PAGING_LOST,
        FaultKind.WRONG_TOTAL,
        FaultKind.LIST_CUT,
        FaultKind.MISSING_ROWS,
        FaultKind.REPEATED_ROWS,
        FaultKind.DISPLACED_ROWS,
        FaultKind.AGREEING_CUT,
        FaultKind.ENDLESS_SAME_CURSOR,
        FaultKind.ENDLESS_SAME_ROWS,
        FaultKind.ENDLESS_NO_ROWS,
    }
)
"""Kinds that change what an answer says."""
_OF_FURTHER_PAGES = frozenset(
    {
        FaultKind.REPEATED_ROWS,
        FaultKind.DISPLACED_ROWS,
        FaultKind.ENDLESS_SAME_CURSOR,
        FaultKind.ENDLESS_SAME_ROWS,
        FaultKind.ENDLESS_NO_ROWS,
    }
)
"""Kinds that only hit calls with a cursor."""
_OF_TWO_PAGES = frozenset(
    {
        FaultKind.DUPLICATE_PAGE,
        FaultKind.REPEATED_ROWS,
        FaultKind.DISPLACED_ROWS,
        FaultKind.ENDLESS_SAME_ROWS,
        FaultKind.ENDLESS_NO_ROWS,
    }
)
"""Kinds that need a page of the same list that was answered before."""
FROM_BEFORE = frozenset({FaultKind.ENDLESS_SAME_ROWS, FaultKind.ENDLESS_NO_ROWS})
"""Kinds that answer with the page before, changed, whatever is asked for."""
_ANY = "*"
MEDIA_PLATFORM = "gdelt"
"""Files of media data, which no fault of all platforms concerns."""
_HOUR = 3_600
_WRAPPERS = frozenset({"batch"})
"""Endpoints whose rows are answers; kinds that change answers hit them only by their name."""


class Fault(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One fault. Without `count` and `ratio` it hits every call that matches."""

    kind: FaultKind
    platform: PlatformName | Literal["*", "gdelt"] = "*"
    """`*`: every platform. GDELT's files are hit by their own name alone."""
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
    fields: tuple[str, ...] = ()
    """What `missing_fields` and `paging_lost` take out and `wrong_total` changes; none: all."""
    account: str = ""
    """Whom a kind of accounts concerns, by id."""
    handle: str = ""
    """The new handle of `renamed_handle`."""
    since: Annotated[datetime, Meta(tz=True)] | None = None
    """From which instant of the sandbox's clock it holds."""
    until: Annotated[datetime, Meta(tz=True)] | None = None
    """From which instant it holds no more."""
    number: int | None = None
    """How many rows are left out or repeated, posts share a second or belong to the stranger; by
    how much a total is wrong."""
    moment: Annotated[datetime, Meta(tz=True)] | None = None
    """Where `edge_time` puts the post that is nearest to it, moved by `shift`."""
    shift: int | None = None
    """Seconds; `clock_off` without it is an hour ahead."""

    def holds(self, now: datetime | None) -> bool:
        """Whether it is in force at this instant of the sandbox's clock."""
        if now is None:
            return True
        begun = self.since is None or self.since <= now
        return begun and (self.until is None or now < self.until)


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
        self._pages: dict[str, tuple[bytes, Reply]] = {}
        self.remembers = False
        """Whether answered pages are kept, to be answered a second time."""

    def add(self, fault: Fault) -> None:
        """Puts a fault in force."""
        self.states.append(FaultState(fault))
        self._dice.append(random.Random(fault.seed))
        self.remembers = self.remembers or fault.kind in _OF_TWO_PAGES

    def clear(self) -> None:
        """No fault is in force any more."""
        self.states.clear()
        self._dice.clear()
        self._pages.clear()
        self.remembers = False

    def pick(
        self,
        platform: str,
        endpoint: str,
        route: str,
        request: PlatformRequest,
        now: datetime | None = None,
    ) -> Fault | None:
        """The fault that hits this call; `now` is the sandbox's present."""
        for state, dice in zip(self.states, self._dice, strict=True):
            fault = state.fault
            if fault.kind in OF_ACCOUNTS or fault.kind is FaultKind.CLOCK_OFF:
                continue
            if not fault.holds(now) or not _matches(fault, platform, endpoint, route, request):
                continue
            if not self._applies(fault, request):
                continue
            state.met += 1
            if _hits(state, dice):
                state.hits += 1
                return fault
        return None

    def _applies(self, fault: Fault, request: PlatformRequest) -> bool:
        if fault.kind in _OF_TWO_PAGES and page_key(request) not in self._pages:
            return False
        return fault.kind not in _OF_FURTHER_PAGES or bool(cursor_of(request))

    def of_accounts(self, now: datetime) -> list[Fault]:
        """The faults of accounts that hold at an instant, in the order in which they were set."""
        faults = [state.fault for state in self.states]
        return [fault for fault in faults if fault.kind in OF_ACCOUNTS and fault.holds(now)]

    def shift(self, platform: str, now: datetime) -> int:
        """By how many seconds a platform's clock is off."""
        return sum(
            _HOUR if state.fault.shift is None else state.fault.shift
            for state in self.states
            if state.fault.kind is FaultKind.CLOCK_OFF
            and state.fault.platform in (_ANY, platform)
            and state.fault.holds(now)
        )

    def remember(self, request: PlatformRequest, body: bytes, reply: Reply) -> None:
        """Keeps an answered page."""
        self._pages[page_key(request)] = (body, reply)

    def remembered(self, request: PlatformRequest) -> tuple[bytes, Reply] | None:
        """The page of the same list that was answered last: its body, and before it was one."""
        return self._pages.get(page_key(request))


def _matches(
    fault: Fault, platform: str, endpoint: str, route: str, request: PlatformRequest
) -> bool:
    if endpoint in _WRAPPERS and fault.endpoint == _ANY and fault.kind in CHANGING:
        return False
    return (
        (fault.platform == platform or (fault.platform == _ANY and platform != MEDIA_PLATFORM))
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
