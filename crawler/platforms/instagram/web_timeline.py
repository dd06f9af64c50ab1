"""A timeline by public pages: the profile, then a page a post, from the newest to the oldest.

The profile shows the 12 newest posts, little more than their addresses. Older ones are for those
who are logged in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import Retry, ShapeError
from crawler.platforms.instagram import calls
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.instagram.lookups import renamed_account
from crawler.platforms.instagram.map import map_answer
from crawler.platforms.instagram.web_listing import ListedPost, Listing, listing_in
from crawler.platforms.instagram.web_lookups import PostPages, is_whole
from crawler.platforms.paging import agree, finished, handle_of, unproven
from crawler.reading import meta_pages
from model.items import AccountItem, Mapped
from model.messages import Outcome, Visit, Window
from model.proof import Proof
from model.route import Route

_PINNED = 3
"""So many old posts may stand ahead of newer ones, marked as pinned or not."""
_TAIL = 2
"""How many posts in a row must lie before the window."""


def account_in(visit: Visit, mapped: Mapped) -> AccountItem:
    """The account that a profile is about. Raises ShapeError."""
    for account in mapped.accounts:
        if str(account.handle).casefold() == handle_of(visit).casefold():
            return account
    raise ShapeError("xig_user_by_username", f"is not that of {handle_of(visit)}")


@dataclass(slots=True, eq=False)
class ProfileTimeline:
    """One visit, one page at a time: the profile, then posts from the newest to the oldest."""

    visit: Visit
    window: Window
    config: InstagramConfig
    posts: PostPages = field(init=False)
    shown: Listing = field(default_factory=lambda: Listing((), more=False))
    total: int | None = None
    """How many posts the account says it has."""
    place: int = 0
    """How many of the posts shown were looked at."""
    older: int = 0
    """PostPages before the window, in a row, up to `place`; pinned ones do not count."""

    def __post_init__(self) -> None:
        self.posts = PostPages(self.visit, self.config)

    def fetch(self) -> Fetch:
        """The profile's page."""
        call = calls.public_page(self.config, "timeline", quote(handle_of(self.visit), safe=""))
        return Fetch(call, self._answered, (self.visit,))

    def _answered(self, answer: Answer) -> Iterator[Action]:
        mapped = map_answer(answer.body, answer.observed_at, Route.WEB)
        account = account_in(self.visit, mapped)
        stranger = renamed_account(self.visit, [account])
        if stranger is not None:
            yield stranger
            return
        self.shown, self.total = self._listing(answer, account), account.counts["posts"].value
        listed = {post.id for post in self.shown.posts}
        ready = self.posts.note(p for p in mapped.posts if p.id in listed and is_whole(p))
        rows = msgspec.structs.replace(mapped, accounts=(account,), posts=ready)
        yield Page(answer, rows, (self.visit,))
        yield from self._go_on()

    def _listing(self, answer: Answer, account: AccountItem) -> Listing:
        """The posts that the page shows. Raises Retry if there should be some."""
        listing = listing_in(meta_pages.documents(answer.body))
        if listing is None:
            raise ShapeError("polaris_ordered_timeline_connection")
        if not listing.posts and (listing.more or account.counts["posts"].value):
            total = account.counts["posts"].value
            raise Retry(Outcome.EMPTY_UNEXPECTED, f"no posts of an account with {total}")
        return listing

    def _go_on(self) -> Iterator[Action]:
        """The next post whose time is not known, or the visit's end."""
        while self.place < len(self.shown.posts) and not self._reaches_back:
            post = self.shown.posts[self.place]
            if post.id not in self.posts.asked:
                yield self.posts.ask(post.id, post.code, self._go_on)
                return
            self._look_at(post)
        if self._reaches_back:
            yield finished(self.visit, self._seen(), Proof.OLDER_POST)
        elif not self.shown.more:
            yield self._at_the_end()
        else:
            yield from self.posts.in_turn(self.visit.posts, self._not_covered())

    def _at_the_end(self) -> Close:
        """A list that says it is at its end holds all posts that the account counts."""
        listed = len(self.shown.posts)
        if self.total is not None and agree(self.total, listed):
            return finished(self.visit, self._seen(), Proof.COUNTERS)
        number = "does not say how many it has" if self.total is None else f"has {self.total}"
        why = f"the list ended after {listed} posts of an account that {number}"
        return unproven(self.visit, self._seen(), why)

    def _look_at(self, post: ListedPost) -> None:
        self.place += 1
        date = self.posts.dates.get(post.id)
        if date is not None and not post.pinned:
            self.older = self.older + 1 if date < self.window.start else 0

    @property
    def _reaches_back(self) -> bool:
        return self.older >= _TAIL and self.place > _PINNED

    def _seen(self) -> tuple[str, ...]:
        others, dates = self.posts.others, self.posts.dates
        return tuple(p for p, date in dates.items() if date in self.window and p not in others)

    def _not_covered(self) -> Close:
        listed = [post.id for post in self.shown.posts if not post.pinned]
        dates = [self.posts.dates[post] for post in listed if post in self.posts.dates]
        back = f"back to {min(dates):%FT%TZ}" if dates else "none of which can be read"
        detail = f"logged out, the profile shows {len(self.shown.posts)} posts, {back}"
        return Close(self.visit, Outcome.FORBIDDEN, detail)
