"""Facebook's public pages, visited in a running sandbox, held against its world."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from crawler.contract import Answer, Call, Captured
from crawler.platforms.facebook.platform import PLATFORM
from crawler.platforms.facebook.web_timeline import Covered
from model.items import VIDEO_TYPES
from model.messages import Outcome, Visit, VisitKind, Window
from sandbox.world.model import WorldAccount, WorldPost, to_instant
from tests.crawler.platforms.against_sandbox import MAY, in_may
from tests.crawler.platforms.driver import Run, drive
from tests.crawler.platforms.opening import config, merged, near, opened, opening, visit
from tests.sandbox.running import Sandbox


def pages(sandbox: Sandbox) -> list[WorldAccount]:
    return list(sandbox.world.accounts["facebook"].values())


def shown(sandbox: Sandbox, post: WorldPost) -> dict[str, int]:
    """What the pages show of a post's counters, by the world."""
    counts = {"shares": 0, **sandbox.shown(post)}
    names = {"likes", "comments", "shares"} | ({"views"} if post.type in VIDEO_TYPES else set())
    return {name: value for name, value in counts.items() if name in names}


def queries(run: Run) -> int:
    """How many further answers the pages fetched for themselves."""
    return sum("graphql" in page.answer.call.url for page in run.pages)


def test_a_profile_has_exact_likes_and_rounded_followers(sandbox: Sandbox) -> None:
    visits = [visit(sandbox, account, VisitKind.PROFILE) for account in pages(sandbox)]
    run = opened(sandbox, PLATFORM, visits)
    assert len(run.calls) == len(visits) == PLATFORM.web.minimum("timeline", len(visits), [])
    assert all(call.browse is not None for call in run.calls)
    rows = {row.id: row for page in run.pages for row in page.mapped.accounts}
    for account in pages(sandbox):
        truth = account.counters.at(sandbox.instant)
        assert rows[account.id].counts["likes"].value == truth.get("likes")
        assert near(rows[account.id].counts["followers"], truth.get("followers"))


@pytest.mark.parametrize("layout", ["plain", "2024", "2025", "2026"])
def test_a_month_has_every_post_with_its_exact_numbers(sandbox: Sandbox, layout: str) -> None:
    sandbox.limits(facebook_page_layout=layout)
    visits = {a.id: visit(sandbox, a, VisitKind.TIMELINE) for a in pages(sandbox)}
    run = opened(sandbox, PLATFORM, list(visits.values()))
    assert len(run.calls) == len(visits)
    posts = merged(run)
    for account in pages(sandbox):
        truth = in_may(sandbox, account)
        close = run.close(visits[account.id])
        assert close.outcome is (Outcome.OK if truth else Outcome.OK_NOTHING_NEW), close.detail
        assert set(close.seen) == truth.keys()
        for post_id, post in truth.items():
            counts = {n: c.value for n, c in posts[post_id].items() if c.value is not None}
            assert counts == shown(sandbox, post)
    followers = [row for page in run.pages for row in page.mapped.accounts]
    assert {row.id for row in followers} == {account.id for account in pages(sandbox)}


@pytest.mark.parametrize("layout", ["plain", "2024", "2025", "2026"])
def test_rows_have_their_owner_time_and_kind(sandbox: Sandbox, layout: str) -> None:
    sandbox.limits(facebook_page_layout=layout)
    account = sandbox.busiest("facebook")
    run = opened(sandbox, PLATFORM, [visit(sandbox, account, VisitKind.TIMELINE)])
    truth = in_may(sandbox, account)
    rows = {row.id: row for row in run.posts}
    for post_id, post in truth.items():
        row = rows[post_id]
        assert row.published_at is not None
        assert (row.account, to_instant(row.published_at)) == (account.id, post.published)
        assert row.type is post.type or post.type.value == "text"


def test_scrolling_ends_where_the_window_is_covered(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    week = Window(sandbox.now - timedelta(days=7), sandbox.now)
    one = visit(sandbox, account, VisitKind.TIMELINE, window=week)
    run = opened(sandbox, PLATFORM, [one])
    inside = [p for p in sandbox.visible(account) if p.published >= to_instant(week.start)]
    assert set(run.close(one).seen) == {post.id for post in inside}
    everything = len(sandbox.visible(account)) // 3
    # Three come with the page; four older ones in a row tell that nothing newer follows.
    assert queries(run) <= len(inside) // 3 + 2 < everything


def test_a_pinned_post_of_old_does_not_end_the_scrolling(sandbox: Sandbox) -> None:
    account = next(a for a in pages(sandbox) if any(p.pinned for p in sandbox.visible(a)))
    ordered = sorted(sandbox.visible(account), key=lambda post: not post.pinned)
    newest = max(post.published for post in ordered if not post.pinned)
    start = datetime.fromtimestamp(newest / 10**6, UTC)
    one = visit(sandbox, account, VisitKind.TIMELINE, window=Window(start, sandbox.now))
    close = opened(sandbox, PLATFORM, [one]).close(one)
    assert close.outcome is Outcome.OK
    assert len(close.seen) == sum(post.published >= newest for post in ordered)


def test_a_page_that_stops_short_is_not_complete(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    run = opened(sandbox, PLATFORM, [one], most=4)
    close = run.close(one)
    assert close.outcome is Outcome.EMPTY_UNEXPECTED
    assert "15 posts came, and no more" in close.detail
    assert close.seen == ()
    assert len({post.id for post in run.posts}) == 15


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"", Outcome.EMPTY_UNEXPECTED),
        (200, b'{"errors":[{"message":"Rate limit exceeded"}]}', Outcome.RATE_LIMITED),
        (
            200,
            b'for (;;);{"error":1357001,"errorSummary":"Log in to continue"}',
            Outcome.LOGIN_WALL,
        ),
        (200, b'{"data":', Outcome.CHANGED_SHAPE),
        (429, b"", Outcome.RATE_LIMITED),
        (500, b"", Outcome.SERVER_ERROR),
    ],
)
def test_a_refused_query_gives_the_visit_its_outcome(
    sandbox: Sandbox, status: int, body: bytes, outcome: Outcome
) -> None:
    account = sandbox.busiest("facebook")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    ask = opening(sandbox, most=3)
    bad = Captured(url="/api/graphql/", status=status, body=body)

    def respond(call: Call) -> Answer:
        answer = ask(call)
        return replace(answer, captured=(*answer.captured, bad))

    run = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond)
    close = run.close(one)
    assert close.outcome is outcome, close.detail
    assert close.seen == ()
    assert len({post.id for post in run.posts}) == 12
    assert run.pages[-1].answer.body == body


def test_other_answers_of_the_page_are_passed_over(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    ask = opening(sandbox)
    other = Captured(url="/api/graphql/", status=200, body=b'{"data":{"viewer":null}}')

    def respond(call: Call) -> Answer:
        answer = ask(call)
        return replace(answer, captured=(other, *answer.captured))

    close = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond).close(one)
    assert close.outcome is Outcome.OK
    assert set(close.seen) == in_may(sandbox, account).keys()


def test_what_cannot_be_read_ends_the_scrolling() -> None:
    covered = Covered(MAY)
    assert covered(b"", [])
    assert covered(b"<html><title>Log in</title></html>", [])


def test_posts_are_named_by_the_page_not_by_its_profile(sandbox: Sandbox) -> None:
    """Since 2021 a profile with an id of its own stands for a page."""
    account = sandbox.busiest("facebook")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    ask, profile = opening(sandbox), f"61{account.id[-12:]}"

    def by_profile(body: bytes) -> bytes:
        ids = f'"actors":[{{"__typename":"User","id":"{account.id}"'.encode()
        return body.replace(ids, ids.replace(account.id.encode(), profile.encode()))

    def respond(call: Call) -> Answer:
        answer = ask(call)
        captured = tuple(
            Captured(url=c.url, status=c.status, body=by_profile(c.body)) for c in answer.captured
        )
        return replace(answer, body=by_profile(answer.body), captured=captured)

    run = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond)
    assert set(run.close(one).seen) == in_may(sandbox, account).keys()
    assert {post.account for post in run.posts} == {account.id}


def test_posts_that_are_all_somebody_elses_are_no_silence(sandbox: Sandbox) -> None:
    sandbox.limits(facebook_page_layout="plain")
    account = sandbox.busiest("facebook")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    ask = opening(sandbox)

    def respond(call: Call) -> Answer:
        answer = ask(call)
        ids = f'"actors":[{{"__typename":"User","id":"{account.id}"'.encode()
        other = ids.replace(account.id.encode(), b"100000000000001")
        return replace(answer, body=answer.body.replace(ids, other), captured=())

    run = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond)
    assert run.close(one).outcome is Outcome.CHANGED_SHAPE
    assert run.posts == []


def test_another_page_under_the_name_ends_the_visit(sandbox: Sandbox) -> None:
    account, other = pages(sandbox)[:2]
    ask = opening(sandbox)
    for kind in (VisitKind.PROFILE, VisitKind.TIMELINE):
        one = visit(sandbox, account, kind)

        def respond(call: Call) -> Answer:
            return ask(replace(call, url=call.url.replace(account.id, other.id)))

        run = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond)
        assert run.close(one).outcome is Outcome.RENAMED
        assert run.pages == []


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("login_wall", Outcome.LOGIN_WALL),
        ("challenge", Outcome.CHALLENGE),
        ("consent", Outcome.CHALLENGE),
        ("empty_body", Outcome.EMPTY_UNEXPECTED),
        ("rate_limited", Outcome.RATE_LIMITED),
        ("server_error", Outcome.SERVER_ERROR),
        ("gone_account", Outcome.GONE),
    ],
)
def test_obstacles_end_a_visit_by_their_name(sandbox: Sandbox, kind: str, outcome: Outcome) -> None:
    account = sandbox.busiest("facebook")
    lasting = {"account": account.id} if kind == "gone_account" else {"route": "web"}
    sandbox.fault(platform="facebook", kind=kind, **lasting)
    for asked in (VisitKind.PROFILE, VisitKind.TIMELINE):
        one = visit(sandbox, account, asked)
        run = opened(sandbox, PLATFORM, [one])
        assert run.close(one).outcome is outcome, run.close(one).detail
        assert run.posts == []
        assert len(run.calls) == 1


def test_a_silent_page_is_proved_silent(sandbox: Sandbox) -> None:
    sandbox.at("2025-04-28T00:00:00Z")
    account = next(a for a in pages(sandbox) if not sandbox.visible(a))
    one = visit(sandbox, account, VisitKind.TIMELINE)
    close = opened(sandbox, PLATFORM, [one]).close(one)
    assert (close.outcome, close.seen) == (Outcome.OK_NOTHING_NEW, ())
    ask = opening(sandbox)

    def respond(call: Call) -> Answer:
        answer = ask(call)
        return replace(answer, body=answer.body.replace(b'"has_next_page":false', b'"odd":1'))

    doubted = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond).close(one)
    assert doubted.outcome is Outcome.CHANGED_SHAPE


def test_known_posts_are_read_by_scrolling_over_their_window(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    window = Window(MAY.start, MAY.end - timedelta(days=8))
    known = [
        p.id for p in in_may(sandbox, account).values() if p.published < to_instant(window.end)
    ]
    one = visit(sandbox, account, VisitKind.REFRESH, window=window, posts=known)
    run = opened(sandbox, PLATFORM, [one])
    assert len(run.calls) == 1
    assert set(known) <= {post.id for post in run.posts}
    assert run.close(one).outcome is Outcome.OK


def test_known_posts_without_a_window_have_a_page_each(sandbox: Sandbox) -> None:
    gone = sandbox.deleted("facebook")
    there = [p.id for p in sandbox.visible(gone.account)[:2]]
    one = visit(sandbox, gone.account, VisitKind.REFRESH, window=None, posts=[*there, gone.id])
    run = opened(sandbox, PLATFORM, [one])
    assert [post.id for post in run.posts] == there
    assert [key for page in run.pages for key in page.mapped.gone] == [gone.id]
    assert run.close(one).outcome is Outcome.OK


def test_an_account_without_an_id_is_found_by_its_handle(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    known = visit(sandbox, account, VisitKind.PROFILE)
    nameless: Visit = msgspec.structs.replace(known, account=f"@{account.handle}")
    run = opened(sandbox, PLATFORM, [nameless])
    assert [row.id for page in run.pages for row in page.mapped.accounts] == [account.id]
    assert json.dumps([call.url for call in run.calls]).count(account.handle) == 1
