"""Backup, restore and upgrade: when they may run, how many backups are kept, and what a queue must
forget after a restore.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bus.dispatch import forget_visits
from bus.heartbeat import living
from model.version import __version__
from operations.errors import Failed, UsageError
from operations.health.servers import require_mongo
from operations.runtime import Runtime
from store.backup.dumping import dump_database
from store.backup.loading import load_database
from store.backup.manifest import SUMS, Manifest, checked_manifest
from store.upgrade import upgrade

_NAME = re.compile(r"\d{8}T\d{6}Z")


def back_up(runtime: Runtime, into: Path, keep: int | None) -> tuple[Path, Manifest, list[Path]]:
    """A new backup in the folder `into`, checked; with `keep`, the older ones beyond so many go.

    Gives the backup, what it holds, and what was removed. Other parts may go on working. Raises
    BackupError.
    """
    require_mongo(runtime.mongo_uri)
    folder = dump_database(runtime.unindexed_db, into, runtime.clock.now(), __version__)
    manifest = checked_manifest(folder)
    return folder, manifest, [] if keep is None else _thinned(into, keep)


def _thinned(into: Path, keep: int) -> list[Path]:
    """Removes the oldest whole backups; what else lies in the folder is left alone."""
    found = (path for path in into.iterdir() if _NAME.fullmatch(path.name))
    gone = sorted(path for path in found if (path / SUMS).is_file())[:-keep]
    for path in gone:
        shutil.rmtree(path)
    return gone


def checked_backup(folder: Path) -> Manifest:
    """What a backup holds, if it is whole. Raises UsageError where there is no such folder, and
    BackupError."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder")
    return checked_manifest(folder)


def restore_backup(runtime: Runtime, folder: Path, *, replace: bool) -> Manifest:
    """The database as the backup holds it. What was on its way in the queue is forgotten, so that
    the planner plans it anew; what was spent is not.

    Raises Failed while parts are at work, and BackupError.
    """
    manifest = checked_backup(folder)
    require_mongo(runtime.mongo_uri)
    _require_rest(runtime)
    load_database(runtime.unindexed_db, folder.resolve(), manifest, replace=replace)
    forget_visits(runtime.redis)
    return manifest


def upgraded(runtime: Runtime, *, dry_run: bool) -> Iterator[dict[str, Any]]:
    """Rows of what is done, or would be, to make the documents those of this version.

    Raises Failed while parts are at work, and SchemaError.
    """
    require_mongo(runtime.mongo_uri)
    if not dry_run:
        _require_rest(runtime)
    yield from (asdict(one) for one in upgrade(runtime.unindexed_db, dry_run=dry_run))


def _require_rest(runtime: Runtime) -> None:
    at_work = living(runtime.redis, "*")
    if at_work:
        raise Failed(
            f"parts are at work ({', '.join(at_work)}): stop them and the portal, then try again; "
            "a part that was killed counts for half a minute more"
        )
