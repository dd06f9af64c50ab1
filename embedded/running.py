"""Where the servers of a data directory are. No client of theirs is needed to tell."""

from __future__ import annotations

from pathlib import Path

from embedded.home import LOCK, home_of
from embedded.lock import owner_of
from embedded.notes import Notes, load_notes
from model.servers import Servers

MONGOD_NAME, VALKEY_NAME = "mongod", "valkey"
SET_NAME = "cityreach"
USER = "cityreach"


def running_servers(data_dir: Path) -> Servers | None:
    """The servers that a stack of another process runs for this data directory; None if none does.

    A URI is empty where that stack was configured to use a server elsewhere.
    """
    home = home_of(data_dir)
    owner = owner_of(home / LOCK)
    notes = load_notes(home) if owner is not None and owner.serving else None
    if owner is None or notes is None:
        return None
    return Servers(
        mongo_address(notes) if MONGOD_NAME in owner.serving else "",
        redis_address(notes) if VALKEY_NAME in owner.serving else "",
    )


def mongo_address(notes: Notes) -> str:
    """For the rest of the project: may read and write, may not administer."""
    return (
        f"mongodb://{USER}:{notes.mongo.password}@127.0.0.1:{notes.mongo.port}/"
        f"?authSource=admin&replicaSet={SET_NAME}"
    )


def redis_address(notes: Notes) -> str:
    """For the rest of the project."""
    return f"redis://:{notes.redis.password}@127.0.0.1:{notes.redis.port}/0"
