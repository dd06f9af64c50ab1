"""What proves that a page's list of posts is whole, and what is done where nothing does."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from crawler.platforms.facebook.platform import PLATFORM
from crawler.platforms.paging import DISPLACED
from model.messages import Outcome, VisitKind, Window
from model.proof import Proof
from tests.crawler.platforms.driver import Respond, answered, drive
from tests.crawler.platforms.facebook.pages import (
    CONFIG,
    PAGE,
    SLOT,
    TIMELINE,
    WINDOW,
    Graph,
    may,
    post,
    video,
    visit,
)
from tests.crawler.platforms.facebook.test_timeline import endpoints, many, run


def test_a_full_last_page_is_looked_behind() -> None:
    done = run(Graph(posts=many(100)))
    assert endpoints(done) == ["timeline", "timeline"]
    assert done.close(TIMELINE).proof is Proof.END_MARK
    assert len(done.posts) == 100


def test_an_older_post_proves_that_none_is_missing() -> None:
    old = post(900, WINDOW.start - timedelta(days=3))
    done = run(Graph(posts=[*many(100), old]))
    assert done.close(TIMELINE).proof is Proof.OLDER_POST
    assert {p.id for p in done.posts} == {p["id"] for p in many(100)}


def losing(graph: Graph, *, always: bool = False) -> Respond:
    """Answers without `paging`, the first of them or all."""
    lost = [True]

    def respond(call: Any) -> Any:
        answer = graph(call)
        if not lost:
            return answer
        if not always:
            lost.clear()
        document = msgspec.json.decode(answer.body)
        document.pop("paging", None)
        return answered(call, document)

    return respond


def test_a_list_whose_paging_is_lost_goes_on_from_its_oldest_post() -> None:
    done = drive(PLATFORM, CONFIG, [TIMELINE], losing(Graph(posts=many(145))))
    close = done.close(TIMELINE)
    assert (close.outcome, close.proof) == (Outcome.OK, Proof.END_MARK)
    assert len(close.seen) == len(done.posts) == 145


def test_lists_that_never_have_paging_are_not_proven() -> None:
    done = drive(PLATFORM, CONFIG, [TIMELINE], losing(Graph(posts=many(145)), always=True))
    close = done.close(TIMELINE)
    assert close.outcome is Outcome.EMPTY_UNEXPECTED
    assert "a page without cursors; nothing proves that it is whole" in close.detail
    assert len(close.seen) == 145


def test_an_empty_page_in_the_middle_is_no_end() -> None:
    graph = Graph(posts=many(231))

    def hollow(call: Any) -> Any:
        return answered(call, {"data": []}) if "after=100" in call.url else graph(call)

    done = drive(PLATFORM, CONFIG, [TIMELINE], hollow)
    close = done.close(TIMELINE)
    assert close.outcome is Outcome.OK
    assert len(close.seen) == len(done.posts) == 231


HOLLOW = {"data": [], "paging": {"cursors": {"before": "a", "after": "b"}}}


def test_an_empty_page_with_cursors_is_asked_for_again() -> None:
    graph = Graph(posts=many(3))
    answers: list[Any] = []

    def once(call: Any) -> Any:
        answers.append(call)
        return graph(call) if len(answers) > 1 else answered(call, HOLLOW)

    done = drive(PLATFORM, CONFIG, [TIMELINE], once)
    assert len(done.posts) == 3
    assert len(done.calls) == 2


def test_empty_pages_with_cursors_prove_nothing() -> None:
    """Neither list shows a post, and a page tells no number of them: some may be held back."""
    done = drive(PLATFORM, CONFIG, [TIMELINE], lambda call: answered(call, HOLLOW))
    close = done.close(TIMELINE)
    assert (close.outcome, close.proof) == (Outcome.EMPTY_UNEXPECTED, None)
    assert "a page without posts; nothing proves that it is whole" in close.detail
    assert len(done.calls) == 2


def test_an_older_post_shows_that_an_empty_page_with_cursors_hid_nothing() -> None:
    graph = Graph(posts=[post(900, WINDOW.start - timedelta(days=40))])
    answers: list[Any] = []

    def first_hollow(call: Any) -> Any:
        answers.append(call)
        return answered(call, HOLLOW) if len(answers) == 1 else graph(call)

    close = drive(PLATFORM, CONFIG, [TIMELINE], first_hollow).close(TIMELINE)
    assert (close.outcome, close.proof) == (Outcome.OK_NOTHING_NEW, Proof.OLDER_POST)


def emptied(graph: Graph, times: int) -> Respond:
    """The second page without its rows, so many times; it leads on as before."""
    left = [None] * times

    def respond(call: Any) -> Any:
        answer = graph(call)
        if "after=100" not in call.url or not left:
            return answer
        left.pop()
        return answered(call, {**msgspec.json.decode(answer.body), "data": []})

    return respond


def test_an_empty_page_that_leads_on_is_asked_for_again() -> None:
    done = drive(PLATFORM, CONFIG, [TIMELINE], emptied(Graph(posts=many(231)), 1))
    assert done.close(TIMELINE).outcome is Outcome.OK
    assert len(done.posts) == 231


def test_an_empty_page_that_leads_on_twice_leaves_a_gap() -> None:
    older = post(900, WINDOW.start - timedelta(days=3))
    done = drive(PLATFORM, CONFIG, [TIMELINE], emptied(Graph(posts=[*many(231), older]), 2))
    close = done.close(TIMELINE)
    assert (close.outcome, len(close.seen)) == (Outcome.EMPTY_UNEXPECTED, 131)
    assert "after a page that came empty" in close.detail


def test_a_page_with_the_rows_of_the_one_before_proves_nothing() -> None:
    graph = Graph(posts=many(231))
    first = msgspec.json.decode(graph(next(iter(run(graph).calls))).body)

    def stale(call: Any) -> Any:
        answer = graph(call)
        if "after=100" not in call.url:
            return answer
        return answered(call, {**msgspec.json.decode(answer.body), "data": first["data"]})

    close = drive(PLATFORM, CONFIG, [TIMELINE], stale).close(TIMELINE)
    assert (close.outcome, len(close.seen)) == (Outcome.EMPTY_UNEXPECTED, 131)
    assert close.detail == DISPLACED


def quarter_hours(count: int) -> list[dict[str, Any]]:
    """More posts of May than a list shows."""
    last = datetime(2026, 5, 31, tzinfo=UTC)
    return [post(n, last - timedelta(minutes=15 * n)) for n in range(count)]


def test_posts_behind_the_ceiling_of_one_list_are_read_by_another() -> None:
    done = run(Graph(posts=quarter_hours(650), ceiling=600))
    close = done.close(TIMELINE)
    assert (close.outcome, close.proof) == (Outcome.OK, Proof.END_MARK)
    assert len(close.seen) == len({p.id for p in done.posts}) == len(done.posts) == 650


def test_posts_behind_the_ceiling_of_a_year_are_told_as_missing() -> None:
    posts = quarter_hours(600)
    done = run(Graph(posts=posts))
    close = done.close(TIMELINE)
    assert close.outcome is Outcome.EMPTY_UNEXPECTED
    assert "about 600 of a year are listed" in close.detail
    oldest = datetime.fromisoformat(posts[-1]["created_time"])
    assert close.proven_from == oldest + timedelta(seconds=1)
    assert len(close.seen) == 600


def april(count: int) -> list[dict[str, Any]]:
    """Posts of the same year from before May."""
    last = datetime(2026, 4, 20, tzinfo=UTC)
    return [post(5000 + n, last - timedelta(minutes=15 * n)) for n in range(count)]


@pytest.mark.parametrize("older", [1, 350])
def test_an_older_post_of_the_year_shows_that_its_ceiling_was_not_met(older: int) -> None:
    done = run(Graph(posts=[*quarter_hours(560), *april(older)]))
    close = done.close(TIMELINE)
    assert (close.outcome, close.proof) == (Outcome.OK, Proof.OLDER_POST)
    assert len(close.seen) == len(done.posts) == 560
    # One more page is enough, however many older posts there are.
    assert len(done.calls) == 6 + 1


def test_an_older_post_is_looked_for_back_to_the_beginning_of_the_year() -> None:
    february = post(9000, datetime(2026, 1, 9, tzinfo=UTC))
    close = run(Graph(posts=[*quarter_hours(560), february])).close(TIMELINE)
    assert (close.outcome, close.proof) == (Outcome.OK, Proof.OLDER_POST)


@pytest.mark.slow
def test_posts_after_the_window_count_towards_the_ceiling() -> None:
    first = datetime(2026, 6, 3, 12, tzinfo=UTC)
    june = [post(7000 + n, first - timedelta(minutes=5 * n)) for n in range(100)]
    posts = [*june, *quarter_hours(570)]
    close = run(Graph(posts=posts, newest=600)).close(TIMELINE)
    assert close.outcome is Outcome.EMPTY_UNEXPECTED
    assert "about 600 of a year are listed" in close.detail
    assert len(close.seen) == 500
    whole = run(Graph(posts=[*posts, *april(1)], newest=10_000)).close(TIMELINE)
    assert (whole.outcome, len(whole.seen)) == (Outcome.OK, 570)


def endless(kind: str) -> Respond:
    """A list that says again and again that more follows."""
    times: Counter[str] = Counter()

    def respond(call: Any) -> Any:
        times["calls"] += 1
        cursor = "same" if kind == "same cursor" else f"new{times['calls']}"
        rows = [] if kind == "no rows" and times["calls"] > 1 else many(100)
        address = f"{CONFIG.api_url}/v25.0/{PAGE}/published_posts?after={cursor}"
        paging = {"cursors": {"before": "b", "after": cursor}, "next": address}
        return answered(call, {"data": rows, "paging": paging})

    return respond


@pytest.mark.parametrize("kind", ["same cursor", "same rows", "no rows"])
def test_a_list_without_end_is_left(kind: str) -> None:
    done = drive(PLATFORM, CONFIG, [TIMELINE], endless(kind))
    close = done.close(TIMELINE)
    assert close.outcome is Outcome.EMPTY_UNEXPECTED
    assert close.detail
    assert len(done.calls) <= 1 + 6
    assert len(close.seen) == len(done.posts) == 100


def test_videos_without_end_are_left() -> None:
    posts = many(2, "video")
    graph = Graph(posts=posts, videos=[video(77, 7, may(30), 5)])

    def respond(call: Any) -> Any:
        answer = graph(call)
        if call.endpoint != "videos":
            return answer
        document = msgspec.json.decode(answer.body)
        again = f"{CONFIG.api_url}/v25.0/{PAGE}/videos?limit=100&x={len(call.url)}"
        return answered(call, {**document, "paging": {"next": again}})

    done = drive(PLATFORM, CONFIG, [TIMELINE], respond)
    assert done.close(TIMELINE).outcome is Outcome.OK
    assert endpoints(done).count("videos") <= 5
    assert len(done.posts) == 2


def test_backdated_posts_are_posts() -> None:
    window = Window(datetime(1983, 2, 1, tzinfo=UTC), datetime(1983, 3, 1, tzinfo=UTC))
    one = visit(VisitKind.TIMELINE, window=window)
    posts = [post(1, datetime(1983, 2, 12, 8, tzinfo=UTC))]
    done = drive(PLATFORM, CONFIG, [one], Graph(posts=posts))
    assert done.close(one).outcome is Outcome.OK
    assert done.posts[0].published_at == datetime(1983, 2, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize("year", [1905, 1969])
def test_posts_dated_back_to_before_1970_are_posts(year: int) -> None:
    at = datetime(year, 2, 12, 8, tzinfo=UTC)
    mapped = PLATFORM.map(msgspec.json.encode({"data": [post(1, at)]}), SLOT)
    assert [row.published_at for row in mapped.posts] == [at]
