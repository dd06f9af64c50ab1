"""Profile and timeline visits of Instagram accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from crawler.platforms.instagram.platform import PLATFORM
from model.count import Count
from model.items import PostType
from model.messages import Outcome, VisitKind
from tests.crawler.platforms.driver import Run, answered, drive
from tests.crawler.platforms.instagram.accounts import (
    ACCOUNT,
    CONFIG,
    PROFILE,
    TIMELINE,
    WINDOW,
    Discovery,
    ids,
    media,
    newest_first,
    visit,
)

LAST = datetime(2026, 6, 3, tzinfo=UTC)
"""Posts go on after the window's end."""


def run(discovery: Discovery) -> Run:
    return drive(PLATFORM, CONFIG, [TIMELINE], discovery)


def inside(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(r["id"] for r in rows if datetime.fromisoformat(r["timestamp"]) in WINDOW)


def test_a_profile_is_one_call() -> None:
    done = drive(PLATFORM, CONFIG, [PROFILE], Discovery(newest_first(3, LAST), total=77))
    assert len(done.calls) == 1
    (account,) = done.pages[0].mapped.accounts
    assert (account.id, account.handle) == (ACCOUNT, "city.of.tests")
    assert account.counts == {"followers": Count(5000), "posts": Count(77)}
    assert done.posts == []
    assert done.close(PROFILE).outcome is Outcome.OK


def test_followers_ride_along_with_the_first_page_alone() -> None:
    done = run(Discovery(newest_first(120, LAST)))
    counts = [[a.counts["followers"] for a in page.mapped.accounts] for page in done.pages]
    assert counts == [[Count(5000)], [], []]


@pytest.mark.parametrize("count", [1, 49, 50, 51, 120])
def test_every_post_of_the_window_is_read_in_the_fewest_calls(count: int) -> None:
    rows = newest_first(count, LAST)
    done = run(Discovery(rows))
    assert [p.id for p in done.posts] == ids(rows)
    assert done.close(TIMELINE).seen == inside(rows)
    assert len(done.calls) == -(-count // 50)


def test_paging_ends_after_posts_older_than_the_window() -> None:
    rows = newest_first(1000, LAST)
    done = run(Discovery(rows))
    assert done.close(TIMELINE).seen == inside(rows)
    assert len(inside(rows)) == 124
    assert len(done.calls) == 3


def test_pinned_posts_ahead_of_the_rest_do_not_end_it() -> None:
    old = [media(900 + n, datetime(2020, 1, 1 + n, tzinfo=UTC)) for n in range(3)]
    rows = newest_first(60, WINDOW.end - timedelta(days=2))
    done = run(Discovery([*old, *rows]))
    assert set(done.close(TIMELINE).seen) == set(inside(rows))
    assert set(ids(old)) <= {p.id for p in done.posts}


def test_pinned_posts_alone_on_a_page_do_not_end_it() -> None:
    old = [media(900 + n, datetime(2020, 1, 1 + n, tzinfo=UTC)) for n in range(3)]
    rows = newest_first(4, WINDOW.end - timedelta(days=2))
    done = run(Discovery([*old, *rows], heavy=3))
    assert set(done.close(TIMELINE).seen) == set(ids(rows))


def test_a_post_out_of_order_does_not_end_it() -> None:
    rows = newest_first(120, LAST)
    strays = [media(800 + n, datetime(2024, 1, 1, tzinfo=UTC)) for n in range(3)]
    rows[47:47] = strays
    done = run(Discovery(rows))
    assert set(done.close(TIMELINE).seen) == set(inside(rows))
    assert len(done.posts) == 123


def test_a_silent_account_is_proved_by_its_older_posts() -> None:
    rows = newest_first(300, WINDOW.start - timedelta(days=3))
    done = run(Discovery(rows))
    assert done.close(TIMELINE).outcome is Outcome.OK_NOTHING_NEW
    assert len(done.calls) == 1


def test_an_account_without_posts_says_so() -> None:
    done = run(Discovery([]))
    assert done.close(TIMELINE).outcome is Outcome.OK_NOTHING_NEW
    assert len(done.pages) == 1


def test_an_empty_list_without_a_number_of_posts_proves_nothing() -> None:
    def untold(call: Any) -> Any:
        user = {"id": ACCOUNT, "followers_count": 9, "media": {"data": []}}
        return answered(call, {"business_discovery": user})

    done = drive(PLATFORM, CONFIG, [TIMELINE], untold)
    assert done.close(TIMELINE).outcome is Outcome.EMPTY_UNEXPECTED
    assert done.close(TIMELINE).proof is None
    assert done.pages[0].mapped.accounts[0].counts["posts"] == Count.not_read()


def test_no_media_of_an_account_that_has_posts_is_unexpected() -> None:
    done = run(Discovery([], total=12))
    assert done.close(TIMELINE).outcome is Outcome.EMPTY_UNEXPECTED
    assert done.close(TIMELINE).detail == "no media, after 0 of an account with 12"
    assert len(done.calls) == 2
    assert done.pages[0].mapped.accounts[0].counts["followers"] == Count(5000)


@pytest.mark.parametrize("after", ["MTA", None])
def test_an_empty_first_page_is_asked_for_again(after: str | None) -> None:
    discovery = Discovery(newest_first(60, LAST))
    hollow = {"data": [], "paging": {"cursors": {"after": after} if after else {}}}
    user = {"id": ACCOUNT, "media_count": None if after else 60, "media": hollow}
    answers: list[Any] = []

    def once(call: Any) -> Any:
        answers.append(call)
        full = discovery(call)
        return full if len(answers) > 1 else answered(call, {"business_discovery": user})

    done = drive(PLATFORM, CONFIG, [TIMELINE], once)
    assert done.close(TIMELINE).seen == inside(discovery.rows)


def test_a_number_of_posts_that_lags_behind_does_not_end_the_list() -> None:
    rows = newest_first(120, WINDOW.end - timedelta(hours=1))
    done = run(Discovery(rows, total=30))
    assert [p.id for p in done.posts] == ids(rows)


@pytest.mark.parametrize("count", [49, 99])
def test_a_cursor_after_the_last_post_is_not_followed(count: int) -> None:
    rows = newest_first(count, WINDOW.end - timedelta(hours=1))
    done = run(Discovery(rows, trailing_cursor=True))
    assert len(done.calls) == -(-count // 50)


@pytest.mark.parametrize(
    ("total", "outcome"),
    [(60, Outcome.EMPTY_UNEXPECTED), (51, Outcome.EMPTY_UNEXPECTED), (50, Outcome.OK)],
)
def test_an_empty_page_ends_the_list_if_all_posts_were_listed(
    total: int | None, outcome: Outcome
) -> None:
    rows = newest_first(50, WINDOW.end - timedelta(hours=1))
    discovery = Discovery(rows, total=total, trailing_cursor=True)
    done = drive(PLATFORM, CONFIG, [TIMELINE], lambda call: discovery(call))
    assert done.close(TIMELINE).outcome is outcome
    assert len(done.close(TIMELINE).seen) == 50


@pytest.mark.parametrize("lost", [1, 2])
def test_a_full_page_without_a_further_one_proves_nothing(lost: int) -> None:
    discovery = Discovery(newest_first(120, WINDOW.end - timedelta(hours=1)))
    answers: list[Any] = []

    def losing(call: Any) -> Any:
        answers.append(discovery(call))
        document = msgspec.json.decode(answers[-1].body)
        if len(answers) == lost:
            del document["business_discovery"]["media"]["paging"]
        return answered(call, document)

    close = drive(PLATFORM, CONFIG, [TIMELINE], losing).close(TIMELINE)
    assert close.outcome is Outcome.EMPTY_UNEXPECTED
    assert len(close.seen) == 50 * lost
    assert close.detail == f"the list ended after {50 * lost} posts, and media_count is 120"
    assert close.proven_from is not None


@pytest.mark.parametrize(("times", "outcome"), [(1, Outcome.OK), (9, Outcome.EMPTY_UNEXPECTED)])
def test_an_empty_page_in_the_middle_is_asked_for_again(times: int, outcome: Outcome) -> None:
    discovery = Discovery(newest_first(120, WINDOW.end - timedelta(hours=1)))
    left = [times]

    def emptied(call: Any) -> Any:
        document = msgspec.json.decode(discovery(call).body)
        if "after" in call.url and left[0]:
            left[0] -= 1
            document["business_discovery"]["media"]["data"] = []
        return answered(call, document)

    close = drive(PLATFORM, CONFIG, [TIMELINE], emptied).close(TIMELINE)
    assert close.outcome is outcome
    assert len(close.seen) == (120 if outcome is Outcome.OK else 50)


def test_too_heavy_a_page_is_asked_for_in_halves() -> None:
    rows = newest_first(40, LAST)
    done = run(Discovery(rows, heavy=13))
    assert [p.id for p in done.posts] == ids(rows)
    assert len(done.calls) == 2 + 4


def test_a_page_that_is_always_too_heavy_ends_as_the_servers_fault() -> None:
    done = run(Discovery(newest_first(4, LAST), heavy=0))
    assert done.close(TIMELINE).outcome is Outcome.SERVER_ERROR


def test_a_circle_of_cursors_ends() -> None:
    first = Discovery(newest_first(150, LAST))
    answers: list[Any] = []

    def circling(call: Any) -> Any:
        answers.append(first(call))
        return answered(call, answers[0].body) if len(answers) > 1 else answers[0]

    done = drive(PLATFORM, CONFIG, [TIMELINE], circling)
    assert done.close(TIMELINE).outcome is Outcome.EMPTY_UNEXPECTED
    assert len(done.calls) == 4


def test_a_page_that_came_twice_gives_its_posts_once() -> None:
    discovery = Discovery(newest_first(120, WINDOW.end - timedelta(hours=1)))
    answers: list[Any] = []

    def stuttering(call: Any) -> Any:
        answers.append(discovery(call))
        return answered(call, answers[0].body) if len(answers) == 2 else answers[-1]

    done = drive(PLATFORM, CONFIG, [TIMELINE], stuttering)
    assert [p.id for p in done.posts] == ids(discovery.rows)


@pytest.mark.parametrize("cursor", ["", "a)b", "a{b}", "x" * 2000])
def test_what_is_no_cursor_is_not_sent_on(cursor: str) -> None:
    def luring(call: Any) -> Any:
        body = msgspec.json.decode(Discovery(newest_first(150, LAST))(call).body)
        body["business_discovery"]["media"]["paging"]["cursors"]["after"] = cursor
        return answered(call, body)

    close = drive(PLATFORM, CONFIG, [TIMELINE], luring).close(TIMELINE)
    assert close.outcome is Outcome.CHANGED_SHAPE
    assert "cursors.after" in close.detail


def test_types_and_views() -> None:
    rows = [
        media(1, LAST),
        media(2, LAST, "CAROUSEL_ALBUM"),
        media(3, LAST, "VIDEO", view_count=9),
        media(4, LAST, "VIDEO", media_product_type="REELS", view_count=0),
        media(5, LAST, "VIDEO"),
    ]
    posts = run(Discovery(rows)).posts
    assert [p.type for p in posts] == [
        PostType.PHOTO,
        PostType.ALBUM,
        PostType.VIDEO,
        PostType.REEL,
        PostType.VIDEO,
    ]
    assert [p.counts["views"] for p in posts] == [
        Count.not_offered(),
        Count.not_offered(),
        Count(9),
        Count(0),
        Count.not_read(),
    ]


def test_counts_of_a_post() -> None:
    (post,) = run(Discovery([media(1, LAST)])).posts
    assert post.counts == {
        "likes": Count(101),
        "comments": Count(5),
        "shares": Count.not_offered(),
        "views": Count.not_offered(),
    }
    assert (post.account, post.text, post.published_at) == (ACCOUNT, "post 1", LAST)


def test_hidden_likes_are_hidden() -> None:
    row = media(1, LAST)
    del row["like_count"]
    (post,) = run(Discovery([row])).posts
    assert post.counts["likes"] == Count.hidden()


def test_one_broken_post_does_not_lose_the_page() -> None:
    rows = newest_first(4, LAST)
    rows[1]["timestamp"] = "1926-05-01T00:00:00+0000"
    done = run(Discovery(rows))
    assert len(done.posts) == 3
    path = "business_discovery.media.data[1].timestamp"
    assert done.pages[0].mapped.unmapped == (path,)


@pytest.mark.parametrize("one", [PROFILE, TIMELINE])
def test_a_name_that_belongs_to_somebody_else_now(one: Any) -> None:
    done = drive(PLATFORM, CONFIG, [one], Discovery(newest_first(3, LAST), account="17841499"))
    close = done.close(one)
    assert close.outcome is Outcome.RENAMED
    assert close.detail == "@city.of.tests is account 17841499 now"
    assert done.pages == []


@pytest.mark.parametrize("one", [PROFILE, TIMELINE])
def test_an_account_whose_id_is_not_known_yet_is_read(one: Any) -> None:
    unknown = msgspec.structs.replace(one, account="@city.of.tests")
    done = drive(PLATFORM, CONFIG, [unknown], Discovery(newest_first(3, LAST)))
    assert done.close(unknown).outcome.complete
    assert done.pages[0].mapped.accounts[0].id == ACCOUNT


@pytest.mark.parametrize(
    ("code", "subcode", "message", "outcome"),
    [
        (110, 2207013, "Invalid user id", Outcome.GONE),
        (100, 2207013, "The username x does not exist or is not a business account", Outcome.GONE),
        (190, 463, "expired", Outcome.TOKEN_INVALID),
        (80002, None, "too many calls", Outcome.RATE_LIMITED),
        (10, None, "no permission for this action", Outcome.FORBIDDEN),
        (1, None, "unknown", Outcome.SERVER_ERROR),
    ],
)
def test_error_answers_end_the_visit(
    code: int, subcode: int | None, message: str, outcome: Outcome
) -> None:
    body = {"error": {"code": code, "error_subcode": subcode, "message": message}}
    done = run(Discovery(refuse=body))
    assert done.close(TIMELINE).outcome is outcome


def test_a_refresh_is_not_offered() -> None:
    one = visit(VisitKind.REFRESH, posts=("1",))
    done = drive(PLATFORM, CONFIG, [one], Discovery())
    assert (done.close(one).outcome, done.calls) == (Outcome.GAVE_UP, [])
    assert PLATFORM.profile_rides_along
    assert not PLATFORM.refresh_by_id


def test_without_an_account_of_ones_own_nothing_is_asked() -> None:
    config = CONFIG.model_copy(update={"user_id": ""})
    done = drive(PLATFORM, config, [PROFILE], Discovery())
    assert done.calls == []
    assert done.close(PROFILE).outcome is Outcome.FORBIDDEN
    assert "CITYREACH_INSTAGRAM__USER_ID" in done.close(PROFILE).detail


@pytest.mark.parametrize("handle", ["", "a{b}", "name)", "x" * 31, "ünter"])
def test_what_cannot_be_a_name_is_not_sent(handle: str) -> None:
    one = visit(VisitKind.PROFILE, handle=handle)
    done = drive(PLATFORM, CONFIG, [one], Discovery())
    assert (done.close(one).outcome, done.calls) == (Outcome.GONE, [])


def test_a_timeline_without_a_window_is_given_up() -> None:
    one = visit(VisitKind.TIMELINE)
    assert drive(PLATFORM, CONFIG, [one], Discovery()).close(one).outcome is Outcome.GAVE_UP


def test_the_fewest_calls_are_stated() -> None:
    assert PLATFORM.minimum("profile", 7, []) == 7
    assert PLATFORM.minimum("timeline", 3, [0, 50, 51]) == 1 + 1 + 2


def test_the_same_answer_maps_alike_outside_the_visit() -> None:
    rows = newest_first(60, LAST)
    del rows[0]["like_count"]
    for page in run(Discovery(rows)).pages:
        assert PLATFORM.map(page.answer.body, page.answer.observed_at) == page.mapped


def test_the_credential_travels_in_a_header() -> None:
    assert PLATFORM.authorise("T") == {"authorization": "Bearer T"}
    assert PLATFORM.token_call(CONFIG) is None
