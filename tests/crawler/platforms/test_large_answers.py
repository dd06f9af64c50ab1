"""Answers of many megabytes: mapped beside the event loop, bounded, kept as far as can be."""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
from dataclasses import replace
from datetime import datetime

import pytest
import zstandard
from scrapy.exceptions import DownloadCancelledError

from crawler.contract import Page
from crawler.engine.sinks import MOST_KEPT, harvest_page
from crawler.errors import ShapeError
from crawler.platforms import platform
from crawler.reading import shape
from model.items import Mapped
from model.messages import Outcome
from model.route import Route
from store.database import Store
from store.ingest.raw import answer
from store.ingest.writer import Writer
from tests.crawler.engine.stub import AT, Stub, answers, run, visit
from tests.crawler.platforms.driver import answered

MEGABYTE = 1_000_000
LONG = "p1 1\n" + "\n" * (2 * MEGABYTE)
WAIT = 30.0


class Watched(Stub):
    """Notes where answers are mapped, and waits there for `ready` if it is large."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.ready = threading.Event()
        self.at_once = 0
        self.most = 0

    def map(self, body: bytes, observed_at: datetime, *, route: Route | None = None) -> Mapped:
        self.threads.append(threading.current_thread())
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if len(body) > MEGABYTE:
            assert self.ready.wait(WAIT), "the event loop stood still"
        mapped = super().map(body.strip(), observed_at, route=route)
        self.at_once -= 1
        return mapped


async def test_the_event_loop_goes_on_while_a_large_answer_is_mapped() -> None:
    stub = Watched()

    async def release() -> None:
        while not stub.threads:
            await asyncio.sleep(0)
        stub.ready.set()

    releasing = asyncio.create_task(release())
    memory = await run(stub, answers(a=LONG), "a")
    await releasing
    assert memory.closed["a"].outcome is Outcome.OK
    assert stub.threads[0] is not threading.main_thread()


async def test_small_answers_are_mapped_at_once() -> None:
    stub = Watched()
    memory = await run(stub, answers(a="p1 1"), "a")
    assert memory.closed["a"].outcome is Outcome.OK
    assert stub.threads == [threading.main_thread()]


async def test_the_steps_of_a_group_never_run_at_the_same_time() -> None:
    stub = Watched()
    stub.ready.set()
    bodies = {name: LONG if n % 2 else "p1 1" for n, name in enumerate("abcdefgh")}
    memory = await run(stub, answers(**bodies), *bodies)
    assert {closed.outcome for closed in memory.closed.values()} == {Outcome.OK}
    assert (len(stub.threads), stub.most) == (8, 1)


async def test_a_large_answer_that_cannot_be_mapped_is_kept() -> None:
    stub = Watched()
    stub.ready.set()
    memory = await run(stub, answers(a="p1 many" + LONG), "a")
    assert memory.closed["a"].outcome is Outcome.CHANGED_SHAPE
    (page,) = memory.pages
    assert page.mapped.unmapped == ("lines[0].likes",)


async def test_an_answer_without_end_is_given_up() -> None:
    memory = await run(Stub(), answers(a=DownloadCancelledError(), b="p1 1"), "a", "b")
    assert memory.closed["a"].outcome is Outcome.GAVE_UP
    assert memory.closed["b"].outcome is Outcome.OK


@pytest.mark.parametrize("body", [b"[" + b"{}," * 600_000 + b"{}]", b"[" * 600_000])
def test_crumbs_are_no_answer(body: bytes) -> None:
    with pytest.raises(ShapeError, match="objects and arrays"):
        shape.decode(body)
    page = b"<script>var ytInitialData = " + body + b";</script>"
    with pytest.raises(ShapeError, match="objects and arrays"):
        platform("youtube").map(page, AT)


@pytest.mark.slow
def test_a_real_answer_may_be_large() -> None:
    """20 MB, as dense as real ones are."""
    post = b'{"id": "%d", "text": "' + b"x" * 1000 + b'", "entities": {"urls": [{}, {}]}}'
    rows = b",".join(post % n for n in range(19_000))
    mapped = platform("x").map(b'{"data": [' + rows + b"]}", AT)
    assert len(mapped.posts) == 19_000


def page(body: bytes) -> Page:
    call = next(iter(Stub().start([visit("a")], None)))
    one = replace(answered(call.call, body), observed_at=AT)  # type: ignore[union-attr]
    return Page(one, Mapped(shape="stub", unmapped=("answer",)), (visit("a"),))


def test_noise_is_kept_as_far_as_a_document_holds_it(db: Store) -> None:
    noise = random.Random(3).randbytes(20 * MEGABYTE)
    message, compressed = harvest_page(page(noise))
    assert message.unmapped == (
        "answer",
        f"answer: of {20 * MEGABYTE} bytes {MOST_KEPT} are kept",
    )
    Writer(db).write([(message, compressed)])
    kept = answer(db, message.raw.sha256)
    assert kept == noise[:MOST_KEPT]
    assert hashlib.sha256(kept).hexdigest() == message.raw.sha256


def test_text_is_kept_whole() -> None:
    text = b'{"text": "%s"}' % (b"all is well " * 2 * MEGABYTE)
    message, compressed = harvest_page(page(text))
    assert message.unmapped == ("answer",)
    assert message.raw.size == len(text)
    assert zstandard.decompress(compressed, max_output_size=len(text)) == text
