"""A database as files and back: the same bytes, all or nothing, and what is refused."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from bson import decode_all
from gridfs import GridFS
from pymongo.collection import Collection

from scoring.cities.measures import measure_rows
from store.accounts import put_accounts
from store.backup.dumping import dump_database
from store.backup.loading import load_database
from store.backup.manifest import MANIFEST, SUMS, Manifest, checked_manifest
from store.database import POSTS, Store, ensure_indexes
from store.errors import BackupError, SchemaError
from store.ingest.writer import Writer
from store.month.measures import account_months
from store.schema import DOCUMENTS_VERSION, documents_version, require_version
from tests.sandbox.running import SMALL
from tests.store.harvest import MAY
from tests.store.month.worlds import World

NOW = datetime(2025, 6, 9, 1, 2, 3, tzinfo=UTC)
FOLDER = "20250609T010203Z"


@pytest.fixture
def filled(db: Store) -> Store:
    """Some posts of a world, and a file in GridFS."""
    world = World(SMALL)
    put_accounts(db, world.registered())
    messages = [one for one, _ in zip(world.crawl(MAY, MAY.cutoff), range(30), strict=False)]
    Writer(db).write(messages)
    GridFS(db, "evidence").put(bytes(300_000), metadata={"post": "x:1"})
    assert db[POSTS].count_documents({}) > 50
    return db


@pytest.fixture
def folder(filled: Store, tmp_path: Path) -> Path:
    """Its backup."""
    return dump_database(filled, tmp_path / "backups", NOW, "0.1.0")


def content(db: Store) -> dict[str, list[bytes]]:
    """All documents as BSON, by collection."""
    return {
        name: list(db[name].find_raw_batches(sort=[("_id", 1)]))
        for name in sorted(db.list_collection_names())
    }


def indexes(db: Store) -> dict[str, Any]:
    return {name: db[name].index_information() for name in db.list_collection_names()}


def measures(db: Store) -> list[dict[str, Any]]:
    return [row.plain() for row in measure_rows(MAY, account_months(db, MAY))]


def emptied(db: Store) -> Store:
    db.client.drop_database(db.name)
    return db


def test_destroyed_and_restored_the_month_is_the_same(filled: Store, tmp_path: Path) -> None:
    folder = dump_database(filled, tmp_path, NOW, "0.1.0")
    before, by, told = content(filled), indexes(filled), measures(filled)
    load_database(emptied(filled), folder, checked_manifest(folder), replace=False)
    assert content(filled) == before
    assert indexes(filled) == by
    assert measures(filled) == told
    require_version(filled)
    again = dump_database(filled, tmp_path / "again", NOW, "0.1.0")
    sums = [{c.name: c.sha256 for c in checked_manifest(f).collections} for f in (folder, again)]
    assert sums[0] == sums[1]


def test_a_backup_is_read_by_other_programs(folder: Path, filled: Store) -> None:
    assert folder.name == FOLDER
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=folder, capture_output=True
    )
    assert done.returncode == 0, done.stdout
    compressed = (folder / "posts.bson.zst").read_bytes()
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(compressed)
    assert len(decode_all(plain)) == filled[POSTS].count_documents({})
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_is_written_meanwhile_is_not_in_it(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: len(b"".join(parts)) for name, parts in content(filled).items()}
    indexed = Collection.list_indexes

    def writing(collection: Any, *args: Any, **more: Any) -> Any:
        filled["visits"].insert_one({"late": collection.name})
        return indexed(collection, *args, **more)

    monkeypatch.setattr(Collection, "list_indexes", writing)
    manifest = checked_manifest(dump_database(filled, tmp_path, NOW, "0.1.0"))
    assert {one.name: one.size for one in manifest.collections} == before
    assert filled["visits"].count_documents({"late": "accounts"}) == 1


@pytest.mark.parametrize("kind", ["flipped", "missing", "unlisted", "no sums", "newer form"])
def test_a_backup_that_is_not_whole_is_refused_by_name(folder: Path, kind: str) -> None:
    file, sums, manifest = (folder / name for name in ("posts.bson.zst", SUMS, MANIFEST))
    if kind == "flipped":
        file.write_bytes(file.read_bytes()[:-1] + b"\0\1"[:1])
    elif kind == "missing":
        file.unlink()
    elif kind == "unlisted":
        lines = sums.read_text().splitlines(keepends=True)
        sums.write_text("".join(line for line in lines if file.name not in line))
    elif kind == "no sums":
        sums.unlink()
    else:
        manifest.write_text(manifest.read_text().replace('"form": 1', '"form": 2'))
        _resum(folder)
    named = {"no sums": SUMS, "newer form": "form 2"}.get(kind, file.name)
    with pytest.raises(BackupError, match=named):
        checked_manifest(folder)


def _resum(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir() if path.name != SUMS)
    done = subprocess.run(["sha256sum", *names], cwd=folder, capture_output=True, check=True)
    (folder / SUMS).write_bytes(done.stdout)


def test_what_is_there_is_replaced_only_where_that_was_said(folder: Path, filled: Store) -> None:
    manifest, before = checked_manifest(folder), content(filled)
    filled[POSTS].delete_many({})
    filled["newer"].insert_one({})
    held = content(filled)
    with pytest.raises(BackupError, match="--replace"):
        load_database(filled, folder, manifest, replace=False)
    assert content(filled) == held
    load_database(filled, folder, manifest, replace=True)
    assert content(filled) == before


def _other(manifest: Manifest) -> Iterator[str]:
    """Names of a manifest's collections, the last one first."""
    yield from reversed([one.name for one in manifest.collections])


def test_files_that_do_not_hold_what_was_said_change_nothing(folder: Path, filled: Store) -> None:
    last = next(_other(checked_manifest(folder)))
    (folder / f"{last}.bson.zst").write_bytes((folder / "posts.bson.zst").read_bytes())
    _resum(folder)
    filled["newer"].insert_one({})
    held = content(filled)
    with pytest.raises(BackupError, match=last):
        load_database(filled, folder, checked_manifest(folder), replace=True)
    assert content(filled) == held


def test_a_restore_cut_short_is_said_and_ended_by_the_same_once_more(
    folder: Path, filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, before = checked_manifest(folder), content(filled)
    emptied(filled)
    renamed, done = Collection.rename, []

    def cut(collection: Any, *args: Any, **more: Any) -> Any:
        done.append(collection.name)
        if len(done) == 3:
            raise KeyboardInterrupt
        return renamed(collection, *args, **more)

    with monkeypatch.context() as during:
        during.setattr(Collection, "rename", cut)
        with pytest.raises(KeyboardInterrupt):
            load_database(filled, folder, manifest, replace=False)
    with pytest.raises(SchemaError, match="half restored"):
        require_version(filled)
    with pytest.raises(BackupError, match="cut short"):
        load_database(filled, folder.parent / "another", manifest, replace=False)
    load_database(filled, folder, manifest, replace=False)
    assert content(filled) == before
    require_version(filled)


def test_no_half_backup_is_left(filled: Store, tmp_path: Path, monkeypatch: Any) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("store.backup.dumping._compressing", full)
    with pytest.raises(BackupError, match="No space left"):
        dump_database(filled, tmp_path, NOW, "0.1.0")
    assert list(tmp_path.iterdir()) == []


def test_documents_of_a_newer_version_are_refused(folder: Path, db: Store) -> None:
    newer = DOCUMENTS_VERSION + 1
    manifest = folder / MANIFEST
    old = f'"documents_version": {DOCUMENTS_VERSION}'
    manifest.write_text(manifest.read_text().replace(old, f'"documents_version": {newer}'))
    _resum(folder)
    with pytest.raises(SchemaError, match="update CityReach"):
        load_database(emptied(db), folder, checked_manifest(folder), replace=False)
    db["schema"].replace_one({"_id": "database"}, {"version": newer}, upsert=True)
    with pytest.raises(SchemaError, match="update CityReach"):
        require_version(db)


def test_a_new_database_says_its_version(db: Store) -> None:
    emptied(db)
    ensure_indexes(db)
    assert db["schema"].find_one({"_id": "database"}) == {
        "_id": "database",
        "version": DOCUMENTS_VERSION,
    }
    assert documents_version(db) == DOCUMENTS_VERSION
