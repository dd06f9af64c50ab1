"""What a platform's folder offers to the crawler, and the words both speak.

A platform describes *which* calls a visit takes as a stream of actions, without doing any I/O:

    Fetch   make this call; hand the answer to `then`, which gives the next actions
    Page    one answered page: what was mapped from it, to be harvested
    Close   a visit's end

The spider makes the calls, keeps the raw answers, harvests pages and acknowledges visits. If a call
fails for good, the spider closes the visits the `Fetch` names, with the failure's outcome; the rest
of a batch goes on.

Two routes: a visit whose `route` is `web` reads public pages, logged out, by calls of the route
`web`; any other visit reads the official API. A web call without `browse` is plain HTTP. With
`browse` the page is opened in a browser, and what it fetches for itself is captured while the page
is scrolled to its end or until `enough`:

    Call(endpoint="profile", url=f"{config.web_url}/@{handle}", route=Route.WEB,
         browse=Browse(capture=("/api/post/item_list/",), enough=covered))

The answer is that of the page; `answer.fetched("/api/post/item_list/")` gives the page's own, each
as an answer to be mapped and harvested by itself. robots.txt, pace, consent dialogs, hangs and
crashes are the crawler's business, not the platform's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from crawler.config import PlatformConfig
from model.items import Mapped
from model.messages import Outcome, Visit
from model.platform import PlatformName
from model.proof import Proof
from model.route import Route


def is_at(url: str, fragment: str) -> bool:
    """Whether the path of an address holds `fragment`; what its query repeats does not count."""
    return fragment in url.partition("?")[0].partition("#")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """An answer that a page in the browser fetched for itself."""

    url: str
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Browse:
    """How the browser carries out a call: it opens the page and keeps the page's own answers."""

    capture: tuple[str, ...] = ()
    """Parts of addresses (path fragments) whose answers are kept."""
    enough: Callable[[bytes, Sequence[Captured]], bool] | None = None
    """Asked with the page's HTML (as the server sent it) and what was captured so far, once the
    page is there and after each new answer. Until it says yes, the page is scrolled to its end
    again and again; when nothing new comes for a while, what was captured is all there is, and it
    is for the platform to tell whether that is complete. At the time limit the call ends as a
    timeout. It must be pure and never raise: what cannot be read is answered yes, so that the
    visit ends with what is wrong. None: no scrolling; the call ends when the page is there and
    each of `capture` was answered once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP call, without its credential (that is added as it leaves)."""

    endpoint: str
    """Short name for the ledger and the archive, e.g. `timeline`."""
    url: str
    """Absolute, with its query; never a secret in it."""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    """May hold a secret (a client's own, where a token is asked for)."""
    units: int = 1
    """What the platform bills for this call, in its own unit."""
    route: Route = Route.API
    browse: Browse | None = None
    """None: plain HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, and when by the injected clock."""

    call: Call
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    observed_at: datetime
    captured: tuple[Captured, ...] = ()
    """The page's own answers, in order of arrival; of a browser call only."""
    url: str = ""
    """Where the page was found in the end, after redirects; of a browser call only."""
    version: str = ""
    """Which version of the official API answered, where another was asked for."""

    def fetched(self, fragment: str) -> tuple[Answer, ...]:
        """The page's own answers whose address holds `fragment`, each as an answer by itself.

        Their addresses are cut at the query, which may hold what identifies the browser.
        """
        return tuple(
            Answer(
                call=replace(self.call, url=one.url.partition("?")[0], browse=None),
                status=one.status,
                headers={},
                body=one.body,
                observed_at=self.observed_at,
            )
            for one in self.captured
            if is_at(one.url, fragment)
        )


@dataclass(frozen=True, slots=True)
class Fetch:
    """Make the call and go on with `then`; if it fails for good, close `visits`."""

    call: Call
    then: Callable[[Answer], Iterable[Action]]
    visits: tuple[Visit, ...]
    otherwise: Callable[[], Iterable[Action]] | None = None
    """How the rest of a batch goes on once `visits` were closed for a failure for good."""
    cut: Callable[[], Iterable[Page]] | None = None
    """What was kept back so far, to be harvested if this call is not made any more because a bound
    of its visits was met."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answered page that was mapped; all its visits share one slot."""

    answer: Answer
    mapped: Mapped
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """A visit's end. `seen`: ids a complete timeline showed inside its window."""

    visit: Visit
    outcome: Outcome
    detail: str = ""
    seen: tuple[str, ...] = ()
    retry_at: datetime | None = None
    """The earliest sensible next attempt, where the platform said so."""
    proof: Proof | None = None
    """What proves that a timeline is complete."""
    proven_from: datetime | None = None
    """Of a timeline that is not complete: posts of its window published at this instant or later
    were all seen."""


Action = Fetch | Page | Close


@dataclass(frozen=True, slots=True)
class TokenCall:
    """How a short-lived token is had: the call, and how to read (token, lifetime in s) from it."""

    call: Call
    read: Callable[[Answer], tuple[str, float]]


def _a_page_each(_kind: str, accounts: int, _posts: Sequence[int]) -> int:
    return accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class WebTraits:
    """What a platform's public pages offer; `Platform` says the same of its official API."""

    browses: bool = True
    """Whether any of its web calls needs the browser; without one its web visits are not taken."""
    profile_rides_along: bool = False
    refresh_by_id: bool = False
    takes_known_posts: bool = False
    """Whether a timeline visit reads the known posts of its window by id where the page's list ends
    too early; such visits carry them in `posts`."""
    minimum: Callable[[str, int, Sequence[int]], int] = _a_page_each
    """Fewest pages for such visits of so many accounts with these numbers of posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """How a platform tells who an account is: by profile visits, several a call where it can.

    A visit whose account is `@handle` asks for whoever has that handle.
    """

    by_id: frozenset[Route] = frozenset(Route)
    """The routes by which an account is found by its id; by the others, by its handle alone."""
    tells_id: frozenset[Route] = frozenset(Route)
    """The routes whose answers name the id."""


class Platform(Protocol):
    """One platform's folder: `PLATFORM` of `crawler.platforms.<name>.platform` satisfies this."""

    name: PlatformName
    Config: type[PlatformConfig]
    profile_rides_along: bool
    """Whether a timeline visit reads the account's counters too."""
    refresh_by_id: bool
    """Whether known posts can be read again by id (otherwise their timeline is read again)."""
    recognised_by_posts: bool
    """Whether the official route knows accounts by their handles alone, so that every visit carries
    the newest known posts, by which it is seen whose handle it is."""
    web: WebTraits
    """The same of its web route."""
    lookup: Lookup
    """How accounts are verified."""

    def groups(self, visits: Sequence[Visit], config: Any) -> Iterator[list[Visit]]:
        """Visits that share calls, together; each group has one kind, slot and window."""
        ...

    def start(self, visits: Sequence[Visit], config: Any) -> Iterable[Action]:
        """The first actions for one group."""
        ...

    def check(self, answer: Answer) -> None:
        """Raises the CrawlError that an error answer stands for; returns for usable answers."""
        ...

    def map(self, body: bytes, observed_at: datetime, *, route: Route | None = None) -> Mapped:
        """Recognises one raw answer by its shape and maps it. Pure.

        Raises CrawlError for the platform's error bodies, ShapeError for what cannot be mapped.
        """
        ...

    def authorise(self, token: str) -> Mapping[str, str]:
        """The headers that carry the credential."""
        ...

    def token_call(self, config: Any) -> TokenCall | None:
        """How a short-lived token is had; None where the configured token is sent as it is."""
        ...

    def pause(self, answer: Answer) -> datetime | None:
        """Until when the credential of a usable answer should rest, by its headers; None: not."""
        ...

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        """Fewest API calls for such visits of `accounts` accounts with these numbers of posts."""
        ...


@runtime_checkable
class Versioned(Protocol):
    """A platform whose answers name the version of its official API that made them."""

    def other_version(self, answer: Answer) -> str:
        """The version that answered, where another was asked for; empty otherwise."""
        ...


@runtime_checkable
class Completing(Protocol):
    """A platform whose visits derive counters from several rows of one mapped answer."""

    def complete(self, mapped: Mapped) -> Mapped:
        """The rows as a visit would deliver them. Pure."""
        ...
