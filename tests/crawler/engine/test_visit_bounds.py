"""Bounds of single visits: whatever a list says, a visit ends, and keeps what it has read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from bus.lease import Lease
from crawler.contract import Answer, Browse, Call, Captured, Platform
from crawler.engine import visit_bounds
from crawler.engine.fetcher import Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.visit_bounds import VisitBounds
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.platform import PLATFORM as FACEBOOK
from model.messages import Outcome
from model.route import Route
from tests.crawler.engine.stub import Hand, Memory, Stub, answers, download_from, parts, run, visit
from tests.crawler.platforms.facebook.pages import HOST, TIMELINE, Graph, video
from tests.crawler.platforms.facebook.test_timeline import many, may

ENDLESS = "p1 1\nnext a"


def ended(memory: Memory, account: str = "a") -> tuple[Outcome, str]:
    close = memory.closed[account]
    return close.outcome, close.detail


async def test_a_visit_ends_after_so_many_pages_with_what_it_has_read() -> None:
    memory = await run(Stub(), answers(a=ENDLESS, b="p2 1"), "a", "b", visit_pages=4)
    assert len(memory.pages) == 4 + 1
    assert ended(memory) == (Outcome.GAVE_UP, "the visit's bound of 4 pages (visit_pages) is met")
    assert memory.closed["a"].calls == 4
    assert ended(memory, "b") == (Outcome.OK, "")


async def test_a_visit_ends_after_so_many_rows_where_these_are_billed() -> None:
    memory = await run(Stub(), answers(a=f"p2 1\n{ENDLESS}"), "a", visit_units=5)
    assert len(memory.pages) == 3
    assert "5 units (visit_units)" in ended(memory)[1]


async def test_calls_are_counted_where_these_are_billed() -> None:
    given, memory = parts(Stub(), Hand(), visit_units=3), Memory()
    fetcher = Fetcher(given, download_from(answers(a=ENDLESS)), memory)
    one = msgspec.structs.replace(visit("a"), platform="youtube")
    await GroupRun(given, fetcher, memory, [Lease("1", one)]).run()
    assert len(memory.pages) == 3
    assert ended(memory)[0] is Outcome.GAVE_UP


async def test_a_visit_ends_after_so_many_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1000))
    monkeypatch.setattr(visit_bounds, "_now", lambda: next(moments))
    memory = await run(Stub(), answers(a=ENDLESS), "a", visit_seconds=30)
    assert "30 s (visit_seconds)" in ended(memory)[1]
    assert 3 < len(memory.pages) <= 30


async def test_a_page_is_scrolled_no_further_than_its_visit_may() -> None:
    bounds = VisitBounds(FacebookConfig(visit_pages=3))
    browse = Browse(capture=("/",), enough=lambda *_: False)
    call = Call(endpoint="timeline", url=HOST, route=Route.WEB, browse=browse)
    made = bounds.begin(call, [TIMELINE])
    one = Captured(url="", status=200, body=b"")
    assert made.browse is not None
    assert made.browse.enough is not None
    assert [made.browse.enough(b"", [one] * n) for n in range(4)] == [False, False, True, True]
    answer = Answer(
        call=made, status=200, headers={}, body=b"", observed_at=TIMELINE.slot, captured=(one,) * 2
    )
    assert not bounds.met(TIMELINE)
    bounds.answered(answer, [TIMELINE])
    assert bounds.met(TIMELINE)


class Serving:
    """In the place of the fetcher."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    async def fetch(self, call: Call) -> Answer:
        return self.graph(call)


@pytest.mark.parametrize("pages", [1, 2, 3])
async def test_posts_that_wait_for_their_views_are_kept(pages: int) -> None:
    graph = Graph(posts=many(9, "video"), most=5)
    graph.videos = [video(50 + n, n, may(30), 900) for n in range(9)]
    of: Platform = FACEBOOK
    config = FacebookConfig(api_url=HOST, visit_pages=pages)
    given: Any = replace(parts(Stub(), Hand()), platform=of, config=config)
    memory = Memory()
    await GroupRun(given, Serving(graph), memory, [Lease("1", TIMELINE)]).run()  # type: ignore[arg-type]
    rows = {post.id: post for post in posts_of(memory)}
    assert len(rows) == (5 if pages == 1 else 9)
    assert memory.closed[TIMELINE.account].outcome is Outcome.GAVE_UP
    shown = [post.counts["views"].value for post in rows.values()]
    assert any(value == 900 for value in shown) == (pages == 3)


def posts_of(memory: Memory) -> Iterator[Any]:
    return (post for page in memory.pages for post in page.mapped.posts)
