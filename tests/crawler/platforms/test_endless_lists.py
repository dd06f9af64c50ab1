"""Lists that never end, by both routes of every platform: a visit leaves them by itself.

The sandbox's lists lead to the same page again, or to ever new cursors with the same rows or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from re import sub

import msgspec
import pytest

from crawler.contract import Answer, Call, Captured, Platform
from crawler.errors import CrawlError
from crawler.platforms import platform
from crawler.platforms.paging import DISPLACED
from model.messages import Outcome, Visit, VisitKind, Window
from model.platform import PLATFORMS, PlatformName
from tests.crawler.platforms import against_sandbox as official
from tests.crawler.platforms import opening as public
from tests.crawler.platforms.driver import Respond, Run, drive
from tests.crawler.platforms.test_replayed_visits import api_config, scrolled, token
from tests.sandbox.running import Sandbox

KINDS = ["endless_same_cursor", "endless_same_rows", "endless_no_rows"]
MOST = 6
"""So many pages after the last new post end a visit, at the latest."""
LISTS: dict[PlatformName, tuple[str, ...]] = {
    "facebook": ("timeline",),
    "x": ("timeline",),
    "instagram": ("timeline", "business_discovery"),
    "youtube": ("playlistItems",),
    "tiktok": ("videos",),
}
_LONG = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2025, 5, 31, 16, tzinfo=UTC))


def smaller(ask: Respond) -> Respond:
    """Ten rows a page, whatever is asked for: the demo's lists are short."""

    def respond(call: Call) -> Answer:
        url = sub(r"((?:limit|max_results|maxResults)=)\d+", r"\g<1>10", call.url)
        url = sub(r"media(.*)limit%28\d+%29", r"media\1limit%2810%29", url)
        body = sub(rb'("max_count": ?)\d+', rb"\g<1>10", call.body) if call.body else None
        return replace(ask(replace(call, url=url, body=body)), call=call)

    return respond


def idle(of: Platform, answers: Iterable[bytes]) -> int:
    """How many answers, at the end, brought no new post."""
    known: set[str] = set()
    since = 0
    for body in answers:
        shown = ids(of, body)
        since = since + 1 if shown <= known else 0
        known |= shown
    return since


def ids(of: Platform, body: bytes) -> set[str]:
    try:
        found = of.map(body, datetime(2025, 6, 1, tzinfo=UTC))
    except CrawlError:
        return set()
    listed = {post.id for post in found.posts}
    # The list of uploads gives no rows by itself.
    return listed or set(sub(rb'[^"]*"videoId": ?"([^"]+)"|.', rb"\1 ", body).decode().split())


def check(run: Run, one: Visit, whole: set[str]) -> None:
    close = run.close(one)
    assert close.outcome in (Outcome.EMPTY_UNEXPECTED, Outcome.FORBIDDEN, Outcome.GAVE_UP)
    assert close.detail
    assert close.proof is None
    kept = {post.id for post in run.posts}
    assert set(close.seen) <= kept
    assert kept <= whole


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PLATFORMS)
def test_by_the_official_api(sandbox: Sandbox, name: PlatformName, kind: str) -> None:
    of = platform(name)
    config = api_config(sandbox, of)
    ask = smaller(official.calling(sandbox, of, token(sandbox, of, config)))
    one = official.visit(sandbox, sandbox.busiest(name), VisitKind.TIMELINE)
    sandbox.fault(platform=name, kind=kind, route="api")
    answers: list[tuple[str, bytes]] = []
    run = drive(of, config, [one], noting(ask, answers))
    lists = [body for endpoint, body in answers if endpoint in LISTS.get(name, ("timeline",))]
    assert len(lists) > 2
    assert idle(of, lists) <= MOST
    check(run, one, every(sandbox, name))
    assert run.posts


WEB_LISTS = {"facebook": "graphql", "tiktok": "item_list", "youtube": "browse"}
"""The lists that pages fetch as they are scrolled; Instagram's and X's pages fetch none."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PLATFORMS)
def test_by_public_pages(sandbox: Sandbox, name: PlatformName, kind: str) -> None:
    of = platform(name)
    window = _LONG if name in ("youtube", "tiktok") else official.MAY
    one = public.visit(sandbox, sandbox.busiest(name), VisitKind.TIMELINE, window)
    # The demo's tabs have two pages only, so that the second is made to go on in the test.
    served = KINDS[0] if name == "youtube" else kind
    sandbox.fault(platform=name, kind=served, route="web", endpoint=WEB_LISTS.get(name, "*"))
    further: list[list[bytes]] = []
    ask = scrolled(sandbox)

    def respond(call: Call) -> Answer:
        answer = ask(going_on(call, kind) if name == "youtube" else call)
        captured = after(answer.captured, kind) if name == "youtube" else answer.captured
        further.append([one.body for one in captured])
        return replace(answer, call=call, captured=captured)

    run = drive(of, public.config(sandbox, of), [one], respond)
    for bodies in further:
        assert idle(of, bodies) <= MOST
    assert (max(map(len, further), default=0) > 1) == (name in WEB_LISTS)
    check(run, one, every(sandbox, name))
    assert bool(run.posts) == (name != "x")


def going_on(call: Call, kind: str) -> Call:
    """The call whose page looks at a tab as it is to be."""
    if call.browse is None or call.browse.enough is None:
        return call
    enough = call.browse.enough
    browse = replace(call.browse, enough=lambda html, got: enough(html, after(got, kind)))
    return replace(call, browse=browse)


def after(captured: Sequence[Captured], kind: str) -> tuple[Captured, ...]:
    """Further pages of a tab, all but the first with a cursor of their own or without rows."""
    return (*captured[:1], *(_page(one, place, kind) for place, one in enumerate(captured[1:])))


def _page(one: Captured, place: int, kind: str) -> Captured:
    document = msgspec.json.decode(one.body)
    action = document["onResponseReceivedActions"][0]["appendContinuationItemsAction"]
    items = action["continuationItems"]
    if kind == KINDS[2]:
        action["continuationItems"] = [item for item in items if "continuationItemRenderer" in item]
    body = msgspec.json.encode(document)
    if kind != KINDS[0]:
        body = sub(rb'"token":"[^"]+"', b'"token":"further%d"' % place, body)
    return replace(one, body=body)


def every(sandbox: Sandbox, name: PlatformName) -> set[str]:
    return set(sandbox.world.posts[name])


def noting(ask: Respond, answers: list[tuple[str, bytes]]) -> Callable[[Call], Answer]:
    def respond(call: Call) -> Answer:
        answer = ask(call)
        answers.append((call.endpoint, answer.body))
        return answer

    return respond


_PAGED = {"youtube": "playlistItems"}
"""Lists whose pages alone are to go wrong, not the answers about what they show."""


@pytest.mark.parametrize("kind", ["displaced_rows", "duplicate_page"])
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_page_with_the_rows_of_the_one_before(
    sandbox: Sandbox, name: PlatformName, kind: str
) -> None:
    """Led on as the lost page would have, it leaves a gap; led back to where it was asked for, the
    lost page comes after it."""
    of = platform(name)
    config = api_config(sandbox, of)
    ask = smaller(official.calling(sandbox, of, token(sandbox, of, config)))
    one = official.visit(sandbox, sandbox.busiest(name), VisitKind.TIMELINE)
    whole = drive(of, config, [one], ask).close(one)
    sandbox.fault(platform=name, kind=kind, route="api", endpoint=_PAGED.get(name, "*"), count=1)
    close = drive(of, config, [one], ask).close(one)
    if kind == "duplicate_page":
        assert (close.outcome, set(close.seen)) == (Outcome.OK, set(whole.seen))
        return
    assert (close.outcome, close.detail, close.proof) == (
        Outcome.EMPTY_UNEXPECTED,
        DISPLACED,
        None,
    )
    assert set(close.seen) < set(whole.seen)


@pytest.mark.parametrize("name", [name for name in WEB_LISTS if name != "youtube"])
def test_a_fetched_page_with_the_rows_of_the_one_before(
    sandbox: Sandbox, name: PlatformName
) -> None:
    of = platform(name)
    one = public.visit(sandbox, sandbox.busiest(name), VisitKind.TIMELINE, _LONG)
    sandbox.fault(
        platform=name, kind="displaced_rows", route="web", endpoint=WEB_LISTS[name], count=1
    )
    close = drive(of, public.config(sandbox, of), [one], public.opening(sandbox)).close(one)
    assert (close.outcome, close.detail) == (Outcome.EMPTY_UNEXPECTED, DISPLACED)
