"""Articles of the list that name a city stand beside the count, by names that mean one city."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from media.listed import ListedText, listed_beside
from media.outlets import load_outlets
from media.places import load_place_rules

RULES, OUTLETS = load_place_rules(), load_outlets()
AT = datetime(2026, 10, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "cities"),
    [
        ("Nanjing opens a museum", {"nanjing"}),
        ("Wuhan Nanjing Chengdu", {"wuhan", "nanjing", "chengdu"}),
        ("南京和武汉之间的高铁", {"nanjing", "wuhan"}),
        ("Nanjinger Allerlei", set()),
        ("Xi'an by night", {"xian"}),
        ("A day in Suzhou", {"suzhou-jiangsu"} if len(RULES.by_name["suzhou"]) == 1 else set()),
        ("Nothing of the kind", set()),
    ],
)
def test_names_that_mean_one_city(text: str, cities: set[str]) -> None:
    assert RULES.cities_named_in(text) == cities
    assert RULES.named_in(text) is bool(cities) or "Suzhou" in text


def test_an_address_counts_once_and_home_media_apart() -> None:
    def row(url: str, domain: str, text: str = "Nanjing in spring") -> ListedText:
        return ListedText(url, domain, AT, text)

    rows = [
        row("https://www.reuters.com/a?utm_source=x", "reuters.com"),
        row("http://reuters.com/a", "reuters.com"),
        row("https://lemonde.fr/b", "lemonde.fr"),
        row("https://xinhuanet.com/c", "xinhuanet.com"),
        row("https://lemonde.fr/d", "lemonde.fr", "Rien"),
    ]
    found = listed_beside(rows, RULES, OUTLETS, {"nanjing": {"lemonde.fr/b"}})
    assert found == {"nanjing": {"listed": 2, "listed_home": 1, "listed_only": 1}}
