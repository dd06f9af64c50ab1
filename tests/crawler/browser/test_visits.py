"""Visits of public pages in a real browser: what the pages' own scripts fetch is enough."""

from __future__ import annotations

from collections import deque

import pytest

from crawler.browser import Browsed
from crawler.contract import Action, Answer, Call, Close, Fetch, Page
from crawler.platforms import platform
from model.messages import Outcome, Visit, VisitKind
from model.platform import PlatformName
from tests.crawler.browser.opening import Opener
from tests.crawler.platforms.against_sandbox import in_may
from tests.crawler.platforms.driver import Run
from tests.crawler.platforms.opening import config, opening, visit
from tests.sandbox.running import Sandbox


async def carried_out(opener: Opener, sandbox: Sandbox, one: Visit) -> Run:
    """A visit to its end; calls without `browse` are plain HTTP."""
    of, run = platform(one.platform), Run()
    plain = opening(sandbox)

    async def answered(call: Call) -> Answer:
        if call.browse is None:
            return plain(call)
        found: Browsed = await opener.open(call.url, call.browse)
        return Answer(
            call=call,
            status=found.status,
            headers=found.headers,
            body=found.body,
            observed_at=sandbox.now,
            captured=found.captured,
            url=found.url,
        )

    waiting: deque[Action] = deque(of.start([one], config(sandbox, of)))
    while waiting:
        action = waiting.popleft()
        if isinstance(action, Fetch):
            run.calls.append(action.call)
            answer = await answered(action.call)
            of.check(answer)
            waiting.extend(action.then(answer))
        elif isinstance(action, Page):
            run.pages.append(action)
        elif isinstance(action, Close):
            run.closes.append(action)
    return run


@pytest.mark.parametrize("name", ["facebook", "youtube", "tiktok"])
async def test_the_busiest_account_is_read_whole(
    opener: Opener, sandbox: Sandbox, name: PlatformName
) -> None:
    account = sandbox.busiest(name)
    one = visit(sandbox, account, VisitKind.TIMELINE)
    run = await carried_out(opener, sandbox, one)
    assert sum(call.browse is not None for call in run.calls) == 1
    assert run.close(one).outcome is Outcome.OK
    assert set(run.close(one).seen) == in_may(sandbox, account).keys()


@pytest.mark.parametrize("name", ["facebook", "tiktok", "x"])
async def test_a_profile_is_read_without_scrolling(
    opener: Opener, sandbox: Sandbox, name: PlatformName
) -> None:
    one = visit(sandbox, sandbox.busiest(name), VisitKind.PROFILE)
    run = await carried_out(opener, sandbox, one)
    assert run.close(one).outcome is Outcome.OK
    assert [row.id for page in run.pages for row in page.mapped.accounts] == [one.account]
