"""Wikipedia interest of a month: asked once, whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from model.period import Period
from operations.errors import UsageError
from operations.media.interest import collect_interest, interest_of
from operations.media.stored import count_media
from operations.runtime import Runtime
from sandbox.gdelt.articles import written_cities
from store.database import Store
from store.media.counts import stored_counts
from tests.operations.media.collected import MONTH, media_runtime
from tests.sandbox.running import Sandbox
from tests.store.mongod import Mongod


@pytest.fixture
def runtime(mongod: Mongod, db: Store, tmp_path: Path, sandbox: Sandbox) -> Iterator[Runtime]:
    views = f"{sandbox.base}/wikimedia"
    with media_runtime(mongod, db, tmp_path, sandbox.base, page_views=views) as runtime:
        yield runtime


def test_views_are_asked_once_and_stand_in_the_counts(runtime: Runtime, sandbox: Sandbox) -> None:
    sandbox.fault(platform="gdelt", endpoint="page-views", kind="rate_limited", match="Nanjing")
    failed = collect_interest(runtime, MONTH, Event())
    assert failed == {"en.wikipedia: Nanjing": "status 429"}
    first = interest_of(runtime, MONTH)
    assert "nanjing" not in first.views
    assert "105 of 106 articles" in first.source
    sandbox.http.delete("/_sandbox/faults")
    assert collect_interest(runtime, MONTH, Event()) == {}
    known = {city.id for city in written_cities(sandbox.world)}
    views = interest_of(runtime, MONTH).views
    assert known >= views.keys() >= known - {"jilin", "urumqi", "cixi"}
    count_media(runtime, MONTH)
    counts = stored_counts(runtime.db, MONTH.name)
    assert counts is not None
    for city, number in views.items():
        assert counts["cities"][city]["wikipedia_interest"] == number
    assert counts["sources"]["wikipedia_interest"].startswith("Wikipedia page views")
    sandbox.fault(platform="gdelt", endpoint="page-views", kind="server_error")
    assert collect_interest(runtime, MONTH, Event()) == {}, "what is known is not asked again"


def test_a_month_that_is_not_over_is_refused(runtime: Runtime) -> None:
    later = Period.month("2025-06", "Asia/Shanghai")
    assert later.start < runtime.clock.now() + timedelta(days=1)
    with pytest.raises(UsageError, match="not over"):
        collect_interest(runtime, later, Event())
