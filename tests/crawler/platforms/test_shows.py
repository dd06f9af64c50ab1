"""What the facts say a route can show is what its mappers read in the fixtures."""

from __future__ import annotations

from collections import defaultdict

import msgspec
import pytest

from model.items import AccountItem, PostItem
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from tests.crawler.platforms.fixture_cases import cases

JOINED: dict[PlatformName, dict[tuple[str, str], set[str]]] = {
    "facebook": {("api", "post"): {"views"}}
}
"""Counters that a visit adds to the rows of an answer, from another answer: a page's videos."""


def read(name: PlatformName) -> dict[tuple[str, str], set[str]]:
    """By route and subject: the counters that have a value in some fixture's output."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in cases(name):
        output = msgspec.json.decode((case / "output.json").read_bytes())
        rows: list[AccountItem | PostItem] = [
            *msgspec.convert(output.get("accounts", []), list[AccountItem]),
            *msgspec.convert(output.get("posts", []), list[PostItem]),
        ]
        for row in rows:
            subject = "account" if isinstance(row, AccountItem) else "post"
            values = {key for key, count in row.counts.items() if count.value is not None}
            found[row.source.value, subject] |= values
    return found


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_route_shows_what_its_fixtures_hold(name: PlatformName) -> None:
    held = read(name)
    stated = {
        (route, subject): set(getattr(shown, subject))
        for route, shown in FACTS[name].shows.items()
        for subject in ("account", "post")
    }
    joined = JOINED.get(name, {})
    assert {key: held[key] | joined.get(key, set()) for key in stated} == stated
