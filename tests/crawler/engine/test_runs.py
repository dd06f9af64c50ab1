"""Every visit ends in one named outcome, whatever happens on the way."""

from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.http.response.text import TextResponse

from bus.lease import Lease
from crawler.contract import Answer
from crawler.engine.fetcher import Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.sinks import FeedSink, harvest_page, row
from model.messages import Outcome
from tests.crawler.engine.stub import (
    AT,
    Hand,
    Memory,
    Stub,
    answers,
    download_from,
    parts,
    run,
    visit,
)


async def test_pages_are_harvested_before_the_visit_ends() -> None:
    memory = await run(Stub(), answers(a="p1 5\nnext b", b="p2 0"), "a")
    assert [p.id for page in memory.pages for p in page.mapped.posts] == ["p1", "p2"]
    closed = memory.closed["a"]
    assert (closed.outcome, closed.seen, closed.calls) == (Outcome.OK, ("p2",), 2)


@pytest.mark.parametrize(
    ("served", "outcome"),
    [
        (404, Outcome.GONE),
        (401, Outcome.TOKEN_INVALID),
        (500, Outcome.SERVER_ERROR),
        ("p1 many", Outcome.CHANGED_SHAPE),
        ("bug", Outcome.CHANGED_SHAPE),
        (DownloadTimeoutError(), Outcome.TIMEOUT),
        (DownloadConnectionRefusedError(), Outcome.SERVER_ERROR),
    ],
)
async def test_every_failure_has_its_outcome(served: object, outcome: Outcome) -> None:
    memory = await run(Stub(), answers(a=served, b="p1 1"), "a", "b")
    assert memory.closed["a"].outcome is outcome
    assert memory.closed["a"].detail
    assert memory.closed["b"].outcome in {Outcome.OK, Outcome.TOKEN_INVALID}


async def test_other_accounts_go_on_beside_a_broken_one() -> None:
    memory = await run(Stub(), answers(a="?", b="p1 1", c=404), "a", "b", "c")
    assert {a: c.outcome for a, c in memory.closed.items()} == {
        "a": Outcome.CHANGED_SHAPE,
        "b": Outcome.OK,
        "c": Outcome.GONE,
    }


async def test_an_answer_that_cannot_be_mapped_is_kept() -> None:
    memory = await run(Stub(), answers(a="p1 many"), "a")
    (page,) = memory.pages
    assert page.mapped.unmapped == ("lines[0].likes",)
    message, raw = harvest_page(page)
    assert message.posts == ()
    assert len(raw) > 0
    assert message.raw.size == len(b"p1 many")


@pytest.mark.parametrize("trouble", [500, 429, DownloadTimeoutError()])
async def test_what_passes_is_tried_again(trouble: object) -> None:
    memory = await run(Stub(), answers(a=[trouble, "p1 1"]), "a", tokens=("t",))
    assert memory.closed["a"].outcome is Outcome.OK


async def test_a_long_limit_ends_the_visit_and_says_when_to_return() -> None:
    def serve(request: Request) -> Response:
        return TextResponse(request.url, status=429, headers={"wait": "900"})

    memory = await run(Stub(), serve, "a", "b")
    for closed in memory.closed.values():
        assert closed.outcome is Outcome.RATE_LIMITED
        assert closed.retry_at is not None
        assert (closed.retry_at - AT).total_seconds() == 900
    assert len(memory.booked) <= 2, "no call may be spent on a credential that rests"


async def test_a_refused_token_hands_over_to_the_next() -> None:
    def serve(request: Request) -> Response:
        bad = request.headers["authorization"] == b"Bearer one"
        return TextResponse(request.url, status=401 if bad else 200, body=b"p1 1")

    memory = await run(Stub(), serve, "a", "b", "c", tokens=("one", "two"))
    assert {c.outcome for c in memory.closed.values()} == {Outcome.OK}
    assert len([b for b in memory.booked if b[0] != memory.booked[-1][0]]) <= 3


async def test_without_any_credential_nothing_is_asked() -> None:
    memory = await run(Stub(), answers(a="p1 1"), "a", tokens=())
    assert memory.closed["a"].outcome is Outcome.TOKEN_INVALID
    assert memory.booked == []


async def test_a_spent_budget_ends_the_visit() -> None:
    memory = await run(Stub(), answers(a="p1 1", b="p1 1"), "a", "b", daily_budget=1)
    assert sorted(c.outcome for c in memory.closed.values()) == [
        Outcome.OK,
        Outcome.QUOTA_SPENT,
    ]


async def test_a_foreign_host_is_never_asked() -> None:
    class Leading(Stub):
        def _fetch(self, name: str, visits: tuple) -> object:  # type: ignore[override,type-arg]
            fetch = super()._fetch(name, visits)
            object.__setattr__(fetch.call, "url", f"https://elsewhere.example.com/{name}")
            return fetch

    asked: list[str] = []

    def serve(request: Request) -> Response:
        asked.append(request.url)
        return TextResponse(request.url)

    memory = await run(Leading(), serve, "a")
    assert asked == []
    assert "foreign host: elsewhere.example.com" in memory.closed["a"].detail


async def test_a_failed_batch_closes_all_its_visits() -> None:
    stub = Stub()
    stub.together = True
    memory = await run(stub, answers(**{"a-b": 404}), "a", "b")
    assert [c.outcome for c in memory.closed.values()] == [Outcome.GONE, Outcome.GONE]


async def test_steps_that_end_without_an_outcome_are_given_up() -> None:
    class Silent(Stub):
        def start(self, visits: object, config: object) -> list[object]:  # type: ignore[override]
            return []

    memory = await run(Silent(), answers(), "a")
    assert memory.closed["a"].outcome is Outcome.GAVE_UP


async def test_the_token_is_in_no_message() -> None:
    memory = await run(Stub(), answers(a="p1 1", b=401), "a", "b")
    told = repr(memory.pages) + repr(memory.closed) + repr(memory.booked)
    assert "secret-token" not in told


async def test_how_often_a_visit_was_handed_out_is_told() -> None:
    memory, given = Memory(), parts(Stub(), Hand())
    fetcher = Fetcher(given, download_from(answers(a="p1 1")), memory)
    await GroupRun(given, fetcher, memory, [Lease("1", visit("a"), deliveries=3)]).run()
    assert memory.closed["a"].deliveries == 3


async def test_the_version_that_answered_comes_with_the_page() -> None:
    class Dated(Stub):
        def other_version(self, answer: Answer) -> str:
            return "v2" if b"p1" in answer.body else ""

    memory = await run(Dated(), answers(a="p1 1", b="p2 2"), "a", "b")
    assert [harvest_page(page)[0].raw.version for page in memory.pages] == ["v2", ""]


async def test_by_hand_the_rows_go_to_the_feed() -> None:
    memory = await run(Stub(), answers(a="p1 5"), "a")
    feed = FeedSink()
    await feed.deliver(memory.pages[:1], [])
    assert feed.rows.get_nowait() == row(memory.pages[0].mapped.posts[0])
    assert row(memory.pages[0].mapped.posts[0])["counts"] == {"likes": 5}
