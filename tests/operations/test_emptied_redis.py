"""Redis is emptied: what is due again is read again, and what can no more be read is a gap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from redis import Redis

from bus import keys
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from model.account import Account
from model.messages import Visit, VisitKind, decode_visit
from operations.gaps import gap_rows, gaps_of
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from store.accounts import put_accounts
from store.database import Store
from store.ingest.writer import Writer
from tests.store.harvest import MAY, account, closed, day, page
from tests.store.mongod import Mongod

NIGHT = 16 / 24
"""In days, from the start of a day (UTC) to an hour after its daily slot (23:00 in Shanghai)."""
LOST = 12


@pytest.fixture
def runtime(
    redis: Redis, redis_uri: str, mongod: Mongod, db: Store, tmp_path: Path
) -> Iterator[Runtime]:
    settings = load_settings(
        None,
        redis_uri=SecretStr(redis_uri),
        mongo_uri=SecretStr(mongod.uri),
        mongo_database=db.name,
        data_dir=tmp_path,
        clock_file=tmp_path / "clock",
        plan={"name": "daily"},
        facebook={"tokens": ["a-token-of-ours"], "route": "api"},
    )
    put_accounts(
        db,
        [
            Account(platform="facebook", id=number, handle=f"town{number}", city="nanjing")
            for number in ("1", "2")
        ],
    )
    runtime = open_runtime(settings)
    yield runtime
    runtime.close()


def planned(runtime: Runtime, at: float) -> list[Visit]:
    """What is on its way after a plan at an instant of May."""
    set_file_clock(runtime.settings.clock_file, day(at))
    runtime.planner(runtime.plans()).run(runtime.months)
    entries: Any = runtime.redis.xrange(keys.visit_queue("facebook"))
    return [decode_visit(fields[b"m"]) for _, fields in entries]


def carried_out(runtime: Runtime, visits: list[Visit], at: float) -> None:
    """By a crawler and a writer: all is stored, and nothing is on its way any more."""
    for one in visits:
        items = [account(day(at), account_id=one.account, followers=900)]
        messages = [closed(one, day(at))]
        if one.kind is VisitKind.PROFILE:
            messages.insert(0, page(one, day(at), accounts=items))
        Writer(runtime.db).write(messages)
    runtime.redis.flushall()


def lacking(runtime: Runtime, kind: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = gap_rows(MAY, gaps_of(runtime, MAY, "facebook"))
    return {(row["account"], row["day"]): row for row in rows if row["kind"] == kind}


def days(visits: list[Visit]) -> set[str]:
    """On which days of the period's zone they were to be."""
    return {f"{one.slot.astimezone(ZoneInfo(MAY.tz)):%Y-%m-%d}" for one in visits}


def test_what_was_lost_and_is_past_is_named_by_account_and_day(runtime: Runtime) -> None:
    for number in (10, 11):
        carried_out(runtime, planned(runtime, number + NIGHT), number + NIGHT)
    (lost,) = days(planned(runtime, LOST + NIGHT))
    runtime.redis.flushall()
    kept: set[str] = set()
    for number in (LOST + 2, LOST + 3):  # A day in which nobody planned anew.
        visits = planned(runtime, number + NIGHT)
        kept |= days(visits)
        carried_out(runtime, visits, number + NIGHT)
    for kind in ("profile", "timeline"):
        found = lacking(runtime, kind)
        for key in ("facebook:1", "facebook:2"):
            row = found[key, lost]
            assert row["state"] in {"given_up", "never"}
            assert row["why"]
            assert row["remedy"]
        assert not {at for _, at in found} & kept


def test_what_is_still_due_is_read_again_and_no_gap(runtime: Runtime) -> None:
    carried_out(runtime, planned(runtime, 11 + NIGHT), 11 + NIGHT)
    before = planned(runtime, LOST + NIGHT)
    runtime.redis.flushall()
    again = planned(runtime, LOST + NIGHT + 1 / 24)
    assert {visit.id for visit in again} == {visit.id for visit in before}
    carried_out(runtime, again, LOST + NIGHT + 1 / 24)
    for kind in ("profile", "timeline"):
        assert not {at for _, at in lacking(runtime, kind)} & days(before)
