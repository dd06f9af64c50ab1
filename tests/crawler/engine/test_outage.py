from __future__ import annotations

import pytest

from crawler.engine.bus_worker import Outage


def test_an_outage_is_said_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("crawler x")
    outage.over()
    for _ in range(3):
        outage.lasts(ConnectionError("refused"))
    outage.over()
    outage.over()
    outage.lasts(ConnectionError("refused"))
    assert [record.getMessage() for record in caplog.records] == [
        "crawler x: Redis is away (refused), trying again",
        "crawler x: Redis is back",
        "crawler x: Redis is away (refused), trying again",
    ]
