"""Visits by TikTok's public pages: what is enough, what is ours, and how they end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.contract import Answer, Call, Captured
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.platforms.tiktok.platform import PLATFORM
from crawler.platforms.tiktok.web_visits import LISTS
from model.messages import Outcome, Visit, VisitKind, Window
from model.proof import Proof
from model.route import Route
from tests.crawler.platforms.driver import NOW, Run, drive

CONFIG = TikTokConfig(web_url="https://pages.example.org")
MAY = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
OWNER = "7001"
INSIDE = MAY.start + timedelta(days=10)
BEFORE = MAY.start - timedelta(days=3)
AFTER = MAY.end + timedelta(days=1)


def visit(kind: VisitKind = VisitKind.TIMELINE, account: str = OWNER) -> Visit:
    window = MAY if kind is VisitKind.TIMELINE else None
    return Visit(
        platform="tiktok",
        account=account,
        handle="@city",
        kind=kind,
        slot=NOW,
        window=window,
        route=Route.WEB,
    )


def page(posts: int = 9, owner: str = OWNER, **user: Any) -> bytes:
    """A profile page with its state."""
    detail = {
        "statusCode": 0,
        "userInfo": {
            "user": {"id": owner, "uniqueId": "city", "nickname": "City", **user},
            "statsV2": {"followerCount": "1234567", "videoCount": str(posts)},
        },
    }
    state = msgspec.json.encode({"__DEFAULT_SCOPE__": {"webapp.user-detail": detail}}).decode()
    name = "__UNIVERSAL_DATA_FOR_REHYDRATION__"
    return (
        f'<title>City</title><script id="{name}" type="application/json">{state}</script>'.encode()
    )


def post(id_: int, at: datetime, *, pinned: bool = False, owner: str = OWNER) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": str(id_),
        "createTime": int(at.timestamp()),
        "author": {"id": owner, "uniqueId": "city"},
        "statsV2": {"diggCount": "5", "commentCount": "1", "shareCount": "0", "playCount": "99"},
    }
    return {**row, "isPinnedItem": True} if pinned else row


def listed(posts: Iterable[dict[str, Any]], more: bool) -> Captured:
    """One of the page's own lists."""
    body = {"itemList": list(posts), "hasMore": more, "cursor": "1", "statusCode": 0}
    url = f"https://pages.example.org{LISTS}?cursor=0&X-Bogus=f00"
    return Captured(url=url, status=200, body=msgspec.json.encode(body))


def visited(one: Visit, html: bytes, lists: Sequence[Captured] = (), status: int = 200) -> Run:
    """A visit whose page fetches these lists, as many of them as are asked for."""

    def respond(call: Call) -> Answer:
        assert (call.route, call.url) == (Route.WEB, "https://pages.example.org/@city")
        assert call.browse is not None
        got: list[Captured] = []
        if call.browse.enough is not None:
            for further in lists:
                if call.browse.enough(html, got):
                    break
                got.append(further)
        return Answer(
            call=call, status=status, headers={}, body=html, observed_at=NOW, captured=tuple(got)
        )

    return drive(PLATFORM, CONFIG, [one], respond)


def test_a_profile_takes_one_page_and_no_list() -> None:
    one = visit(VisitKind.PROFILE)
    run = visited(one, page())
    (row,) = [row for p in run.pages for row in p.mapped.accounts]
    assert (row.id, row.counts["followers"].value, row.counts["posts"].value) == (OWNER, 1234567, 9)
    assert run.close(one).outcome is Outcome.OK


def test_scrolls_on_until_a_whole_list_lies_before_the_window() -> None:
    lists = [
        listed([post(1, BEFORE, pinned=True), post(2, AFTER), post(3, INSIDE)], more=True),
        listed([post(4, INSIDE), post(5, BEFORE), post(6, INSIDE)], more=True),
        listed([post(7, BEFORE), post(8, BEFORE)], more=True),
        listed([post(9, BEFORE)], more=True),
    ]
    one = visit()
    run = visited(one, page(), lists)
    assert [len(p.mapped.posts) for p in run.pages] == [0, 3, 3, 2]
    assert run.close(one).outcome is Outcome.OK
    assert run.close(one).seen == ("3", "4", "6")
    assert {p.account for p in run.posts} == {OWNER}


def test_the_account_rides_along() -> None:
    run = visited(visit(), page(), [listed([], more=False)])
    assert [row.id for p in run.pages for row in p.mapped.accounts] == [OWNER]
    assert PLATFORM.web.profile_rides_along


def test_a_pinned_post_alone_is_not_the_end() -> None:
    first = [post(n, BEFORE - timedelta(days=400), pinned=True) for n in range(3)]
    lists = [listed(first, more=True), listed([post(9, INSIDE)], more=False)]
    one = visit()
    assert visited(one, page(), lists).close(one).seen == ("9",)


@pytest.mark.parametrize(
    ("html", "lists", "outcome", "detail"),
    [
        (page(posts=0), [], Outcome.OK_NOTHING_NEW, "no posts"),
        (page(posts=0), [listed([], more=False)], Outcome.OK_NOTHING_NEW, ""),
        (page(), [listed([], more=False)], Outcome.EMPTY_UNEXPECTED, "without posts"),
        (page(), [listed([post(1, BEFORE)], more=True)], Outcome.OK_NOTHING_NEW, ""),
        (page(), [], Outcome.EMPTY_UNEXPECTED, "no list"),
        (page(), [listed([post(1, INSIDE)], more=True)], Outcome.EMPTY_UNEXPECTED, "broke off"),
        (page(), [Captured(url=LISTS, status=200, body=b"")], Outcome.EMPTY_UNEXPECTED, ""),
        (
            page(),
            [Captured(url=LISTS, status=200, body=b"<body>?")],
            Outcome.CHANGED_SHAPE,
            "",
        ),
        (
            page(),
            [Captured(url=LISTS, status=200, body=b'{"x":1}')],
            Outcome.CHANGED_SHAPE,
            "",
        ),
        (
            page(),
            [Captured(url=LISTS, status=200, body=b'{"statusCode":10222}')],
            Outcome.FORBIDDEN,
            "private",
        ),
        (page(owner="7002"), [listed([post(1, INSIDE)], more=False)], Outcome.RENAMED, "7002"),
        (b"<title>Log in | TikTok</title><body>", [], Outcome.LOGIN_WALL, ""),
        (b'<title>t</title><div id="captcha_verify">', [], Outcome.CHALLENGE, ""),
        (
            b"<title>t</title><button>Decline optional cookies</button>",
            [],
            Outcome.CHALLENGE,
            "consent",
        ),
        (b"<title>t</title><body>?", [], Outcome.CHANGED_SHAPE, ""),
        (b"", [], Outcome.EMPTY_UNEXPECTED, ""),
    ],
)
def test_every_end_has_its_outcome(
    html: bytes, lists: Sequence[Captured], outcome: Outcome, detail: str
) -> None:
    one = visit()
    run = visited(one, html, lists)
    closed = run.close(one)
    assert closed.outcome is outcome
    assert detail in closed.detail
    if outcome is not Outcome.EMPTY_UNEXPECTED:
        assert not closed.seen


@pytest.mark.parametrize(
    ("total", "outcome", "proof"),
    [(80, Outcome.EMPTY_UNEXPECTED, None), (4, Outcome.OK, Proof.COUNTERS)],
)
@pytest.mark.parametrize("more", [True, False])
def test_posts_of_one_second_may_be_lost_between_two_pages(
    total: int, outcome: Outcome, proof: Proof | None, more: bool
) -> None:
    lists = [
        listed([post(n, INSIDE) for n in range(3)], more=True),
        listed([post(9, BEFORE)], more),
    ]
    one = visit()
    close = visited(one, page(posts=total), lists).close(one)
    assert (close.outcome, close.proof, close.seen) == (outcome, proof, ("0", "1", "2"))
    assert close.proven_from == (None if proof else INSIDE + timedelta(seconds=1))


def test_posts_of_one_second_are_on_one_page_or_older_than_the_window() -> None:
    apart = [post(1, INSIDE), post(2, INSIDE), post(3, INSIDE - timedelta(days=1))]
    old = [post(4, BEFORE), post(5, BEFORE)]
    one = visit()
    for total, lists in (
        (80, [listed(apart, more=True), listed(old, more=True)]),
        (80, [listed([*apart, *old], more=True), listed([post(6, BEFORE)], more=True)]),
        (2, [listed([post(1, INSIDE), post(2, INSIDE)], more=False)]),
    ):
        assert visited(one, page(posts=total), lists).close(one).outcome is Outcome.OK


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("total", "outcome"), [(9, "empty_unexpected"), (2, "ok")])
def test_a_page_without_posts_proves_nothing_unless_all_were_listed(
    place: int, total: int, outcome: str
) -> None:
    lists = [listed([post(1, INSIDE)], more=True), listed([post(2, BEFORE)], more=place == 2)]
    lists.insert(place, listed([], more=place < 2))
    one = visit()
    close = visited(one, page(posts=total), lists).close(one)
    assert close.seen == ("1",)
    if place < 2:
        assert close.outcome.value == outcome


@pytest.mark.parametrize("kind", [VisitKind.PROFILE, VisitKind.TIMELINE])
def test_a_handle_that_is_somebody_elses_now_gives_no_rows(kind: VisitKind) -> None:
    one = visit(kind)
    run = visited(one, page(owner="7002"), [listed([post(1, INSIDE, owner="7002")], more=False)])
    assert run.close(one).outcome is Outcome.RENAMED
    assert not any(p.mapped.accounts or p.mapped.posts for p in run.pages)


def test_a_row_that_cannot_be_read_costs_the_visit_but_not_the_others() -> None:
    lists = [listed([post(1, INSIDE), {"id": "2"}], more=True), listed([post(3, INSIDE)], False)]
    one = visit()
    run = visited(one, page(), lists)
    assert {p.id for p in run.posts} == {"1", "3"}
    assert run.close(one).outcome is Outcome.CHANGED_SHAPE
    assert "itemList[1]" in run.close(one).detail


def test_posts_of_others_are_not_ours() -> None:
    lists = [listed([post(1, INSIDE), post(2, INSIDE, owner="9")], more=False)]
    one = visit()
    run = visited(one, page(), lists)
    assert run.close(one).seen == ("1",)
    assert {p.id for p in run.posts} == {"1"}


def test_posts_are_not_refreshed_by_id() -> None:
    one = msgspec.structs.replace(visit(VisitKind.REFRESH), posts=("1",))
    assert visited(one, page()).close(one).outcome is Outcome.GAVE_UP
    assert not PLATFORM.web.refresh_by_id


def test_visits_by_pages_go_alone() -> None:
    visits = [visit(), visit(account="7003"), visit(VisitKind.PROFILE)]
    assert [len(group) for group in PLATFORM.groups(visits, CONFIG)] == [1, 1, 1]


@given(st.binary(max_size=300), st.lists(st.binary(max_size=200), max_size=3))
def test_enough_never_raises(html: bytes, bodies: list[bytes]) -> None:
    (fetch,) = PLATFORM.start([visit()], CONFIG)
    enough = fetch.call.browse.enough  # type: ignore[union-attr]
    captured = [Captured(url=LISTS, status=200, body=body) for body in bodies]
    assert enough(html, captured) in (True, False)  # type: ignore[misc]


@pytest.mark.parametrize(("total", "whole"), [(2, True), (4, True), (5, False), (80, False)])
def test_a_list_that_ends_is_held_against_the_account_s_own_counter(
    total: int, whole: bool
) -> None:
    """The counter may still hold two posts that were just deleted."""
    lists = [listed([post(1, INSIDE), post(2, INSIDE - timedelta(days=1))], more=False)]
    one = visit()
    close = visited(one, page(posts=total), lists).close(one)
    assert (close.outcome is Outcome.OK) is whole
    if not whole:
        assert close.detail == f"the list ended after 2 posts of an account that has {total}"
