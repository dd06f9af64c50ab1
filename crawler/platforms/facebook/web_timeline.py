"""A page's timeline in the parts in which it comes: the page itself, then its own queries.

Posts come newest first, but for pinned ones ahead of them; three come with the page and with each
query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec

from crawler.contract import Action, Answer, Browse, Call, Captured, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.facebook import calls, web_map
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.map import map_answer
from crawler.platforms.facebook.web_stream import Stream, read_stream
from crawler.platforms.paging import DISPLACED, Listed, endless, finished, unproven, within
from crawler.reading.public import check_page
from model.items import Mapped, PostItem
from model.messages import Outcome, Visit, Window
from model.proof import Proof
from model.route import Route

_QUERIES = "/api/graphql/"
"""Where pages fetch further posts."""
_PINNED = 3
"""So many old posts may stand ahead of newer ones."""
WEB_SHAPE = "facebook.web"
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class PagePart:
    """What one answer shows of the timeline."""

    mapped: Mapped
    more: bool | None
    """Whether further posts follow; None if it does not tell."""
    owners: dict[str, str]
    """Ids of pages by those of the profiles that stand for them."""
    cut: bool = False
    """Whether it says that more of itself was to come."""
    cursor: str | None = None
    """Where what follows begins."""


def read_page_part(body: bytes, observed_at: datetime) -> PagePart:
    """The page itself. Raises the CrawlError of a wall, ShapeError for what is no page."""
    found = _part(body, read_stream(body), observed_at)
    return found or replace(_NOTHING, mapped=map_answer(body, observed_at, Route.WEB))


def _read_query(answer: Answer) -> PagePart:
    """What the page fetched for itself; other things than posts are an empty part.

    Raises the CrawlError that a refusal stands for.
    """
    check_page(answer)
    stream = read_stream(answer.body)
    found = _part(answer.body, stream, answer.observed_at)
    if found is None:
        for document in stream.documents:
            refused = web_map.graphql_refusal(document)
            if refused is not None:
                raise refused
    return found or _NOTHING


def _part(body: bytes, stream: Stream, observed_at: datetime) -> PagePart | None:
    """None for an answer that has nothing to do with pages and their posts."""
    end = web_map.list_end(stream.documents)
    mapped = web_map.map_stream(body, stream, observed_at)
    if mapped is None and end is None:
        return None
    return PagePart(
        mapped or Mapped(shape=WEB_SHAPE),
        more=None if end is None else end.more,
        owners=web_map.owners(stream.documents),
        cut=stream.cut,
        cursor=end.cursor if end is not None else None,
    )


_NOTHING = PagePart(Mapped(shape=WEB_SHAPE), None, {})


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far back the posts of a page go that have come so far."""

    window: Window
    shown: frozenset[str] = frozenset()
    older: int = 0
    """Posts before the window, in a row, at the end of what came."""
    more: bool | None = None
    cursor: str | None = None
    """Where the last part led that led anywhere."""
    listed: Listed = field(default_factory=Listed)

    def after(self, found: PagePart) -> _Reach:
        """With one more part; a post that came before does not count again."""
        older = self.older
        keys = [_number(post) for post in found.mapped.posts]
        for key, post in zip(keys, found.mapped.posts, strict=True):
            if key not in self.shown and post.published_at is not None:
                older = older + 1 if post.published_at < self.window.start else 0
        more = self.more if found.more is None else found.more
        of_the_list = keys or found.more is not None
        back = found.cursor is not None and found.cursor == self.cursor
        listed = self.listed.with_page(keys, leads_back=back) if of_the_list else self.listed
        return replace(
            self,
            shown=self.shown | set(keys),
            older=older,
            more=more,
            cursor=found.cursor or self.cursor,
            listed=listed,
        )

    @property
    def proof(self) -> Proof | None:
        """What shows that no post of the window can be missing; None if nothing does."""
        if self.listed.displaced:
            return None
        if self.older > _PINNED:
            return Proof.OLDER_POST
        return Proof.END_MARK if self.more is False else None


class Covered:
    """Asked while the page is scrolled: whether its posts reach back to before the window.

    Answers are read once; what cannot be read ends the scrolling.
    """

    def __init__(self, window: Window) -> None:
        self._start = _Reach(window)
        self._read: dict[bytes, PagePart | None] = {}

    def __call__(self, html: bytes, captured: Sequence[Captured]) -> bool:
        """Whether that is enough."""
        reach = self._start
        for one in (Captured(url="", status=200, body=html), *captured):
            found = self._part(one, is_page=one.body is html)
            if found is None:
                return True
            reach = reach.after(found)
            if reach.listed.leads_nowhere:
                return True
        return reach.proof is not None

    def _part(self, one: Captured, *, is_page: bool) -> PagePart | None:
        if one.body not in self._read:
            call = Call(endpoint=calls.TIMELINE, url=one.url, route=Route.WEB)
            answer = Answer(
                call=call, status=one.status, headers={}, body=one.body, observed_at=_EPOCH
            )
            self._read[one.body] = _part_or_none(answer, is_page=is_page)
        return self._read[one.body]


def _part_or_none(answer: Answer, *, is_page: bool) -> PagePart | None:
    try:
        return read_page_part(answer.body, answer.observed_at) if is_page else _read_query(answer)
    except CrawlError:
        return None


def _owned(mapped: Mapped, account: str, owners: dict[str, str]) -> Mapped:
    """The page's own posts, named by the page rather than by the profile that stands for it.

    Raises ShapeError if there are posts, and none of them is the page's.
    """
    named = [_renamed(post, owners) for post in mapped.posts]
    own = tuple(post for post in named if post.account == account)
    if named and not own:
        raise ShapeError("actors", f"none of the posts is of page {account}")
    return msgspec.structs.replace(mapped, posts=own)


def _renamed(post: PostItem, owners: dict[str, str]) -> PostItem:
    page = owners.get(str(post.account))
    if page is None:
        return post
    return msgspec.structs.replace(post, account=page, id=f"{page}_{_number(post)}")


def _number(post: PostItem) -> str:
    return post.id.rpartition("_")[2]


def stranger_in(visit: Visit, found: PagePart) -> Close | None:
    """The end of a visit whose page turns out to be another one."""
    for account in found.mapped.accounts:
        if visit.account.isdigit() and account.id and account.id != visit.account:
            detail = f"the page of {visit.handle or visit.account} is {account.id} now"
            return Close(visit, Outcome.RENAMED, detail)
    return None


def own_rows(visit: Visit, found: PagePart, owners: dict[str, str]) -> Mapped:
    """Rows of the visited page; the account of a header that names no id is this one."""
    if not visit.account.isdigit():
        return found.mapped
    accounts = tuple(
        msgspec.structs.replace(row, id=row.id or visit.account) for row in found.mapped.accounts
    )
    mapped = msgspec.structs.replace(found.mapped, accounts=accounts)
    return _owned(mapped, visit.account, owners)


def web_timeline(visit: Visit, window: Window, config: FacebookConfig) -> Fetch:
    """One page, scrolled until the window is covered; its own queries bring the older posts."""

    def then(answer: Answer) -> Iterator[Action]:
        found = read_page_part(answer.body, answer.observed_at)
        stranger = stranger_in(visit, found)
        if stranger is not None:
            yield stranger
            return
        walk = _Walk(visit, _Reach(window), found.owners)
        if found.more is None:
            walk.lost.append("timeline_list_feed_units.page_info is not in the page")
        yield walk.take(answer, found)
        for further in answer.fetched(_QUERIES):
            try:
                part = _read_query(further)
            except CrawlError as error:
                yield walk.refused(further, error)
                break
            yield walk.take(further, part)
        yield walk.close()

    browse = Browse(capture=(_QUERIES,), enough=Covered(window))
    call = calls.browsed_page(visit, config, calls.TIMELINE, browse)
    return Fetch(call, then, (visit,))


@dataclass(slots=True)
class _Walk:
    """What is known of a timeline while its parts are read."""

    visit: Visit
    reach: _Reach
    owners: dict[str, str]
    seen: dict[str, None] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    refusal: CrawlError | None = None
    cut: bool = False
    """Whether an answer ended before its end."""

    def take(self, answer: Answer, found: PagePart) -> Page:
        """Counts one part in; gives what is to be harvested of it."""
        self.reach = self.reach.after(found)
        mapped = own_rows(self.visit, found, self.owners)
        self.lost += mapped.unmapped
        self.cut = self.cut or found.cut
        for post in mapped.posts:
            if within(post, self.reach.window):
                self.seen[post.id] = None
        return Page(answer, mapped, (self.visit,))

    def refused(self, answer: Answer, error: CrawlError) -> Page:
        """A query came to nothing: its answer is kept all the same."""
        self.refusal = error
        return Page(answer, Mapped(shape=WEB_SHAPE, unmapped=(error.detail,)), (self.visit,))

    def close(self) -> Close:
        """Complete only if the posts reach back to before the window, all of them read."""
        visit, shown = self.visit, len(self.reach.shown)
        if self.lost:
            return Close(visit, Outcome.CHANGED_SHAPE, f"could not be read: {self.lost[0]}")
        if self.reach.proof is not None and not self.cut:
            return finished(visit, self.seen, self.reach.proof)
        if self.refusal is not None:
            detail = f"after {shown} posts: {self.refusal.detail}"
            return Close(visit, self.refusal.outcome, detail)
        if self.cut:
            detail = f"after {shown} posts: an answer came without its last documents"
            return unproven(visit, self.seen, detail)
        if self.reach.listed.leads_nowhere:
            return endless(visit, self.seen)
        if self.reach.listed.displaced:
            return unproven(visit, self.seen, DISPLACED)
        back = f"{self.reach.window.start:%FT%TZ}"
        detail = f"{shown} posts came, and no more; they do not reach back to {back}"
        return Close(visit, Outcome.EMPTY_UNEXPECTED, detail)
