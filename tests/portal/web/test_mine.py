"""What those who run a city's accounts are told: where the month may end, which hours do best."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from portal.asking.asked import Portal
from portal.figures.activity import best_cell, best_hashtags, best_times
from portal.figures.months import MonthFigures
from portal.figures.projection import lately_daily, projections
from scoring.method.tree import ROOT
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import CITIES, MINE, NOW, PLATFORMS

JUNE = "2025-06"


@pytest.fixture
def running(portal: Portal) -> MonthFigures:
    """June, day 5 of 30."""
    found = portal.shelf.figures(JUNE)
    return replace(found, kept={})


def _nothing() -> dict[tuple[str, str], Any]:
    return {(city, platform): np.zeros((28, 5)) for city in CITIES for platform in PLATFORMS}


def test_who_alone_goes_on_ends_first(running: MonthFigures) -> None:
    lately = _nothing()
    for platform in PLATFORMS:
        lately[MINE, platform] += [10, 100_000, 100_000, 100_000, 100_000]
    found = projections(running, lately)[MINE]
    assert (found.low, found.median, found.high, found.days_left) == (1, 1, 1, 25)


def test_without_more_posts_the_ranks_stay(running: MonthFigures) -> None:
    """But for followers, whose gain is taken to go on alike for all."""
    found = projections(running, _nothing())
    ranks = {city: running.index.result.rank(city, ROOT) for city in CITIES}
    assert {city: one.median for city, one in found.items()} == ranks
    assert all(one.low == one.high for one in found.values())


def test_a_course_that_varies_has_a_band(running: MonthFigures) -> None:
    draw = np.random.default_rng(7)
    lately = {place: draw.lognormal(3, 2, (28, 5)) for place in _nothing()}
    found = projections(running, lately)
    assert found == projections(replace(running, kept={}), lately)
    assert all(one.low <= one.median <= one.high for one in found.values())
    assert any(one.low < one.high for one in found.values())


@pytest.mark.parametrize("day", [2, 30])
def test_too_early_and_too_late_nothing_is_said(running: MonthFigures, day: int) -> None:
    state = replace(running.state, day=day)
    assert projections(replace(running, state=state), _nothing()) == {}


def test_days_that_are_drawn_from(portal: Portal) -> None:
    """The seeded posts of early May, by day and platform; those of the last three days are out."""
    found = lately_daily(portal.db, NOW, "Asia/Shanghai")
    assert set(found) == {(city, platform) for city in CITIES for platform in PLATFORMS}
    begin = NOW - timedelta(days=31)
    published = portal.db.posts.find({"published_at": {"$gte": begin, "$lt": NOW}})
    expected = sum(1 for one in published if one["published_at"] < NOW - timedelta(days=3))
    assert sum(days[:, 0].sum() for days in found.values()) == expected > 0


def _post(day: int, hour: int, likes: int | None, text: str = "") -> dict[str, Any]:
    counts = {} if likes is None else {"likes": likes}
    at = datetime(2025, 5, 5 + day, hour, tzinfo=UTC)
    return {"published_at": at, "type": "photo", "text": text, "latest": {"counts": counts}}


def test_the_best_hours_by_hand() -> None:
    """Of three posts on Tuesday evening the middle one counts; two on Monday are too few."""
    posts = [_post(1, 17, n) for n in (1, 50, 60)] + [_post(0, 3, 900)] * 2
    posts += [_post(1, 17, None)] * 5
    grid, _ = best_times(posts, "UTC")
    found = best_cell(grid)
    assert found is not None
    day, hour, cell = found
    assert (day, hour, cell.posts, cell.median) == (1, 16, 3, 50.0)
    assert best_cell(best_times(posts[:2], "UTC")[0]) is None


def test_the_best_hashtags_by_hand() -> None:
    posts = [_post(0, 1, n, "look #Shanghai #bund") for n in (1, 2, 9)]
    posts += [_post(0, 1, 100, "#SHANGHAI at night")]
    found = {tag: (cell.posts, cell.median) for tag, cell in best_hashtags(posts)}
    assert found == {"#shanghai": (4, 5.5), "#bund": (3, 2.0)}


def test_the_page_says_it_in_words(readers: Readers) -> None:
    client = readers.of("operator")
    for language, told in (("en", "If the rest of the month goes"), ("zh", "若本月余下的日子")):
        text = client.get(f"/my/{MINE}", headers={"accept-language": language}).text
        assert told in text
    for language, told in (("en", "of the 8 cities ranked so far"), ("zh", "在目前有名次的 8 座")):
        text = client.get(f"/my/{MINE}/top-ten", headers={"accept-language": language}).text
        assert told in text
    assert "so nothing is said of the best hours" in client.get(f"/my/{MINE}").text
    assert client.get(f"/my/{MINE}?hours=Europe/London").status_code == 200
    assert client.get(f"/my/{MINE}?hours=Mars").status_code == 422


def test_without_a_rank_in_the_running_month_the_one_before_counts(
    readers: Readers, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On its first day nobody has a place: what the top ten would take is not out of reach."""
    shelf, begun = portal.shelf, portal.shelf.figures(JUNE)
    result = begun.index.result
    unscored = {code: np.full_like(scores, np.nan) for code, scores in result.scores.items()}
    index = replace(begun.index, result=replace(result, scores=unscored))
    nobody = replace(begun, index=index, kept={})
    asked = shelf.figures
    monkeypatch.setattr(shelf, "figures", lambda name: nobody if name == JUNE else asked(name))
    client = readers.of("operator")
    for path in (f"/my/{MINE}", f"/my/{MINE}/top-ten"):
        text = client.get(path, headers={"accept-language": "en"}).text
        assert "2025-05" in text
        assert "has no place" not in text
        assert "No single change" not in text
