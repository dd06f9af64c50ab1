"""How many questions a page asks of MongoDB once its month is computed: bounded, and stated."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

import pytest
from pymongo import MongoClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from portal.figures import months
from tests.portal.web.readers import Readers, serving
from tests.portal.web.seeded import MINE, account_key, portal_over, post_key
from tests.store.mongod import Mongod

MOST = {
    "/months/2025-05": 2,
    "/months/2025-05/leaderboard": 2,
    f"/months/2025-05/cities/{MINE}": 6,
    f"/months/2025-05/cities/{MINE}/method?node=x": 2,
    f"/months/2025-05/posts?city={MINE}": 6,
    f"/my/{MINE}": 11,
    f"/posts/{post_key(MINE)}": 7,
    f"/accounts/{account_key(MINE)}": 6,
    "/api/v1/months/2025-05/leaderboards/composite": 2,
}
"""Beside what is asked once in some seconds for all pages together: whether a month has changed,
and which months there are."""


class Counting(CommandListener):
    """Counts commands."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = Lock()

    def started(self, event: CommandStartedEvent) -> None:
        """One more."""
        with self._lock:
            self.count += event.command_name not in ("hello", "endSessions")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Of no interest."""


@pytest.fixture
def counted(readers: Readers, mongod: Mongod, redis_uri: str) -> Iterator[tuple[str, Counting]]:
    """The address of a portal whose commands are counted."""
    counting = Counting()
    client: MongoClient[dict[str, object]] = MongoClient(
        mongod.uri, tz_aware=True, event_listeners=[counting]
    )
    portal = portal_over(mongod.uri, readers.portal.db.name, redis_uri)
    portal.open_db = lambda: client.get_database(readers.portal.db.name)
    with serving(portal) as address:
        yield address, counting
    portal.close()
    client.close()


def test_a_page_asks_little(
    readers: Readers, counted: tuple[str, Counting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(months, "LOOK_EVERY", 600.0)
    monkeypatch.setattr(months, "_MONTHS_FRESH", 600.0)
    address, counting = counted
    client = readers.of("analyst")
    found = {}
    for path in MOST:
        client.get(address + path)
        before = counting.count
        answer = client.get(address + path)
        assert answer.status_code == 200, path
        found[path] = counting.count - before
    assert {path: n for path, n in found.items() if not 0 < n <= MOST[path]} == {}
