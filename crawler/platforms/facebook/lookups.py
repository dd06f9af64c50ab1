"""Pages and known posts by id, up to 50 a call; each object comes to its own end.

A part that is throttled, refused or broken ends what it was asked for; the other parts count. One
that failed for a moment is asked for once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import CrawlError, Retry, ShapeError, Wait
from crawler.platforms.facebook import api_parts, calls
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.videos import KeptPage, Kinds
from crawler.platforms.paging import chunks, handle_of, knows_id, renamed
from crawler.reading.graph_batch import Part, read_objects
from model.items import AccountItem, Mapped, PostItem
from model.messages import Outcome, Visit

_SHAPE = "facebook.batch"


def profiles(visits: Sequence[Visit], config: FacebookConfig) -> Iterator[Action]:
    """The counters of pages."""
    for some in chunks(visits, config.objects_a_call):
        yield _Profiles(config).ask(tuple(some))


def refreshes(visits: Sequence[Visit], config: FacebookConfig) -> Iterator[Action]:
    """Known posts, one visit after another."""
    for visit in visits:
        batches = tuple(tuple(ids) for ids in chunks(visit.posts, config.objects_a_call))
        yield from _Refresh(visit, config, batches).step()


@dataclass(frozen=True, slots=True)
class _Profiles:
    """The counters of up to 50 pages a call; each page ends its own visit."""

    config: FacebookConfig
    again: bool = False
    """Whether these are asked for once more, after a failure of a moment."""

    def ask(self, visits: tuple[Visit, ...]) -> Fetch:
        """One call for these visits' pages."""
        call = calls.pages_by_id([_wanted(visit) for visit in visits], self.config)
        return Fetch(call, lambda answer: self._answered(answer, visits), visits)

    def _answered(self, answer: Answer, visits: tuple[Visit, ...]) -> Iterator[Action]:
        parts = read_objects(answer, [_wanted(visit) for visit in visits])
        accounts, failed = _accounts(parts, answer)
        mapped = Mapped(
            shape=_SHAPE, accounts=tuple(accounts.values()), unmapped=_unreadable(failed)
        )
        yield Page(answer, mapped, visits)
        passing = [v for v in visits if isinstance(failed.get(_wanted(v)), Retry)]
        if passing and not self.again:
            yield replace(self, again=True).ask(tuple(passing))
        for visit in visits:
            if self.again or visit not in passing:
                yield _closed(visit, accounts, failed)


def _accounts(
    parts: Mapping[str, Part], answer: Answer
) -> tuple[dict[str, AccountItem], dict[str, CrawlError]]:
    """The pages by what they were asked for by, and what is wrong with the others."""
    accounts: dict[str, AccountItem] = {}
    failed: dict[str, CrawlError] = {}
    for key, part in parts.items():
        if isinstance(part, CrawlError):
            failed[key] = part
            continue
        try:
            accounts[key] = api_parts.read_page(part, key, answer.observed_at)
        except ShapeError as error:
            failed[key] = error
    return accounts, failed


def _unreadable(failed: Mapping[str, CrawlError]) -> tuple[str, ...]:
    """The paths of what is not of the shape that was expected, each once."""
    paths = (error.path for error in failed.values() if isinstance(error, ShapeError))
    return tuple(dict.fromkeys(paths))


def _wanted(visit: Visit) -> str:
    """The page's id; its handle while `@handle` stands in the place of an id."""
    return visit.account if knows_id(visit) else handle_of(visit)


def _ended(visit: Visit, error: CrawlError, detail: str) -> Close:
    until = error.until if isinstance(error, Wait) else None
    return Close(visit, error.outcome, detail, retry_at=until)


def _closed(
    visit: Visit, accounts: Mapping[str, AccountItem], failed: Mapping[str, CrawlError]
) -> Close:
    """A page that was read under its id counts, whatever it is called now."""
    error = failed.get(_wanted(visit))
    if error is not None:
        return _ended(visit, error, error.detail)
    account = accounts[_wanted(visit)]
    if knows_id(visit) and account.id != visit.account:
        return renamed(visit, account.id)
    known = visit.handle.lower() not in ("", visit.account)
    if known and account.handle and account.handle.lower() != visit.handle.lower():
        return Close(visit, Outcome.OK, f"is called {account.handle} now")
    return Close(visit, Outcome.OK)


@dataclass(frozen=True, slots=True)
class _Refresh:
    """Known posts of one page, up to 50 a call; then the views of the videos among them."""

    visit: Visit
    config: FacebookConfig
    pending: tuple[tuple[str, ...], ...]
    pages: tuple[KeptPage, ...] = ()
    unread: tuple[CrawlError, ...] = ()
    """Why posts could not be read, one for each of them."""
    repeated: frozenset[str] = frozenset()
    """Posts that were asked for once more."""

    def step(self) -> Iterator[Action]:
        """The next batch, or what completes the posts once all batches were answered."""
        if not self.pending:
            yield from Kinds.of_pages(self.visit, self.config, self.pages, self._close()).step()
            return
        ids, rest = self.pending[0], replace(self, pending=self.pending[1:])
        call = calls.posts_by_id(ids, self.config)
        yield Fetch(
            call, lambda answer: rest.answered(answer, ids), (self.visit,), self._kept_pages
        )

    def _kept_pages(self) -> Iterator[Action]:
        """What was read before a batch failed for good: its posts count, without their views."""
        for page in self.pages:
            yield Page(page.answer, page.mapped, (self.visit,))

    def answered(self, answer: Answer, ids: tuple[str, ...]) -> Iterator[Action]:
        """One batch of posts."""
        parts = read_objects(answer, ids)
        page, failed = _posts(parts, answer)
        passing = tuple(key for key, error in failed.items() if isinstance(error, Retry))
        again = tuple(key for key in passing if key not in self.repeated)
        lost = tuple(error for key, error in failed.items() if key not in again)
        yield from replace(
            self,
            pages=(*self.pages, page),
            pending=(*self.pending, again) if again else self.pending,
            unread=self.unread + lost,
            repeated=self.repeated.union(again),
        ).step()

    def _close(self) -> Close:
        """Complete if every post was read or is gone."""
        if not self.unread:
            return Close(self.visit, Outcome.OK)
        first = self.unread[0]
        detail = f"{len(self.unread)} of {len(self.visit.posts)} posts were not read: "
        return _ended(self.visit, first, detail + first.detail)


def _posts(parts: Mapping[str, Part], answer: Answer) -> tuple[KeptPage, dict[str, CrawlError]]:
    """The posts of an answer, and what is wrong with the others that are not gone."""
    asked = api_parts.PostsAsked(observed_at=answer.observed_at, shares=True, dated=True)
    posts: list[PostItem] = []
    gone: list[str] = []
    failed: dict[str, CrawlError] = {}
    for key, part in parts.items():
        if isinstance(part, CrawlError) and part.outcome is Outcome.GONE:
            gone.append(key)
        elif isinstance(part, CrawlError):
            failed[key] = part
        else:
            try:
                posts.append(api_parts.read_post(part, key, asked))
            except ShapeError as error:
                failed[key] = error
    mapped = Mapped(
        shape=_SHAPE, posts=tuple(posts), gone=tuple(gone), unmapped=_unreadable(failed)
    )
    objects = {post.id: parts[post.id] for post in posts if post.id in parts}
    return KeptPage(answer, mapped, objects), failed
