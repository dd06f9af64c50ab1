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

from tests.portal.web.readers import Readers, serving
from tests.portal.web.seeded import MINE, account_key, portal_over, post_key
from tests.store.mongod import Mongod

MOST = {
    # Five of each are the look at whether the month has changed, every other second.
    "/months/2025-05": 7,
    "/months/2025-05/leaderboard": 7,
    f"/months/2025-05/cities/{MINE}": 10,
    f"/months/2025-05/cities/{MINE}/method?node=x": 7,
    f"/months/2025-05/posts?city={MINE}": 7,
    f"/my/{MINE}": 11,
    f"/posts/{post_key(MINE)}": 7,
    f"/accounts/{account_key(MINE)}": 7,
    "/api/v1/months/2025-05/leaderboards/composite": 7,
}


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


def test_a_page_asks_little(readers: Readers, counted: tuple[str, Counting]) -> None:
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
