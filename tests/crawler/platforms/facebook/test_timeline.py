"""Timeline visits of Facebook pages: paging, windows, views, the fewest calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.errors import CrawlError
from crawler.platforms.facebook.platform import PLATFORM
from model.count import Count, Missing
from model.items import PostType
from model.messages import Outcome, VisitKind
from model.proof import Proof
from tests.crawler.platforms.driver import Run, answered, drive
from tests.crawler.platforms.facebook.pages import (
    CONFIG,
    PAGE,
    TIMELINE,
    TOO_MUCH,
    WINDOW,
    Graph,
    error,
    may,
    post,
    video,
    visit,
)


def run(graph: Graph) -> Run:
    return drive(PLATFORM, CONFIG, [TIMELINE], graph)


def many(count: int, media: str = "photo") -> list[dict[str, Any]]:
    """Posts of May, newest first."""
    last = datetime(2026, 5, 31, tzinfo=UTC)
    return [post(n, last - timedelta(hours=n), media) for n in range(count)]


def videos_of(posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = [int(p["id"].rpartition("_")[2]) for p in posts]
    return [
        video(5000 + n, n, datetime.fromisoformat(p["created_time"]), 10 * n + 1)
        for n, p in zip(numbers, posts, strict=True)
    ]


def endpoints(done: Run) -> list[str]:
    return [call.endpoint for call in done.calls]


@pytest.mark.parametrize("count", [1, 99, 101, 250])
def test_every_post_is_read_in_the_fewest_calls(count: int) -> None:
    done = run(Graph(posts=many(count)))
    assert endpoints(done) == ["timeline"] * -(-count // 100)
    assert [p.id for p in done.posts] == [p["id"] for p in many(count)]
    close = done.close(TIMELINE)
    assert close.outcome is Outcome.OK
    assert close.seen == tuple(p["id"] for p in many(count))


def test_an_empty_listing_is_nothing_new_where_a_wider_one_is_empty_too() -> None:
    done = run(Graph())
    close = done.close(TIMELINE)
    assert (close.outcome, close.proof) == (Outcome.OK_NOTHING_NEW, Proof.END_MARK)
    assert len(done.pages) == 2


def test_an_empty_listing_is_nothing_new_where_a_wider_one_shows_an_older_post() -> None:
    done = run(Graph(posts=[post(900, WINDOW.start - timedelta(days=40))]))
    close = done.close(TIMELINE)
    assert (close.outcome, close.proof) == (Outcome.OK_NOTHING_NEW, Proof.OLDER_POST)
    assert done.posts == []


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b"[]", b"null"])
def test_a_200_with_nothing_in_it_is_no_proof_of_silence(body: bytes) -> None:
    done = drive(PLATFORM, CONFIG, [TIMELINE], lambda call: answered(call, body))
    assert done.close(TIMELINE).outcome is Outcome.EMPTY_UNEXPECTED


def test_a_listing_without_data_is_another_shape() -> None:
    done = drive(PLATFORM, CONFIG, [TIMELINE], lambda call: answered(call, {"paging": {}}))
    close = done.close(TIMELINE)
    assert (close.outcome, close.detail) == (Outcome.CHANGED_SHAPE, "data is missing")


def test_short_pages_are_not_the_last() -> None:
    done = run(Graph(posts=many(25), most=10))
    assert len(done.posts) == 25
    assert endpoints(done) == ["timeline"] * 3


def test_an_empty_page_with_a_next_one_is_not_the_last() -> None:
    graph = Graph(posts=many(150))

    def hollow(call: Any) -> Any:
        answer = graph(call)
        if "after" in call.url:
            return answer
        body = {"data": [], "paging": {"next": f"{call.url}&after=0"}}
        return answered(call, body)

    done = drive(PLATFORM, CONFIG, [TIMELINE], hollow)
    assert len(done.posts) == 150


def test_the_window_is_cut_exactly_and_what_came_along_is_kept() -> None:
    edges = [WINDOW.end, WINDOW.end - timedelta(seconds=1), WINDOW.start]
    edges.append(WINDOW.start - timedelta(seconds=1))
    done = run(Graph(posts=[post(n, at) for n, at in enumerate(edges)]))
    assert done.close(TIMELINE).seen == (f"{PAGE}_1", f"{PAGE}_2")
    assert len(done.posts) == 4


def test_a_next_link_to_another_host_is_refused() -> None:
    def luring(call: Any) -> Any:
        paging = {"next": "https://elsewhere.test/v25.0/1/published_posts?access_token=x"}
        return answered(call, {"data": many(1), "paging": paging})

    close = drive(PLATFORM, CONFIG, [TIMELINE], luring).close(TIMELINE)
    assert close.outcome is Outcome.CHANGED_SHAPE
    assert "another host: elsewhere.test" in close.detail


def test_a_circle_of_next_links_ends() -> None:
    def circling(call: Any) -> Any:
        paging = {"next": f"{CONFIG.api_url}/v25.0/{PAGE}/published_posts?after=1"}
        return answered(call, {"data": many(1), "paging": paging})

    done = drive(PLATFORM, CONFIG, [TIMELINE], circling)
    assert done.close(TIMELINE).outcome is Outcome.EMPTY_UNEXPECTED
    assert len(done.calls) <= 4
    assert len(done.posts) == 1


def test_a_page_that_came_twice_gives_its_posts_once() -> None:
    graph = Graph(posts=many(150))
    answers: list[Any] = []

    def stuttering(call: Any) -> Any:
        answers.append(graph(call))
        return answered(call, answers[0].body) if len(answers) == 2 else answers[-1]

    done = drive(PLATFORM, CONFIG, [TIMELINE], stuttering)
    assert sorted(p.id for p in done.posts) == sorted(p["id"] for p in many(150))


def test_too_heavy_a_page_is_asked_for_in_halves() -> None:
    def heavy(path: str, query: dict[str, str]) -> dict[str, Any] | None:
        return TOO_MUCH if int(query["limit"]) > 25 else None

    done = run(Graph(posts=many(60), refuse=heavy))
    assert len(done.posts) == 60
    limits = [call.url.rpartition("limit=")[2].split("&")[0] for call in done.calls]
    assert limits[:3] == ["100", "50", "25"]
    assert len(done.calls) == 5


def test_a_page_that_is_always_too_heavy_ends_as_the_servers_fault() -> None:
    done = run(Graph(posts=many(3), refuse=lambda path, query: TOO_MUCH))
    assert done.close(TIMELINE).outcome is Outcome.SERVER_ERROR
    assert len(done.calls) == 7


def test_the_views_of_videos_are_joined_in_one_further_call() -> None:
    posts = many(20, "video")
    graph = Graph(posts=posts, videos=videos_of(posts))
    done = run(graph)
    assert endpoints(done) == ["timeline", "videos"]
    views = {p.id: p.counts["views"] for p in done.posts}
    assert views == {f"{PAGE}_{n}": Count(10 * n + 1) for n in range(20)}


def test_posts_are_harvested_once_and_raw_pages_all() -> None:
    posts = many(120, "video")
    done = run(Graph(posts=posts, videos=videos_of(posts)))
    assert len({p.id for p in done.posts}) == len(done.posts) == 120
    assert [page.mapped.shape for page in done.pages] == [
        "facebook.videos",
        "facebook.videos",
        "facebook.posts",
        "facebook.posts",
    ]


def test_no_videos_are_asked_for_where_there_are_none() -> None:
    assert endpoints(run(Graph(posts=many(5)))) == ["timeline"]


def test_listing_videos_stops_when_all_were_met() -> None:
    posts = many(3, "video")
    old = [video(9000 + n, 900 + n, may(1) - timedelta(days=n), 5) for n in range(300)]
    done = run(Graph(posts=posts, videos=[*videos_of(posts), *old]))
    assert endpoints(done) == ["timeline", "videos"]


def test_listing_videos_stops_before_the_oldest_wanted_post() -> None:
    posts = many(3, "video")
    ago = [timedelta(days=n) for n in range(1000)]
    others = [video(9000 + n, 900 + n, WINDOW.end - d, 5) for n, d in enumerate(ago)]
    done = run(Graph(posts=posts, videos=others))
    assert endpoints(done) == ["timeline", "videos", "videos"]
    assert {p.counts["views"] for p in done.posts} == {Count.not_read()}


@pytest.mark.parametrize(
    ("post_more", "video_more"),
    [
        ({}, {"post_id": f"{PAGE}_1"}),
        ({}, {"post_id": "1"}),
        (
            {"attachments": {"data": [{"media_type": "video", "target": {"id": "5001"}}]}},
            {"post_id": None},
        ),
        ({"permalink_url": f"https://www.facebook.com/{PAGE}/videos/5001/"}, {"post_id": None}),
        (
            {"permalink_url": "https://www.facebook.com/reel/777/"},
            {"post_id": None, "permalink_url": "/reel/777/"},
        ),
    ],
    ids=["page_post", "post", "attachment", "address", "reel"],
)
def test_a_video_is_joined_by_any_number_it_shares(
    post_more: dict[str, Any], video_more: dict[str, Any]
) -> None:
    one = post(1, may(3), "video") | post_more
    film = video(5001, 0, may(3), 42) | video_more
    (found,) = run(Graph(posts=[one], videos=[film])).posts
    assert found.counts["views"] == Count(42)


def test_a_video_tells_that_its_post_was_a_broadcast() -> None:
    posts = [post(1, may(3), "video"), post(2, may(2), "video")]
    films = [video(51, 1, may(3), 7) | {"live_status": "VOD"}, video(52, 2, may(2), 8)]
    done = run(Graph(posts=posts, videos=films))
    assert [p.type for p in done.posts] == [PostType.LIVE, PostType.VIDEO]


def test_a_video_without_views_leaves_them_missing() -> None:
    film = video(51, 1, may(3), 7)
    del film["views"]
    done = run(Graph(posts=[post(1, may(3), "video")], videos=[film]))
    assert done.posts[0].counts["views"] == Count.not_read()
    assert endpoints(done) == ["timeline", "videos"]


def test_a_page_that_does_not_show_its_videos_keeps_its_posts() -> None:
    def closed(path: str, query: dict[str, str]) -> dict[str, Any] | None:
        refused = "(#10) This endpoint requires the 'Page Public Content Access' feature"
        return error(refused, 10) if path.endswith("/videos") else None

    done = run(Graph(posts=many(2, "video"), refuse=closed))
    assert done.close(TIMELINE).outcome is Outcome.OK
    assert "views were not read" in done.close(TIMELINE).detail
    assert {p.counts["views"].missing for p in done.posts} == {Missing.NOT_READ}


def test_a_failing_videos_call_fails_the_visit_so_that_it_is_made_again() -> None:
    def down(path: str, query: dict[str, str]) -> dict[str, Any] | None:
        return error("An unexpected error", 2) if path.endswith("/videos") else None

    done = run(Graph(posts=many(2, "video"), refuse=down))
    assert done.close(TIMELINE).outcome is Outcome.SERVER_ERROR
    assert done.posts == []


def test_one_broken_post_does_not_lose_the_page() -> None:
    posts = many(3)
    posts[1]["created_time"] = "yesterday"
    done = drive(PLATFORM, CONFIG, [TIMELINE], lambda call: answered(call, {"data": posts}))
    assert [p.id for p in done.posts] == [f"{PAGE}_0", f"{PAGE}_2"]
    assert done.pages[0].mapped.unmapped == ("data[1].created_time",)


def test_types_of_posts() -> None:
    attached = {
        PostType.PHOTO: {"media_type": "photo", "type": "photo"},
        PostType.ALBUM: {"media_type": "album", "type": "album"},
        PostType.VIDEO: {"media_type": "video", "type": "video_inline"},
        PostType.LINK: {"media_type": "link", "type": "share"},
        PostType.LIVE: {"media_type": "video", "type": "live_video"},
    }
    for kind, attachment in attached.items():
        one = post(1, may(2), attachments={"data": [attachment]})
        (found,) = run(Graph(posts=[one])).posts
        assert found.type is kind
    bare = post(1, may(2), status_type="mobile_status_update")
    del bare["attachments"]
    assert run(Graph(posts=[bare])).posts[0].type is PostType.TEXT
    reel = post(1, may(2), "video", permalink_url="https://www.facebook.com/reel/9/")
    assert run(Graph(posts=[reel])).posts[0].type is PostType.REEL


def test_counts_of_a_post() -> None:
    (found,) = run(Graph(posts=[post(1, may(2), shares={"count": 3})])).posts
    assert found.counts == {
        "likes": Count(101),
        "comments": Count(7),
        "shares": Count(3),
        "views": Count.not_offered(),
    }
    assert found.reactions == {"like": 91}
    assert (found.account, found.published_at) == (PAGE, may(2))


def test_absent_shares_are_zero_for_they_were_asked_for() -> None:
    (found,) = run(Graph(posts=[post(1, may(2))])).posts
    assert found.counts["shares"] == Count(0)


def test_other_absent_counters_are_missing() -> None:
    bare = post(1, may(2))
    del bare["reactions"], bare["comments"]
    (found,) = run(Graph(posts=[bare])).posts
    assert found.counts["likes"] == found.counts["comments"] == Count.not_read()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (error("Object with ID '1' does not exist", 100, 33), Outcome.GONE),
        (error("Error validating access token", 190, 463), Outcome.TOKEN_INVALID),
        (error("Application request limit reached", 4), Outcome.RATE_LIMITED),
        (error("requires the 'pages_read_engagement' permission", 10), Outcome.FORBIDDEN),
        (error("(#100) Tried accessing nonexisting field (x)", 100), Outcome.CHANGED_SHAPE),
    ],
)
def test_error_answers_end_the_visit(body: dict[str, Any], outcome: Outcome) -> None:
    done = run(Graph(refuse=lambda path, query: body))
    assert done.close(TIMELINE).outcome is outcome
    assert done.pages == []


def test_a_timeline_without_a_window_is_given_up() -> None:
    aimless = visit(VisitKind.TIMELINE)
    done = drive(PLATFORM, CONFIG, [aimless], Graph())
    assert done.close(aimless).outcome is Outcome.GAVE_UP


def test_the_same_answer_maps_alike_outside_the_visit() -> None:
    posts = [post(1, may(2), shares={"count": 1}), post(2, may(1))]
    done = drive(PLATFORM, CONFIG, [TIMELINE], lambda call: answered(call, {"data": posts}))
    answer = done.pages[0].answer
    assert PLATFORM.map(answer.body, answer.observed_at).posts == done.pages[0].mapped.posts


def test_the_fewest_calls_are_stated() -> None:
    assert PLATFORM.minimum("profile", 101, []) == 3
    assert PLATFORM.minimum("timeline", 3, [0, 100, 101]) == 1 + 2 + 3
    assert PLATFORM.minimum("refresh", 2, [50, 51]) == 2 + 3


def test_an_error_is_an_error_for_the_mapper_too() -> None:
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map(b'{"error": {"message": "x", "code": 190}}', may(1))
    assert caught.value.outcome is Outcome.TOKEN_INVALID


@pytest.mark.parametrize("odd", [True, 7, "x", {}, [None, {"target": 3}]])
def test_attachments_of_another_shape_end_no_visit(odd: Any) -> None:
    done = run(
        Graph(
            posts=[post(1, may(3), "video", attachments={"data": odd}, status_type="added_video")]
        )
    )
    assert [row.id for row in done.posts] == [f"{PAGE}_1"]
