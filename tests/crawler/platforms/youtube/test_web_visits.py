"""YouTube's public pages, visited in a running sandbox, held against its world."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.contract import Answer, Call
from crawler.platforms.youtube.platform import PLATFORM
from crawler.platforms.youtube.web_visits import minimum
from model.items import PostType
from model.messages import Outcome, VisitKind, Window
from sandbox.world.model import WorldAccount, to_instant
from tests.crawler.platforms.against_sandbox import MAY, in_may
from tests.crawler.platforms.driver import Run, drive
from tests.crawler.platforms.opening import config, merged, near, opened, opening, visit
from tests.sandbox.running import Sandbox

EXACT = ("likes", "views")


def channels(sandbox: Sandbox) -> list[WorldAccount]:
    return list(sandbox.world.accounts["youtube"].values())


def kinds(run: Run) -> Counter[str]:
    """How many pages of each kind were opened; `browser` are those of them in the browser."""
    found = Counter(call.endpoint for call in run.calls)
    found["browser"] = sum(call.browse is not None for call in run.calls)
    return found


def test_a_profile_takes_one_page_and_rounds_subscribers(sandbox: Sandbox) -> None:
    accounts = channels(sandbox)
    visits = [visit(sandbox, account, VisitKind.PROFILE) for account in accounts]
    run = opened(sandbox, PLATFORM, visits)
    assert len(run.calls) == len(visits)
    rows = {row.id: row for page in run.pages for row in page.mapped.accounts}
    for account in accounts:
        shown = account.counters.at(sandbox.instant)
        row = rows[account.id]
        assert near(row.counts["followers"], shown.get("followers"))
        assert near(row.counts["posts"], shown["posts"])
    assert {close.outcome for close in run.closes} == {Outcome.OK}
    assert run.posts == []


def test_a_month_has_every_video_with_its_exact_views_and_likes(sandbox: Sandbox) -> None:
    visits = {a.id: visit(sandbox, a, VisitKind.TIMELINE) for a in channels(sandbox)}
    run = opened(sandbox, PLATFORM, list(visits.values()))
    posts = merged(run)
    for account in channels(sandbox):
        truth = in_may(sandbox, account)
        close = run.close(visits[account.id])
        assert close.outcome is (Outcome.OK if truth else Outcome.OK_NOTHING_NEW), close.detail
        assert set(close.seen) == truth.keys()
        for post_id, post in truth.items():
            shown, counts = sandbox.shown(post), posts[post_id]
            assert {n: counts[n].value for n in EXACT} == {n: shown.get(n) for n in EXACT}
            assert near(counts["comments"], shown.get("comments"))
            assert counts["shares"].missing == "not_offered"
            for name in {"likes", "comments"} - shown.keys():
                assert counts[name].missing == "hidden"


def test_rows_have_their_owner_time_and_kind(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    run = opened(sandbox, PLATFORM, [visit(sandbox, account, VisitKind.TIMELINE)])
    truth = in_may(sandbox, account)
    typed: dict[str, PostType | None] = {}
    for row in run.posts:
        assert row.account == account.id
        assert row.published_at is not None
        if row.id in truth:
            assert to_instant(row.published_at) == truth[row.id].published
        typed[row.id] = row.type or typed.get(row.id)
    assert {i: typed[i] for i in truth} == {i: post.type for i, post in truth.items()}
    assert PostType.SHORT in typed.values()


def test_a_feed_that_reaches_back_is_enough(sandbox: Sandbox) -> None:
    account = next(a for a in channels(sandbox) if 0 < len(in_may(sandbox, a)) < 10)
    run = opened(sandbox, PLATFORM, [visit(sandbox, account, VisitKind.TIMELINE)])
    assert kinds(run) == {"feed": 1, "watch": len(in_may(sandbox, account)), "browser": 0}
    assert len(run.calls) == minimum("timeline", 1, [len(in_may(sandbox, account))])


def test_older_videos_are_found_in_the_tabs_and_the_browser_opens_one_alone(
    sandbox: Sandbox,
) -> None:
    account = sandbox.busiest("youtube")
    run = opened(sandbox, PLATFORM, [visit(sandbox, account, VisitKind.TIMELINE)])
    found, truth = kinds(run), in_may(sandbox, account)
    listed = Counter(post.type.value for post in sandbox.visible(account))
    assert listed["video"] > 30
    assert (found["feed"], found["channel"], found["browser"]) == (1, 4, 1)
    # Beyond the window two are opened in each of the tabs, and what is newer than it.
    newer = sum(post.published >= to_instant(MAY.end) for post in sandbox.visible(account))
    assert len(truth) <= found["watch"] <= len(truth) + newer + 2 * 3


def test_a_tab_whose_script_brings_no_more_is_not_complete(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    run = opened(sandbox, PLATFORM, [one], most=0)
    close = run.close(one)
    assert close.outcome is Outcome.EMPTY_UNEXPECTED
    assert "30 videos and no more" in close.detail
    assert 0 < len(close.seen) < len(in_may(sandbox, account))


def test_without_feeds_the_tabs_tell_the_same(sandbox: Sandbox) -> None:
    visits = [visit(sandbox, account, VisitKind.TIMELINE) for account in channels(sandbox)]
    with_feed = opened(sandbox, PLATFORM, visits)
    without = opened(sandbox, PLATFORM, visits, web_feed=False)
    assert kinds(without)["feed"] == 0
    assert {c.visit.id: set(c.seen) for c in without.closes} == {
        c.visit.id: set(c.seen) for c in with_feed.closes
    }


def test_a_feed_that_is_not_found_is_no_proof_that_the_channel_is_gone(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    ask = opening(sandbox)

    def respond(call: Call) -> Answer:
        answer = ask(call)
        return replace(answer, status=404) if call.endpoint == "feed" else answer

    run = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond)
    assert run.close(one).outcome is Outcome.OK
    assert set(run.close(one).seen) == in_may(sandbox, account).keys()


def test_a_terminated_channel_is_gone(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    sandbox.fault(platform="youtube", kind="gone_account", account=account.id)
    for kind in (VisitKind.PROFILE, VisitKind.TIMELINE):
        one = visit(sandbox, account, kind)
        run = opened(sandbox, PLATFORM, [one])
        assert run.close(one).outcome is Outcome.GONE
        assert len(run.calls) <= 2


def test_known_videos_are_read_again_and_missing_ones_told(sandbox: Sandbox) -> None:
    post = sandbox.deleted("youtube")
    there = [p.id for p in sandbox.visible(post.account)[:3]]
    one = visit(sandbox, post.account, VisitKind.REFRESH, posts=[*there, post.id])
    run = opened(sandbox, PLATFORM, [one])
    assert [row.id for row in run.posts] == there
    assert [gone for page in run.pages for gone in page.mapped.gone] == [post.id]
    assert run.close(one).outcome is Outcome.OK
    none = visit(sandbox, post.account, VisitKind.REFRESH)
    assert opened(sandbox, PLATFORM, [none]).close(none).outcome is Outcome.OK_NOTHING_NEW


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("login_wall", Outcome.LOGIN_WALL),
        ("challenge", Outcome.CHALLENGE),
        ("empty_body", Outcome.EMPTY_UNEXPECTED),
        ("rate_limited", Outcome.RATE_LIMITED),
        ("server_error", Outcome.SERVER_ERROR),
        ("truncated", Outcome.CHANGED_SHAPE),
    ],
)
@pytest.mark.parametrize("endpoint", ["feed", "channel", "watch"])
def test_obstacles_end_a_visit_by_their_name(
    sandbox: Sandbox, kind: str, outcome: Outcome, endpoint: str
) -> None:
    account = sandbox.busiest("youtube")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    sandbox.fault(platform="youtube", route="web", endpoint=endpoint, kind=kind)
    run = opened(sandbox, PLATFORM, [one])
    assert run.close(one).outcome is outcome, run.close(one).detail
    # Nobody goes on asking a site that says no.
    assert kinds(run)[endpoint] == 1
    assert not [row for row in run.posts if row.counts["likes"].value == 0]


def test_the_consent_dialog_is_not_shown_to_those_who_turned_cookies_down(
    sandbox: Sandbox,
) -> None:
    account = sandbox.busiest("youtube")
    one = visit(sandbox, account, VisitKind.PROFILE)
    sandbox.fault(platform="youtube", route="web", kind="consent")
    assert opened(sandbox, PLATFORM, [one]).close(one).outcome is Outcome.OK


def test_visits_without_an_id_or_a_window_say_what_they_lack(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    nameless = visit(sandbox, replace_id(account, "@city"), VisitKind.TIMELINE)
    endless = visit(sandbox, account, VisitKind.TIMELINE, window=None)
    run = opened(sandbox, PLATFORM, [nameless, endless])
    assert run.calls == []
    assert {close.outcome for close in run.closes} == {Outcome.GAVE_UP}
    by_handle = visit(sandbox, replace_id(account, f"@{account.handle}"), VisitKind.PROFILE)
    run = opened(sandbox, PLATFORM, [by_handle])
    assert [row.id for page in run.pages for row in page.mapped.accounts] == [account.id]


def replace_id(account: WorldAccount, id_: str) -> WorldAccount:
    return WorldAccount(
        platform=account.platform,
        id=id_,
        handle=account.handle,
        name=account.name,
        city=account.city,
        created=account.created,
        counters=account.counters,
    )


def test_a_week_opens_no_page_of_other_weeks(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    week = Window(sandbox.now - timedelta(days=7), sandbox.now)
    one = visit(sandbox, account, VisitKind.TIMELINE, window=week)
    run = opened(sandbox, PLATFORM, [one])
    inside = [p for p in sandbox.visible(account) if p.published >= to_instant(week.start)]
    assert kinds(run)["watch"] == len(inside)
    assert set(run.close(one).seen) == {post.id for post in inside}
