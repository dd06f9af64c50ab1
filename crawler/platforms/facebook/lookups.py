"""Calls for several objects at once, `GET /?ids=…`, which fail as a whole if one of them is gone.

Where the error names the missing ones, they are left out of the next call; where it names none,
the batch is halved until they are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.facebook import api_parts, calls
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.videos import KeptPage, Views, keep_page
from crawler.platforms.paging import chunks, handle_of, knows_id
from crawler.reading import graph
from crawler.reading.shape import decode, mapping
from model.items import AccountItem, Mapped
from model.messages import Outcome, Visit

_Ids = tuple[str, ...]
_T = TypeVar("_T")


def profiles(visits: tuple[Visit, ...], config: FacebookConfig) -> Iterator[Action]:
    """The counters of up to 50 pages."""
    return _Profiles(config).ask(visits)


def refreshes(visits: Sequence[Visit], config: FacebookConfig) -> Iterator[Action]:
    """Known posts by 50, one visit after another."""
    for visit in visits:
        batches = tuple(tuple(ids) for ids in chunks(visit.posts, calls.BATCH))
        yield from _Refresh(visit, config, batches).step()


def _halves(ids: _Ids) -> tuple[_Ids, ...]:
    """A batch in two; one id cannot be halved and is left out."""
    middle = len(ids) // 2
    return (ids[:middle], ids[middle:]) if middle else ()


def _sifted(answer: Answer, fault: CrawlError, ids: _Ids) -> tuple[_Ids, tuple[_Ids, ...]]:
    """After a fault of a batch: the ids that are gone, and the batches to ask next.

    Raises the fault if a single object is too much for one answer.
    """
    if isinstance(fault, graph.TooMuchData):
        if len(ids) == 1:
            raise fault
        return (), _halves(ids)
    error = graph.error_of(answer.body)
    gone = ids if len(ids) == 1 else graph.named(error, ids) if error else ()
    if not gone:
        return (), _halves(ids)
    rest = tuple(id_ for id_ in ids if id_ not in gone)
    return gone, (rest,) if rest else ()


def _siftable_fault(answer: Answer) -> CrawlError | None:
    """None for rows; the fault if it can be sifted out. Raises every other fault."""
    fault = graph.fault(answer)
    if fault is None or fault.outcome is Outcome.GONE or isinstance(fault, graph.TooMuchData):
        return fault
    raise fault


def _read_objects(
    answer: Answer, read: Callable[[Any, str], _T]
) -> tuple[dict[str, _T], dict[str, str]]:
    """The objects of an answer by the id they were asked for, and the paths of broken ones.

    Raises ShapeError if all are broken, for then it is the shape that changed.
    """
    rows: dict[str, _T] = {}
    failed: dict[str, str] = {}
    for key, held in mapping(decode(answer.body), "").items():
        try:
            rows[key] = read(held, key)
        except ShapeError as error:
            failed[key] = error.path
    if failed and not rows:
        raise ShapeError(next(iter(failed.values())))
    return rows, failed


@dataclass(frozen=True, slots=True)
class _Profiles:
    """The counters of up to 50 pages a call; each batch goes on independently."""

    config: FacebookConfig

    def ask(self, visits: tuple[Visit, ...]) -> Iterator[Action]:
        """One call for these visits' pages."""
        call = calls.pages_by_id([_wanted(visit) for visit in visits], self.config)
        yield Fetch(call, lambda answer: self._answered(answer, visits), visits)

    def _answered(self, answer: Answer, visits: tuple[Visit, ...]) -> Iterator[Action]:
        fault = _siftable_fault(answer)
        if fault is not None:
            yield from self._sift(answer, fault, visits)
            return
        accounts, failed = _read_objects(
            answer, lambda held, key: api_parts.read_page(held, key, answer.observed_at)
        )
        mapped = Mapped(
            shape="facebook.by_ids",
            accounts=tuple(accounts.values()),
            unmapped=tuple(failed.values()),
        )
        yield Page(answer, mapped, visits)
        for visit in visits:
            yield _closed(visit, accounts, failed)

    def _sift(
        self, answer: Answer, fault: CrawlError, visits: tuple[Visit, ...]
    ) -> Iterator[Action]:
        by_id = {_wanted(visit): visit for visit in visits}
        gone, batches = _sifted(answer, fault, tuple(by_id))
        for id_ in gone:
            yield Close(by_id[id_], Outcome.GONE, fault.detail)
        for batch in batches:
            yield from self.ask(tuple(by_id[id_] for id_ in batch))


def _wanted(visit: Visit) -> str:
    """The page's id; its handle while `@handle` stands in the place of an id."""
    return visit.account if knows_id(visit) else handle_of(visit)


def _closed(visit: Visit, accounts: dict[str, AccountItem], failed: dict[str, str]) -> Close:
    """A page that is in the answer under its id was read, whatever it is called now."""
    account = accounts.get(_wanted(visit))
    if _wanted(visit) in failed:
        return Close(visit, Outcome.CHANGED_SHAPE, failed[_wanted(visit)])
    if account is None:
        return Close(visit, Outcome.GONE, f"page {_wanted(visit)} is not in the answer")
    known = visit.handle.lower() not in ("", visit.account)
    if known and account.handle and account.handle.lower() != visit.handle.lower():
        return Close(visit, Outcome.OK, f"is called {account.handle} now")
    return Close(visit, Outcome.OK)


@dataclass(frozen=True, slots=True)
class _Refresh:
    """Known posts of one page, by 50; then the views of the videos among them."""

    visit: Visit
    config: FacebookConfig
    pending: tuple[_Ids, ...]
    pages: tuple[KeptPage, ...] = ()

    def step(self) -> Iterator[Action]:
        """The next batch, or the views once all batches were answered."""
        if not self.pending:
            close = Close(self.visit, Outcome.OK)
            yield from Views.of_pages(self.visit, self.config, self.pages, close).start()
            return
        ids, rest = self.pending[0], replace(self, pending=self.pending[1:])
        call = calls.posts_by_id(ids, self.config)
        yield Fetch(call, lambda answer: rest.answered(answer, ids), (self.visit,))

    def answered(self, answer: Answer, ids: _Ids) -> Iterator[Action]:
        """One batch of posts, or what it takes to find those that are gone."""
        fault = _siftable_fault(answer)
        if fault is None:
            page = self._page(answer, ids)
            yield from replace(self, pages=(*self.pages, page)).step()
            return
        gone, batches = _sifted(answer, fault, ids)
        pages = (*self.pages, KeptPage(answer, Mapped(shape="facebook.error", gone=gone)))
        yield from replace(
            self, pages=pages if gone else self.pages, pending=(*batches, *self.pending)
        ).step()

    def _page(self, answer: Answer, ids: _Ids) -> KeptPage:
        asked = api_parts.PostsAsked(observed_at=answer.observed_at, shares=True, dated=True)
        posts, failed = _read_objects(
            answer, lambda held, key: api_parts.read_post(held, key, asked)
        )
        mapped = Mapped(
            shape="facebook.by_ids",
            posts=tuple(posts.values()),
            gone=tuple(id_ for id_ in ids if id_ not in posts and id_ not in failed),
            unmapped=tuple(failed.values()),
        )
        return keep_page(answer, mapped, decode(answer.body), frozenset())
