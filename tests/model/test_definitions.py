"""Which meaning of a counter is in force on a day, and which breaks lie in a span of days."""

from __future__ import annotations

from datetime import date

import pytest

from model.measures import COUNTERS
from model.platforms import FACTS
from model.platforms.definitions import breaks_of, definitions_in_force

YOUTUBE = FACTS["youtube"].definitions
POST = ("likes", "comments", "views")


@pytest.mark.parametrize(
    ("day", "post_type", "expected"),
    [
        (date(2025, 3, 30), "short", {}),
        (date(2025, 3, 31), "short", {"views": "2025-03-31"}),
        (date(2026, 8, 26), "video", {}),
        (date(2026, 8, 26), None, {}),
        (date(2026, 8, 27), None, {"views": "2026-08-27"}),
        (date(2026, 8, 27), "short", {"views": "2026-08-27"}),
    ],
)
def test_the_definition_of_views_of_a_post(
    day: date, post_type: str | None, expected: dict[str, str]
) -> None:
    assert definitions_in_force(YOUTUBE, "post", POST, day, post_type) == expected


def test_an_account_has_its_own_definitions() -> None:
    at = definitions_in_force(YOUTUBE, "account", ("followers", "posts", "views"), date(2026, 1, 1))
    assert at == {"followers": "2019-09-10", "views": "2025-03-31"}
    before = definitions_in_force(YOUTUBE, "account", ("followers",), date(2019, 9, 9))
    assert before == {}


def test_a_new_name_and_insights_are_no_breaks() -> None:
    assert [e.kind for e in breaks_of(FACTS["x"].definitions, "post", "views")] == ["begun"]
    assert breaks_of(FACTS["x"].definitions, "post", "shares") == []
    assert breaks_of(FACTS["x"].definitions, "account", "posts") == []
    facebook = FACTS["facebook"].definitions
    assert [breaks_of(facebook, "post", name) for name in COUNTERS] == [[]] * len(COUNTERS)


def test_a_break_lies_between_values_of_both_sides() -> None:
    entry = breaks_of(YOUTUBE, "post", "views")[-1]
    assert entry.lies_within(date(2026, 8, 26), date(2026, 8, 27))
    assert not entry.lies_within(date(2026, 8, 27), date(2026, 9, 30))
    assert not entry.lies_within(date(2026, 7, 1), date(2026, 8, 26))


@pytest.mark.parametrize("name", FACTS)
def test_entries_are_whole_and_in_order(name: str) -> None:
    entries = FACTS[name].definitions
    assert [e.since for e in entries] == sorted(e.since for e in entries)
    for entry in entries:
        assert entry.source
        assert entry.since <= entry.noted
        assert entry.en != entry.zh
        shown = {
            counter
            for part in FACTS[name].shows.values()
            for subject in entry.subjects
            for counter in getattr(part, subject)
        }
        assert not entry.subjects or entry.counter in shown
