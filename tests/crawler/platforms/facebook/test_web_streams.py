"""Pages that come in several documents, damaged or without end: how their visits end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from crawler.contract import Answer, Call, Captured
from crawler.platforms.facebook.platform import PLATFORM
from model.messages import Outcome, VisitKind
from tests.crawler.platforms.driver import Run, drive
from tests.crawler.platforms.opening import config, opening, visit
from tests.sandbox.running import Sandbox

Change = Callable[[list[Captured]], list[Captured]]


def changed(sandbox: Sandbox, change: Change, most: int = 3) -> tuple[Run, Outcome, str]:
    """A month of the busiest page whose own queries are answered otherwise."""
    one = visit(sandbox, sandbox.busiest("facebook"), VisitKind.TIMELINE)
    ask = opening(sandbox, most=most)

    def respond(call: Call) -> Answer:
        answer = ask(call)
        return replace(answer, captured=tuple(change(list(answer.captured))))

    run = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond)
    close = run.close(one)
    return run, close.outcome, close.detail


def lines(body: bytes) -> list[bytes]:
    return body.splitlines()


def without_last_documents(captured: list[Captured]) -> list[Captured]:
    first = captured[0]
    kept = b"\n".join(lines(first.body)[:-1])
    return [replace(first, body=kept[: len(kept) - 5] + b"\n"), *captured[1:]]


def in_no_place(captured: list[Captured]) -> list[Captured]:
    piece = {"label": "new", "path": ["node", "elsewhere", 3], "data": {"post_id": "1"}}
    body = captured[0].body.rstrip() + b"\n" + msgspec.json.encode(piece)
    return [replace(captured[0], body=body), *captured[1:]]


@pytest.mark.parametrize("change", [without_last_documents, in_no_place])
def test_damaged_documents_never_make_a_month_complete(sandbox: Sandbox, change: Change) -> None:
    run, outcome, detail = changed(sandbox, change)
    assert outcome in (Outcome.CHANGED_SHAPE, Outcome.EMPTY_UNEXPECTED)
    assert detail
    assert run.posts


def test_queries_that_bring_nothing_new_are_left(sandbox: Sandbox) -> None:
    run, outcome, detail = changed(sandbox, lambda captured: [captured[0]] * 9, most=1)
    assert outcome is Outcome.EMPTY_UNEXPECTED
    assert "no new post" in detail
    assert run.posts
