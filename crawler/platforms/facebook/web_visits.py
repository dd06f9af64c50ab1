"""Which public pages a visit takes, logged out and in the browser.

profile    the page                          likes exact, followers as people read them
timeline   the page, scrolled down           three posts with it and with each of its queries
refresh    the same, over the window of the known posts; without a window a page a post
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec

from crawler.contract import Action, Answer, Browse, Call, Close, Fetch, Page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.facebook import web_parts
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.web_parts import QUERIES, SHAPE, TIMELINE, Covered, Part, Reach
from model.items import Mapped
from model.messages import Outcome, Visit, VisitKind, Window
from model.route import Route

POST = "post"
"""Endpoint of single posts; that one is not found is no failure of the call."""


def start(visits: Sequence[Visit], config: FacebookConfig) -> Iterator[Action]:
    """The first actions for visits of the web route; none shares a page with another."""
    for visit in visits:
        if visit.kind is VisitKind.PROFILE:
            yield _profile(visit, config)
        elif visit.window is not None:
            yield _timeline(visit, visit.window, config)
        elif visit.kind is VisitKind.REFRESH:
            yield from _refresh(visit, config)
        else:
            yield Close(visit, Outcome.GAVE_UP, "a timeline visit without a window")


def _address(visit: Visit, config: FacebookConfig) -> str:
    """The page's, by its id where it is known: that survives a change of its name."""
    named = visit.account if _is_known(visit) else visit.handle.removeprefix("@")
    return f"{config.web_url.rstrip('/')}/{quote(named, safe='')}"


def _is_known(visit: Visit) -> bool:
    """Whether the page's id is known; before an account is verified, only its handle is."""
    return visit.account.isdigit()


def _stranger(visit: Visit, found: Part) -> Close | None:
    """The end of a visit whose page turns out to be another one."""
    for account in found.mapped.accounts:
        if _is_known(visit) and account.id and account.id != visit.account:
            detail = f"the page of {visit.handle or visit.account} is {account.id} now"
            return Close(visit, Outcome.RENAMED, detail)
    return None


def _own(visit: Visit, found: Part, owners: dict[str, str]) -> Mapped:
    """Rows of the visited page; the account of a header that names no id is this one."""
    if not _is_known(visit):
        return found.mapped
    accounts = tuple(
        msgspec.structs.replace(row, id=row.id or visit.account) for row in found.mapped.accounts
    )
    mapped = msgspec.structs.replace(found.mapped, accounts=accounts)
    return web_parts.owned(mapped, visit.account, owners)


def _profile(visit: Visit, config: FacebookConfig) -> Fetch:
    def then(answer: Answer) -> Iterator[Action]:
        found = web_parts.page(answer.body, answer.observed_at)
        stranger = _stranger(visit, found)
        if stranger is not None:
            yield stranger
        elif not found.mapped.accounts:
            raise ShapeError("og:description", "tells no likes, and the header no followers")
        else:
            yield Page(answer, _own(visit, found, found.owners), (visit,))
            yield Close(visit, Outcome.OK)

    call = Call(endpoint="profile", url=_address(visit, config), route=Route.WEB, browse=Browse())
    return Fetch(call, then, (visit,))


def _timeline(visit: Visit, window: Window, config: FacebookConfig) -> Fetch:
    """One page, scrolled until the window is covered; its own queries bring the older posts."""

    def then(answer: Answer) -> Iterator[Action]:
        found = web_parts.page(answer.body, answer.observed_at)
        stranger = _stranger(visit, found)
        if stranger is not None:
            yield stranger
            return
        if found.more is None:
            raise ShapeError("timeline_list_feed_units.page_info", "is not in the page")
        walk = _Walk(visit, Reach(window), found.owners)
        yield walk.take(answer, found)
        for further in answer.fetched(QUERIES):
            try:
                part = web_parts.query(further)
            except CrawlError as error:
                yield walk.refused(further, error)
                break
            yield walk.take(further, part)
        yield walk.close()

    browse = Browse(capture=(QUERIES,), enough=Covered(window))
    call = Call(endpoint=TIMELINE, url=_address(visit, config), route=Route.WEB, browse=browse)
    return Fetch(call, then, (visit,))


@dataclass(slots=True)
class _Walk:
    """What is known of a timeline while its parts are read."""

    visit: Visit
    reach: Reach
    owners: dict[str, str]
    seen: dict[str, None] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    refusal: CrawlError | None = None

    def take(self, answer: Answer, found: Part) -> Page:
        """Counts one part in; gives what is to be harvested of it."""
        self.reach = self.reach.after(found)
        mapped = _own(self.visit, found, self.owners)
        self.lost += mapped.unmapped
        for post in mapped.posts:
            if post.published_at is not None and post.published_at in self.reach.window:
                self.seen[post.id] = None
        return Page(answer, mapped, (self.visit,))

    def refused(self, answer: Answer, error: CrawlError) -> Page:
        """A query came to nothing: its answer is kept all the same."""
        self.refusal = error
        return Page(answer, Mapped(shape=SHAPE, unmapped=(error.detail,)), (self.visit,))

    def close(self) -> Close:
        """Complete only if the posts reach back to before the window, all of them read."""
        visit, shown = self.visit, len(self.reach.shown)
        if self.lost:
            return Close(visit, Outcome.CHANGED_SHAPE, f"could not be read: {self.lost[0]}")
        if self.reach.whole:
            outcome = Outcome.OK if self.seen else Outcome.OK_NOTHING_NEW
            return Close(visit, outcome, seen=tuple(self.seen))
        if self.refusal is not None:
            detail = f"after {shown} posts: {self.refusal.detail}"
            return Close(visit, self.refusal.outcome, detail)
        back = f"{self.reach.window.start:%FT%TZ}"
        detail = f"{shown} posts came, and no more; they do not reach back to {back}"
        return Close(visit, Outcome.EMPTY_UNEXPECTED, detail)


def _refresh(visit: Visit, config: FacebookConfig) -> Iterator[Action]:
    """Known posts, a page each; those that are not found are told as gone."""
    waiting = list(dict.fromkeys(visit.posts))

    def go_on() -> Iterator[Action]:
        if waiting:
            yield ask(waiting.pop(0))
        else:
            yield Close(visit, Outcome.OK if visit.posts else Outcome.OK_NOTHING_NEW)

    def ask(post: str) -> Fetch:
        def then(answer: Answer) -> Iterator[Action]:
            yield Page(answer, _one(visit, post, answer), (visit,))
            yield from go_on()

        url = f"{_address(visit, config)}/posts/{post.rpartition('_')[2]}"
        return Fetch(Call(endpoint=POST, url=url, route=Route.WEB, browse=Browse()), then, (visit,))

    yield from go_on()


def _one(visit: Visit, post: str, answer: Answer) -> Mapped:
    """A post's own page. Raises ShapeError for another one."""
    if answer.status == 404:
        return Mapped(shape=SHAPE, gone=(post,))
    found = web_parts.page(answer.body, answer.observed_at)
    mapped = _own(visit, found, found.owners)
    mine = tuple(row for row in mapped.posts if row.id == post)
    if not mine:
        raise ShapeError("Story", f"of post {post} is not in its page")
    return msgspec.structs.replace(mapped, posts=mine)
