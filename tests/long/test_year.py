"""A leap year, day by day, with restarts every day: twelve sealed months, each of them exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from cityreach.settings import load_settings
from model.period import Period
from model.platform import PLATFORMS
from operations.rehearsal.world_run import started, world_accounts
from operations.runtime import Runtime
from portal.month import measure_rows
from sandbox.generate.growth import world_time
from sandbox.world.file import load_world
from store.accounts import put_accounts
from store.ingest.seals import sealed
from store.month.kept import account_sums, recomputed_sums, verify_month
from store.plan.skipped import GIVEN_UP, JOB_NOTES
from tests import oracle
from tests.long.month import streams, tell
from tests.long.year import Year, days
from tests.long.year_world import CITIES, LEAP_DAY, MONTHS, write_year

pytestmark = pytest.mark.long
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
BEGIN = MONTHS[0].start
FIRST = BEGIN - HOUR
"""The first day's slot; planning begins with the year, while that slot may still be served."""
LAST = MONTHS[-1].cutoff + timedelta(days=2) - HOUR
"""By then the look for absent posts of December is past, and nothing can come any more."""


@dataclass
class Lived:
    """A year that is over, its servers still up."""

    runtime: Runtime
    world: Path
    year: Year


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("year")
    world = write_year(folder / "year.jsonl")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITYREACH_PLAN__NAME", "thrifty")
        patch.setenv("CITYREACH_CRAWLER__LEASE_SECONDS", "2")
        load = partial(load_settings, None)
        settings = load(data_dir=folder, mongo_database="cityreach_year")
        with started(load, settings, world, BEGIN, lambda _: None) as run:
            put_accounts(run.runtime.db, world_accounts(load_world(world)))
            year = Year(run)
            year.live(BEGIN, FIRST, LAST)
            tell(f"restarts {dict(year.restarts)}")
            yield Lived(run.runtime, world, year)


def test_every_day_something_was_restarted_and_no_job_met_trouble(lived: Lived) -> None:
    restarts = lived.year.restarts
    assert restarts["schedule"] > 2 * 366
    parts = {name: number for name, number in restarts.items() if name != "schedule"}
    assert len(parts) == 4
    assert min(parts.values()) >= 12
    assert lived.year.faults == set()
    assert list(lived.runtime.db[GIVEN_UP].find()) == []


def test_twelve_months_are_sealed_with_nothing_to_put_right(lived: Lived) -> None:
    db = lived.runtime.db
    assert sorted(sealed(db)) == [month.name for month in MONTHS]
    for month in MONTHS:
        note = db[JOB_NOTES].find_one({"_id": f"sealed {month.name}"})
        assert note is not None
        assert note["put_right"] == 0, month.name
        assert timedelta(days=1) < note["at"] - month.cutoff <= timedelta(days=2)


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_a_month_is_exact_and_as_a_full_recompute_says(lived: Lived, month: Period) -> None:
    db = lived.runtime.db
    want = oracle.expected(lived.world, month.name)
    assert len(want) == len(PLATFORMS) * len(CITIES)
    assert sum(row["posts"] for row in want) > 2 * len(want)
    assert (
        list(
            oracle.differences([row.plain() for row in measure_rows(lived.runtime.db, month)], want)
        )
        == []
    )
    assert verify_month(db, month) == []
    assert account_sums(db, month) == recomputed_sums(db, month)


def test_each_month_has_its_draft(lived: Lived) -> None:
    found = {issue["period"]: issue for issue in lived.runtime.db["issues"].find()}
    assert sorted(found) == [month.name for month in MONTHS]
    assert lived.runtime.db["issues"].count_documents({}) == len(MONTHS)
    for issue in found.values():
        assert issue["state"] == "draft"
        assert {entry["unit"] for entry in issue["entries"]} == set(CITIES)


def test_the_leap_day_belongs_to_february(lived: Lived) -> None:
    db = lived.runtime.db
    edges = {
        LEAP_DAY: "2024-02",
        LEAP_DAY + 12 * HOUR: "2024-02",
        LEAP_DAY + 24 * HOUR: "2024-03",
        MONTHS[-1].end - SECOND: "2024-12",
    }
    for at, name in edges.items():
        posts = [post["_id"] for post in db["posts"].find({"published_at": at})]
        shown = [p for p in oracle.lines(lived.world) if p.get("published_at") == world_time(at)]
        assert len(posts) == len([p for p in shown if p["type"] != "repost"]) > 0
        for post in posts:
            ids = {row["_id"] for row in db["month_posts"].find({"_id": {"$regex": f"{post}$"}})}
            assert ids == {f"{name}:{post}"}


def test_every_due_visit_was_made_once_and_nothing_else(lived: Lived) -> None:
    """Each account's posts and followers once a day; on Instagram followers come with the posts."""
    found = Counter((v["account"], v["kind"], v["slot"]) for v in lived.runtime.db["visits"].find())
    due = Counter[tuple[str, str, datetime]]()
    for account in _accounts(lived.world):
        due.update((account, "timeline", at) for at in days(FIRST, LAST))
        if not account.startswith("instagram:"):
            due.update((account, "profile", at) for at in days(FIRST, LAST))
    due.update((account, "timeline", at) for account, at in _looked_for_again(lived.world))
    assert found == due


def _accounts(world: Path) -> list[str]:
    lines = oracle.lines(world)
    return [f"{one['platform']}:{one['id']}" for one in lines if one["kind"] == "account"]


def _looked_for_again(world: Path) -> set[tuple[str, datetime]]:
    """Accounts of which a post was missed for the first time at a cut-off or a day later, and when
    they were asked once more.
    """
    posts = [line for line in oracle.lines(world) if line.get("deleted_at")]
    return {
        (f"{post['platform']}:{post['account']}", month.cutoff + 24 * HOUR)
        for month in MONTHS
        for post in posts
        if oracle.instant(post["published_at"]) in month
        if post["type"] != "repost" and _missed_late(post, month.cutoff)
    }


def _missed_late(post: oracle.Line, cutoff: datetime) -> bool:
    """After the cut-off no slot reaches back to the month, but YouTube lists for a day what was
    deleted, and so tells of a video of any age that it is gone.
    """
    deleted = oracle.instant(post["deleted_at"])
    until = cutoff + 23 * HOUR if post["platform"] == "youtube" else cutoff - HOUR
    return cutoff - 25 * HOUR < deleted <= until


def test_every_visit_ended_once_and_nothing_is_kept_twice(lived: Lived) -> None:
    db, redis = lived.runtime.db, lived.runtime.redis
    visits = list(db["visits"].find())
    assert {visit["outcome"] for visit in visits} == {"ok", "ok_nothing_new"}
    assert all(len(visit["attempts"]) == 1 for visit in visits)
    infos = [redis.xinfo_stream(name) for name in streams() if redis.exists(name)]
    assert sum(int(info["entries-added"]) for info in infos) == len(visits)
    for name in ("post_readings", "account_readings"):
        readings = Counter((r.get("post") or r.get("account"), r["slot"]) for r in db[name].find())
        assert readings
        assert max(readings.values()) == 1
    posts = Counter(post["_id"].split(":", 1)[-1] for post in db["posts"].find())
    assert max(posts.values()) == 1
