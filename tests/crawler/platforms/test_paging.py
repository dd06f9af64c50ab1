"""Lists that lead nowhere are noticed, page by page and while a page is scrolled."""

from __future__ import annotations

from crawler.platforms.paging import IDLE_PAGES, Listed, Scrolled


def words(body: bytes) -> list[str]:
    return body.decode().split()


def test_pages_without_a_new_post_are_counted_in_a_row() -> None:
    listed = Listed().with_page(["1", "2"]).with_page(["2"]).with_page([])
    assert (listed.idle, listed.leads_nowhere) == (2, False)
    assert listed.with_page(["1"]).leads_nowhere
    assert listed.with_page(["3"]).idle == 0


def test_a_page_that_is_read_twice_counts_once() -> None:
    before = Listed().with_page(["1"])
    assert before.with_page(["2"]) == before.with_page(["2"])


def test_a_scrolled_page_is_left_after_answers_without_anything_new() -> None:
    scrolled = Scrolled(words)
    bodies = [b"1 2", b"3", *[b"3"] * IDLE_PAGES]
    stops = [scrolled.leads_nowhere(bodies[:number]) for number in range(1, len(bodies) + 1)]
    assert stops == [False, False, False, False, True]


def test_a_page_that_is_opened_again_begins_anew() -> None:
    scrolled = Scrolled(words)
    assert scrolled.leads_nowhere([b"1", b"", b"", b""])
    assert not scrolled.leads_nowhere([b"1"])
    assert not scrolled.leads_nowhere([b"1", b"", b""])
