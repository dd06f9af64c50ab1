"""Instagram's public pages, visited in a running sandbox, held against its world."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from crawler.contract import Answer, Call
from crawler.errors import ShapeError
from crawler.platforms.instagram.platform import PLATFORM
from crawler.platforms.instagram.web_listing import code_of
from crawler.platforms.instagram.web_lookups import with_views
from crawler.platforms.instagram.web_visits import minimum
from model.count import Count
from model.items import VIDEO_TYPES, PostItem, PostType
from model.messages import Outcome, VisitKind, Window
from sandbox.instagram.shapes import shortcode
from sandbox.world.model import WorldAccount, WorldPost, to_instant
from tests.crawler.platforms.against_sandbox import MAY, in_may
from tests.crawler.platforms.driver import NOW, Run, drive
from tests.crawler.platforms.opening import config, merged, opened, opening, visit
from tests.sandbox.running import Sandbox

SHOWN = 12


def profiles(sandbox: Sandbox) -> list[WorldAccount]:
    return list(sandbox.world.accounts["instagram"].values())


def listed(sandbox: Sandbox, account: WorldAccount) -> list[WorldPost]:
    """What a profile shows: pinned posts first, then the newest."""
    return sorted(sandbox.visible(account), key=lambda post: not post.pinned)[:SHOWN]


def covers(sandbox: Sandbox, account: WorldAccount, window: Window) -> bool:
    """Whether the posts shown reach back to before the window, or are all there are."""
    posts = listed(sandbox, account)
    if len(sandbox.visible(account)) <= SHOWN:
        return True
    return sum(p.published < to_instant(window.start) for p in posts if not p.pinned) >= 2


def counted(run: Run) -> Counter[str]:
    return Counter(call.endpoint for call in run.calls)


def right(sandbox: Sandbox, counts: dict[str, Count], post: WorldPost) -> None:
    """Whether a post's counters are those of the world, missing ones with their reason."""
    truth = sandbox.shown(post)
    assert counts["likes"].value == truth.get("likes")
    assert counts["comments"].value == truth.get("comments")
    assert counts["shares"].missing == "not_offered"
    if post.type in VIDEO_TYPES:
        assert counts["views"] == counts["plays"]
        assert counts["views"].value == truth["views"]
    else:
        assert counts["views"].missing == "not_offered"
        assert "plays" not in counts
    if "likes" not in truth:
        assert counts["likes"].value is None


def test_a_profile_is_one_page_with_exact_followers(sandbox: Sandbox) -> None:
    visits = [visit(sandbox, account, VisitKind.PROFILE) for account in profiles(sandbox)]
    run = opened(sandbox, PLATFORM, visits)
    assert len(run.calls) == len(visits) == minimum("profile", len(visits), [])
    assert all(call.browse is None for call in run.calls)
    rows = {row.id: row for page in run.pages for row in page.mapped.accounts}
    for account in profiles(sandbox):
        truth = account.counters.at(sandbox.instant)
        assert {n: c.value for n, c in rows[account.id].counts.items()} == truth
    assert run.posts == []


def test_a_month_within_reach_is_complete_and_exact(sandbox: Sandbox) -> None:
    within = [a for a in profiles(sandbox) if covers(sandbox, a, MAY)]
    assert len(within) > 10
    visits = {a.id: visit(sandbox, a, VisitKind.TIMELINE) for a in within}
    run = opened(sandbox, PLATFORM, list(visits.values()))
    posts = merged(run)
    for account in within:
        truth = in_may(sandbox, account)
        close = run.close(visits[account.id])
        assert close.outcome is (Outcome.OK if truth else Outcome.OK_NOTHING_NEW), close.detail
        assert set(close.seen) == truth.keys()
        for post_id, post in truth.items():
            right(sandbox, posts[post_id], post)
    rows = {row.id: row for row in run.posts}
    for post in (post for account in within for post in in_may(sandbox, account).values()):
        row = rows[post.id]
        assert row.published_at is not None
        assert (row.account, row.type) == (post.account.id, post.type)
        assert to_instant(row.published_at) == post.published


def test_no_post_is_opened_beyond_two_that_are_too_old(sandbox: Sandbox) -> None:
    start = sandbox.now - timedelta(days=7)
    for account in profiles(sandbox):
        one = visit(sandbox, account, VisitKind.TIMELINE, window=Window(start, sandbox.now))
        run = opened(sandbox, PLATFORM, [one])
        shown = listed(sandbox, account)
        new = sum(post.published >= to_instant(start) or post.pinned for post in shown)
        assert counted(run)["timeline"] == 1
        assert counted(run)["post"] <= min(max(new + 2, 4), len(shown))


def test_a_window_beyond_the_posts_shown_is_not_complete(sandbox: Sandbox) -> None:
    account = sandbox.busiest("instagram")
    assert not covers(sandbox, account, MAY)
    one = visit(sandbox, account, VisitKind.TIMELINE)
    run = opened(sandbox, PLATFORM, [one])
    close = run.close(one)
    assert close.outcome is Outcome.FORBIDDEN
    oldest = min(p.published for p in listed(sandbox, account) if not p.pinned)
    back = datetime.fromtimestamp(oldest // 10**6, UTC)
    assert f"shows {SHOWN} posts, back to {back:%FT%TZ}" in close.detail
    assert close.seen == ()
    # What was read of it is right, and kept.
    assert {post.id for post in run.posts} == {post.id for post in listed(sandbox, account)}


def test_known_posts_of_the_window_are_read_beyond_the_list(sandbox: Sandbox) -> None:
    account = sandbox.busiest("instagram")
    truth = in_may(sandbox, account)
    gone = next(p for p in account.posts if p.published < p.gone <= sandbox.instant)
    one = visit(sandbox, account, VisitKind.TIMELINE, posts=[*truth, gone.id])
    run = opened(sandbox, PLATFORM, [one])
    posts = merged(run)
    for post_id, post in truth.items():
        right(sandbox, posts[post_id], post)
    assert [key for page in run.pages for key in page.mapped.gone] == [gone.id]
    assert run.close(one).outcome is Outcome.FORBIDDEN
    urls = [call.url for call in run.calls]
    assert len(urls) == len(set(urls))


def test_known_posts_are_left_alone_where_the_list_reaches_back(sandbox: Sandbox) -> None:
    account = next(a for a in profiles(sandbox) if covers(sandbox, a, MAY) and in_may(sandbox, a))
    plain = visit(sandbox, account, VisitKind.TIMELINE)
    more = visit(sandbox, account, VisitKind.TIMELINE, posts=["3620571223151483488"])
    assert counted(opened(sandbox, PLATFORM, [more])) == counted(opened(sandbox, PLATFORM, [plain]))


def test_known_posts_are_read_again_by_their_own_pages(sandbox: Sandbox) -> None:
    gone = sandbox.deleted("instagram")
    there = [post.id for post in sandbox.visible(gone.account)[:3]]
    one = visit(sandbox, gone.account, VisitKind.REFRESH, posts=[*there, gone.id, there[0]])
    run = opened(sandbox, PLATFORM, [one])
    assert [post.id for post in run.posts] == there
    assert [key for page in run.pages for key in page.mapped.gone] == [gone.id]
    assert run.close(one).outcome is Outcome.OK
    assert len(run.calls) == minimum("refresh", 1, [4])


def test_a_silent_profile_is_proved_silent(sandbox: Sandbox) -> None:
    sandbox.at("2025-04-28T00:00:00Z")
    account = next(a for a in profiles(sandbox) if not sandbox.visible(a))
    one = visit(sandbox, account, VisitKind.TIMELINE)
    ask = opening(sandbox)

    def counting(posts: bytes, more: bytes) -> Outcome:
        def respond(call: Call) -> Answer:
            answer = ask(call)
            body = answer.body.replace(b'"media_count":', b'"media_count":' + posts + b',"was":')
            return replace(answer, body=body.replace(b'"has_next_page":false', more))

        return drive(PLATFORM, config(sandbox, PLATFORM), [one], respond).close(one).outcome

    ended, going_on = b'"has_next_page":false', b'"has_next_page":true'
    assert counting(b"0", ended) is Outcome.OK_NOTHING_NEW
    assert counting(b"7", ended) is Outcome.EMPTY_UNEXPECTED
    assert counting(b"0", going_on) is Outcome.EMPTY_UNEXPECTED
    assert counting(b"0", b'"odd":1') is Outcome.CHANGED_SHAPE


def test_a_name_that_is_somebody_elses_now_gives_no_rows(sandbox: Sandbox) -> None:
    account = sandbox.busiest("instagram")
    sandbox.fault(platform="instagram", kind="reused_handle", account=account.id)
    for kind in (VisitKind.PROFILE, VisitKind.TIMELINE):
        one = visit(sandbox, account, kind)
        run = opened(sandbox, PLATFORM, [one])
        assert run.close(one).outcome is Outcome.RENAMED
        assert run.pages == []


def test_posts_of_others_on_the_profile_are_no_posts_of_the_account(sandbox: Sandbox) -> None:
    account = next(a for a in profiles(sandbox) if covers(sandbox, a, MAY) and in_may(sandbox, a))
    first = next(iter(in_may(sandbox, account)))
    one = visit(sandbox, account, VisitKind.TIMELINE)
    ask = opening(sandbox)

    def respond(call: Call) -> Answer:
        answer = ask(call)
        if shortcode(first) not in call.url:
            return answer
        owner = f'"user":{{"pk":"{account.id}"'.encode()
        return replace(answer, body=answer.body.replace(owner, b'"user":{"pk":"77"'))

    run = drive(PLATFORM, config(sandbox, PLATFORM), [one], respond)
    assert first not in run.close(one).seen
    assert first not in {post.id for post in run.posts}
    assert len(run.close(one).seen) == len(in_may(sandbox, account)) - 1


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("login_wall", Outcome.LOGIN_WALL),
        ("challenge", Outcome.CHALLENGE),
        ("consent", Outcome.CHALLENGE),
        ("empty_body", Outcome.EMPTY_UNEXPECTED),
        ("rate_limited", Outcome.RATE_LIMITED),
        ("server_error", Outcome.SERVER_ERROR),
        ("truncated", Outcome.CHANGED_SHAPE),
    ],
)
@pytest.mark.parametrize("endpoint", ["profile", "post"])
def test_obstacles_end_a_visit_by_their_name(
    sandbox: Sandbox, kind: str, outcome: Outcome, endpoint: str
) -> None:
    account = sandbox.busiest("instagram")
    one = visit(sandbox, account, VisitKind.TIMELINE)
    sandbox.fault(platform="instagram", route="web", endpoint=endpoint, kind=kind)
    run = opened(sandbox, PLATFORM, [one])
    assert run.close(one).outcome is outcome, run.close(one).detail
    assert run.posts == []
    assert counted(run)["post"] == (1 if endpoint == "post" else 0)


def test_an_account_that_is_gone_and_names_that_cannot_be(sandbox: Sandbox) -> None:
    account = sandbox.busiest("instagram")
    odd = msgspec.structs.replace(
        visit(sandbox, account, VisitKind.PROFILE), handle="no/such name", account="1"
    )
    run = opened(sandbox, PLATFORM, [odd])
    assert (run.close(odd).outcome, run.calls) == (Outcome.GONE, [])
    sandbox.fault(platform="instagram", kind="gone_account", account=account.id)
    one = visit(sandbox, account, VisitKind.TIMELINE)
    assert opened(sandbox, PLATFORM, [one]).close(one).outcome is Outcome.GONE


def test_views_are_plays_and_both_are_kept() -> None:
    def post(kind: PostType, **counts: Count) -> PostItem:
        return PostItem(platform="instagram", id="1", type=kind, observed_at=NOW, counts=counts)

    both = with_views(post(PostType.REEL, views=Count(100), plays=Count(400)))
    assert (both.counts["views"], both.counts["plays"]) == (Count(400), Count(400))
    alone = with_views(post(PostType.VIDEO, views=Count(100)))
    assert alone.counts == {"views": Count(100)}
    still = with_views(post(PostType.PHOTO, views=Count.not_offered(), plays=Count(3)))
    assert still.counts["views"] == Count.not_offered()
    hidden = with_views(post(PostType.REEL, views=Count.not_read(), plays=Count.hidden()))
    assert hidden.counts["views"] == Count.hidden()


def test_a_code_is_the_id_in_base_64(sandbox: Sandbox) -> None:
    for post_id in sandbox.world.posts["instagram"]:
        assert code_of(post_id) == shortcode(post_id)
    for odd in ("", "12x", "9" * 21, "-1", "١٢"):
        with pytest.raises(ShapeError):
            code_of(odd)
