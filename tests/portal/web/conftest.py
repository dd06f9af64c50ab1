"""A portal over a small store that all tests of pages and API share, and readers of each role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.asking.asked import Portal
from store.database import Store
from tests.portal.web.readers import Readers, serving
from tests.portal.web.seeded import portal_over, seeded_store
from tests.store.mongod import Mongod


@pytest.fixture(scope="session")
def seeded(mongod: Mongod) -> Iterator[Store]:
    """Eight cities on two platforms: April frozen, May drafted, June begun."""
    with seeded_store(mongod.uri, "portal_seeded") as db:
        yield db


@pytest.fixture(scope="session")
def portal(seeded: Store, mongod: Mongod, redis_uri: str) -> Iterator[Portal]:
    """What the pages work with."""
    made = portal_over(mongod.uri, seeded.name, redis_uri)
    yield made
    made.close()


@pytest.fixture(scope="session")
def readers(portal: Portal) -> Iterator[Readers]:
    """Clients of each role, signed in."""
    with serving(portal) as address:
        made = Readers(portal, address)
        yield made
        made.close()
