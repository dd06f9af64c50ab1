"""Servers and what stands on them, for all tests: started when first asked for, once a session.

Each test process has its own. A test that stops or kills a server starts one for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bus.connection import connect_redis
from store.database import Store
from tests.cityreach.demo_process import demo
from tests.crawler.browser.site import Site
from tests.memory import quick_folder
from tests.sandbox.running import SMALL, Sandbox, running
from tests.servers import valkey
from tests.store.mongod import Mongod
from tests.store.pool import Databases
from tests.waiting import wait_until


@pytest.fixture(scope="session")
def redis_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Valkey."""
    with valkey(tmp_path_factory.mktemp("valkey")) as (uri, _):
        yield uri


@pytest.fixture
def redis(redis_uri: str) -> Iterator[Redis]:
    """An empty Valkey."""
    with connect_redis(redis_uri) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    """A replica set of one member."""
    with quick_folder(tmp_path_factory.mktemp("mongod")) as folder:
        server = Mongod(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def databases(mongod: Mongod) -> Databases:
    """Databases of that server."""
    return Databases(mongod.uri)


@pytest.fixture
def db(databases: Databases) -> Iterator[Store]:
    """An empty database, with its indexes."""
    with databases.empty() as db:
        yield db


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """A sandbox with the world that ships."""
    with running(SMALL) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """At the cut-off of its month, without faults, with usage at nothing and its own limits."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server of the test's own, within its process."""
    with Site() as serving:
        yield serving


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a demo that stays up, its results in `out`."""
    data = tmp_path_factory.mktemp("kept")
    with demo(data, "--keep", "--world", str(SMALL), "--out", str(data / "out")) as process:
        wait_until((data / "out" / "run.json").exists, "the demo has run", process)
        yield data
