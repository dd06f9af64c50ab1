"""Which public pages a visit takes, logged out, all by plain HTTP.

profile    the profile's page                    followers and number of posts, exact
timeline   the same, with its 12 newest posts    little more than their addresses
           a page for each of them, newest first, until two in a row lie before the window
           a page for each known post of the window that the profile does not show any more
refresh    a page for each known post

Older posts than those 12 are for those who are logged in. A window that they do not cover ends
`forbidden`, whatever was read of it: what else was published in it cannot be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec

from crawler.contract import Action, Answer, Call, Close, Fetch, Page
from crawler.errors import Retry, ShapeError
from crawler.platforms.instagram import map as recognise
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.instagram.web_listing import Listed, Listing, listing
from crawler.platforms.instagram.web_lookups import Posts, is_whole, page_call
from crawler.reading import meta_pages
from model.items import AccountItem, Mapped
from model.messages import Outcome, Visit, VisitKind, Window
from model.route import Route

PINNED = 3
"""So many old posts may stand ahead of newer ones, with or without a word that they are pinned."""
TAIL = 2
"""How many posts in a row must lie before the window."""
_HANDLE = re.compile(r"[A-Za-z0-9._]{1,30}")


def start(visits: Sequence[Visit], config: InstagramConfig) -> Iterator[Action]:
    """The first actions for visits of the web route; none shares a page with another."""
    for visit in visits:
        if visit.kind is VisitKind.REFRESH:
            outcome = Outcome.OK if visit.posts else Outcome.OK_NOTHING_NEW
            yield from Posts(visit, config).in_turn(visit.posts, Close(visit, outcome))
        elif not _HANDLE.fullmatch(_bare(visit)):
            detail = f"{visit.handle[:40]!r} cannot be an Instagram name"
            yield Close(visit, Outcome.GONE, detail)
        elif visit.kind is VisitKind.PROFILE:
            yield _profile(visit, config)
        elif visit.window is None:
            yield Close(visit, Outcome.GAVE_UP, "a timeline visit without a window")
        else:
            yield Timeline(visit, visit.window, config).fetch()


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest pages: one a profile, and one a post."""
    if kind == VisitKind.PROFILE:
        return accounts
    return sum(posts) + (accounts if kind == VisitKind.TIMELINE else 0)


def _bare(visit: Visit) -> str:
    return visit.handle.removeprefix("@")


def _profile_page(visit: Visit, config: InstagramConfig, endpoint: str) -> Call:
    return page_call(config, endpoint, quote(_bare(visit), safe=""))


def _profile(visit: Visit, config: InstagramConfig) -> Fetch:
    def then(answer: Answer) -> Iterator[Action]:
        mapped = recognise.answer(answer.body, answer.observed_at, Route.WEB)
        account = _account(visit, mapped)
        stranger = _stranger(visit, account)
        if stranger is None:
            rows = msgspec.structs.replace(mapped, accounts=(account,), posts=())
            yield Page(answer, rows, (visit,))
        yield stranger or Close(visit, Outcome.OK)

    return Fetch(_profile_page(visit, config, "profile"), then, (visit,))


def _account(visit: Visit, mapped: Mapped) -> AccountItem:
    """The account that a profile is about. Raises ShapeError."""
    for account in mapped.accounts:
        if str(account.handle).casefold() == _bare(visit).casefold():
            return account
    raise ShapeError("xig_user_by_username", f"is not that of {_bare(visit)}")


def _stranger(visit: Visit, account: AccountItem) -> Close | None:
    """The end of a visit whose name now belongs to somebody else."""
    if not visit.account.isdigit() or account.id in ("", visit.account):
        return None
    return Close(visit, Outcome.RENAMED, f"{visit.handle} belongs to account {account.id} now")


@dataclass(slots=True, eq=False)
class Timeline:
    """One visit, one page at a time: the profile, then posts from the newest to the oldest."""

    visit: Visit
    window: Window
    config: InstagramConfig
    posts: Posts = field(init=False)
    shown: Listing = field(default_factory=lambda: Listing((), more=False))
    place: int = 0
    """How many of the posts shown were looked at."""
    older: int = 0
    """Posts before the window, in a row, up to `place`; pinned ones do not count."""

    def __post_init__(self) -> None:
        self.posts = Posts(self.visit, self.config)

    def fetch(self) -> Fetch:
        """The profile's page."""
        call = _profile_page(self.visit, self.config, "timeline")
        return Fetch(call, self._answered, (self.visit,))

    def _answered(self, answer: Answer) -> Iterator[Action]:
        mapped = recognise.answer(answer.body, answer.observed_at, Route.WEB)
        account = _account(self.visit, mapped)
        stranger = _stranger(self.visit, account)
        if stranger is not None:
            yield stranger
            return
        self.shown = self._listing(answer, account)
        listed = {post.id for post in self.shown.posts}
        ready = self.posts.note(p for p in mapped.posts if p.id in listed and is_whole(p))
        rows = msgspec.structs.replace(mapped, accounts=(account,), posts=ready)
        yield Page(answer, rows, (self.visit,))
        yield from self._go_on()

    def _listing(self, answer: Answer, account: AccountItem) -> Listing:
        """The posts that the page shows. Raises Retry if there should be some."""
        found = listing(meta_pages.documents(answer.body))
        if found is None:
            raise ShapeError("polaris_ordered_timeline_connection")
        if not found.posts and (found.more or account.counts["posts"].value):
            told = account.counts["posts"].value
            raise Retry(Outcome.EMPTY_UNEXPECTED, f"no posts of an account with {told}")
        return found

    def _go_on(self) -> Iterator[Action]:
        """The next post whose time is not known, or the visit's end."""
        while self.place < len(self.shown.posts) and not self._reaches_back:
            post = self.shown.posts[self.place]
            if post.id not in self.posts.asked:
                yield self.posts.ask(post.id, post.code, self._go_on)
                return
            self._look_at(post)
        if self._reaches_back or not self.shown.more:
            seen = self._seen()
            yield Close(self.visit, Outcome.OK if seen else Outcome.OK_NOTHING_NEW, seen=seen)
        else:
            yield from self.posts.in_turn(self.visit.posts, self._not_covered())

    def _look_at(self, post: Listed) -> None:
        self.place += 1
        date = self.posts.dates.get(post.id)
        if date is not None and not post.pinned:
            self.older = self.older + 1 if date < self.window.start else 0

    @property
    def _reaches_back(self) -> bool:
        return self.older >= TAIL and self.place > PINNED

    def _seen(self) -> tuple[str, ...]:
        others, dates = self.posts.others, self.posts.dates
        return tuple(p for p, date in dates.items() if date in self.window and p not in others)

    def _not_covered(self) -> Close:
        listed = [post.id for post in self.shown.posts if not post.pinned]
        dates = [self.posts.dates[post] for post in listed if post in self.posts.dates]
        back = f"back to {min(dates):%FT%TZ}" if dates else "none of which can be read"
        detail = f"logged out, the profile shows {len(self.shown.posts)} posts, {back}"
        return Close(self.visit, Outcome.FORBIDDEN, detail)
