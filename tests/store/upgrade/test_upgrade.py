"""A database and messages of release 0.1.0 under this version.

`release-0.1.0` was written by that release's code: a sealed and frozen April, and a May in which
one post was missed by one look alone, another by two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from cityreach.settings import load_settings
from model.messages import HarvestPage, VisitClosed, decode_harvest, decode_visit
from portal.published import issue_of
from scoring.cities.measures import measure_rows
from store import upgrade as upgrading
from store.accounts import accounts
from store.backup.loading import load_database
from store.backup.manifest import checked_manifest
from store.database import Store
from store.errors import SchemaError
from store.ingest.writer import Writer
from store.month.kept import verify_month
from store.month.measures import account_months
from store.schema import DOCUMENTS_VERSION, documents_version, require_version
from store.upgrade import UPGRADES, Upgrade, upgrade
from tests.cityreach.in_process import command
from tests.store.harvest import MAY
from tests.store.mongod import Mongod

HERE = Path(__file__).parent
RELEASE = HERE / "release-0.1.0"
MESSAGES = (HERE / "release-0.1.0-messages.jsonl").read_bytes().splitlines()


@pytest.fixture
def old(db: Store) -> Store:
    """The database that release 0.1.0 has left."""
    db.client.drop_database(db.name)
    load_database(db, RELEASE, checked_manifest(RELEASE), replace=False)
    db.drop_collection("schema")  # That release wrote none.
    return db


def posts(db: Store) -> list[int | None]:
    return [row.posts for row in measure_rows(MAY, account_months(db, MAY)) if row.handle]


def test_a_database_of_release_0_1_0_is_upgraded(old: Store) -> None:
    assert documents_version(old) == 1
    with pytest.raises(SchemaError, match="cityreach migrate"):
        require_version(old)
    assert posts(old)[0] == 1
    before = list(old["month_posts"].find())
    (would,) = upgrade(old, dry_run=True)
    assert (would.piece, would.changed) == ("2025-05", 1)
    assert list(old["month_posts"].find()) == before
    assert documents_version(old) == 1
    assert list(upgrade(old, dry_run=False)) == [would]
    require_version(old)
    assert posts(old)[0] == 2
    assert verify_month(old, MAY) == []
    assert list(upgrade(old, dry_run=False)) == []
    assert {one.handle for one in accounts(old)} == {"visit_somewhere", "unknown_yet"}
    issue = issue_of(old, "2025-04", "giu")
    assert issue is not None
    assert (issue.state, issue.digest[:8]) == ("frozen", "c2353293")


def test_an_upgrade_cut_short_goes_on(old: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def apply(db: Store, piece: str) -> int:
        if piece == "b" and "b?" not in done:
            done.append("b?")
            raise KeyboardInterrupt
        done.append(piece)
        return 1

    step = Upgrade(2, "in pieces", lambda _: ["a", "b", "c"], lambda *_: 1, apply)
    monkeypatch.setattr(upgrading, "UPGRADES", (step,))
    with pytest.raises(KeyboardInterrupt):
        list(upgrade(old, dry_run=False))
    assert documents_version(old) == 1
    told = list(upgrade(old, dry_run=False))
    assert done == ["a", "b?", "b", "c"]
    assert [one.changed for one in told] == [None, 1, 1]
    require_version(old)


def test_a_newer_database_is_refused_and_left_alone(old: Store) -> None:
    newer = {"_id": "database", "version": DOCUMENTS_VERSION + 1}
    old["schema"].insert_one(newer)
    for dry_run in (True, False):
        with pytest.raises(SchemaError, match="update CityReach"):
            list(upgrade(old, dry_run=dry_run))
    assert old["schema"].find_one({}) == newer


def test_every_version_has_its_upgrade() -> None:
    assert [one.to for one in UPGRADES] == list(range(2, DOCUMENTS_VERSION + 1))


def test_commands_lead_through_it(
    old: Store, mongod: Mongod, redis: Redis, redis_uri: str, tmp_path: Path
) -> None:
    def run(*args: str) -> Any:
        more = {
            "CITYREACH_MONGO_URI": mongod.uri,
            "CITYREACH_MONGO_DATABASE": old.name,
            "CITYREACH_REDIS_URI": redis_uri,
        }
        return command(*args, data=tmp_path, **more)

    refused = run("measures", "--period", "2025-05", "--json")
    assert (refused.returncode, "cityreach migrate" in refused.stderr) == (1, True)
    assert '"changed": 1' in run("migrate", "--dry-run", "--json").stdout
    assert run("migrate").returncode == 0
    assert '"posts": 2' in run("measures", "--period", "2025-05", "--json").stdout


def test_messages_of_release_0_1_0_are_read_and_stored(db: Store) -> None:
    *harvested, visit = MESSAGES
    messages = [decode_harvest(one) for one in harvested]
    assert {type(one) for one in messages} == {HarvestPage, VisitClosed}
    assert decode_visit(visit).slot == datetime(2025, 5, 20, tzinfo=UTC)
    kept = [(one, b"") for one in messages if isinstance(one, VisitClosed)]
    Writer(db, load_settings(None).months).write(kept)
    assert db["visits"].count_documents({}) == len({one.visit.id for one, _ in kept})
