"""Wikipedia interest of a month: asked once, whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from model.period import Period
from operations.errors import UsageError
from operations.media.cost import media_cost
from operations.media.interest import collect_interest, interest_of, views_settled
from operations.media.jobs import ask_views, count_months, media_jobs
from operations.media.stored import count_media
from operations.running.clock import set_file_clock
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


def test_no_data_in_the_first_days_is_not_the_last_word(runtime: Runtime) -> None:
    early = views_settled(MONTH.name) - timedelta(hours=1)
    assert MONTH.end < early
    set_file_clock(runtime.settings.data_dir / "clock", early)
    failed = collect_interest(runtime, MONTH, Event())
    assert set(failed.values()) == {"no data yet"}
    assert interest_of(runtime, MONTH).without_data == 0
    set_file_clock(runtime.settings.data_dir / "clock", early + timedelta(hours=2))
    assert collect_interest(runtime, MONTH, Event()) == {}
    assert interest_of(runtime, MONTH).without_data == len(failed)


def test_the_scheduler_asks_once_numbers_are_final(runtime: Runtime, sandbox: Sandbox) -> None:
    assert "media interest" in {job.name for job in media_jobs(runtime)}
    clock = runtime.settings.data_dir / "clock"
    sandbox.at("2025-06-05T16:00:00+00:00")
    set_file_clock(clock, views_settled(MONTH.name) - timedelta(hours=1))
    ask_views(runtime)
    assert interest_of(runtime, MONTH).answered == 0
    set_file_clock(clock, views_settled(MONTH.name))
    ask_views(runtime)
    found = interest_of(runtime, MONTH)
    assert found.answered == found.asked > 0
    count_months(runtime)
    counts = stored_counts(runtime.db, MONTH.name)
    assert counts is not None
    assert counts["cities"]["nanjing"]["wikipedia_interest"] == found.views["nanjing"]


def test_page_views_can_be_switched_off(
    mongod: Mongod, db: Store, tmp_path: Path, sandbox: Sandbox
) -> None:
    with media_runtime(mongod, db, tmp_path, sandbox.base, page_views="") as runtime:
        ask_views(runtime)
        assert media_cost(runtime.settings, MONTH, 0).questions == 0
        with pytest.raises(UsageError, match="switched off"):
            collect_interest(runtime, MONTH, Event())


def test_a_month_that_is_not_over_is_refused(runtime: Runtime) -> None:
    later = Period.month("2025-06", "Asia/Shanghai")
    assert later.start < runtime.clock.now() + timedelta(days=1)
    with pytest.raises(UsageError, match="not over"):
        collect_interest(runtime, later, Event())
