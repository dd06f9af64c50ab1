"""Which public pages a visit takes, logged out and in the browser.

profile    the page                          likes exact, followers as people read them
timeline   the page, scrolled down           three posts with it and with each of its queries
refresh    the same, over the window of the known posts; without a window a page a post
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from crawler.contract import Action, Answer, Browse, Close, Fetch, Page
from crawler.errors import ShapeError
from crawler.platforms.facebook import calls
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.web_timeline import (
    WEB_SHAPE,
    own_rows,
    read_page_part,
    stranger_in,
    web_timeline,
)
from crawler.platforms.paging import without_window
from model.items import Mapped
from model.messages import Outcome, Visit, VisitKind


def start(visit: Visit, config: FacebookConfig) -> Iterator[Action]:
    """The first actions for a visit of the web route."""
    if visit.kind is VisitKind.PROFILE:
        yield _profile(visit, config)
    elif visit.window is not None:
        yield web_timeline(visit, visit.window, config)
    elif visit.kind is VisitKind.REFRESH:
        yield from _refresh(visit, config)
    else:
        yield without_window(visit)


def _profile(visit: Visit, config: FacebookConfig) -> Fetch:
    def then(answer: Answer) -> Iterator[Action]:
        found = read_page_part(answer.body, answer.observed_at)
        stranger = stranger_in(visit, found)
        if stranger is not None:
            yield stranger
        elif not found.mapped.accounts:
            raise ShapeError("og:description", "has no likes, and the header no followers")
        else:
            yield Page(answer, own_rows(visit, found, found.owners), (visit,))
            yield Close(visit, Outcome.OK)

    return Fetch(calls.browsed_page(visit, config, "profile", Browse()), then, (visit,))


def _refresh(visit: Visit, config: FacebookConfig) -> Iterator[Action]:
    """Known posts, a page each; those that are not found end as gone."""
    waiting = list(dict.fromkeys(visit.posts))

    def go_on() -> Iterator[Action]:
        if waiting:
            yield ask(waiting.pop(0))
        else:
            yield Close(visit, Outcome.OK if visit.posts else Outcome.OK_NOTHING_NEW)

    def ask(post: str) -> Fetch:
        def then(answer: Answer) -> Iterator[Action]:
            yield Page(answer, _map_post(visit, post, answer), (visit,))
            yield from go_on()

        path = f"/posts/{post.rpartition('_')[2]}"
        call = calls.browsed_page(visit, config, "post", Browse(), path)
        return Fetch(call, then, (visit,))

    yield from go_on()


def _map_post(visit: Visit, post: str, answer: Answer) -> Mapped:
    """A post's own page. Raises ShapeError for another one."""
    if answer.status == 404:
        return Mapped(shape=WEB_SHAPE, gone=(post,))
    found = read_page_part(answer.body, answer.observed_at)
    mapped = own_rows(visit, found, found.owners)
    mine = tuple(row for row in mapped.posts if row.id == post)
    if not mine:
        raise ShapeError("Story", f"of post {post} is not in its page")
    return msgspec.structs.replace(mapped, posts=mine)
