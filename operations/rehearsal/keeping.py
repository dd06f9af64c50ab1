"""Whose data lie where a world is about to be lived through: nothing is emptied unasked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.period import Period
from model.route import Route
from operations.errors import UsageError
from operations.health.servers import require_mongo
from operations.runtime import Runtime
from store.schema import DOCUMENTS_VERSION, SCHEMA_NOTES, documents_version

_MARK = "demo"
_OURS = "cr:rehearsal"
"""There in a queue server that a rehearsal has emptied before."""


@dataclass(frozen=True, slots=True)
class Life:
    """What is lived through: the same once more finds what is there already."""

    world: str
    digest: str
    months: tuple[str, ...]
    route: str

    @classmethod
    def of(cls, name: str, file: Path, periods: Sequence[Period], route: Route) -> Life:
        """Of a world's file, by its content."""
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return cls(name, digest, tuple(period.name for period in periods), route.value)

    def __str__(self) -> str:
        first, last = self.months[0], self.months[-1]
        return f"{first if first == last else f'{first} to {last}'} of world {self.world}"


def begin(
    runtime: Runtime, life: Life, keep: bool, fresh: Callable[[str], bool], *, anew: bool = False
) -> bool:
    """Makes room for a life, or finds the same one again; whether that one was lived to its end.
    One that is to be kept is found again too where the other was not kept but came to its end.

    `fresh` is asked before something else that was kept is emptied; `anew`: the same is not to be
    found again either. Raises UsageError where it is not to be, and where the configured Redis
    holds what no rehearsal has put there.
    """
    _leave_older(runtime, fresh)
    found = runtime.db[_MARK].find_one({"_id": _MARK})
    if found and (found.get("kept") or (keep and found.get("finished"))):
        kept = Life(
            found["world"],
            found.get("digest", ""),
            tuple(found.get("months", ("?",))),
            found.get("route", ""),
        )
        if kept == life and not anew:
            _note(runtime, life, keep=True, finished=bool(found.get("finished")))
            return bool(found.get("finished"))
        if kept != life and found.get("kept"):
            _ask(runtime, kept, fresh)
    _empty(runtime)
    _note(runtime, life, keep=keep, finished=False)
    return False


def _leave_older(runtime: Runtime, fresh: Callable[[str], bool]) -> None:
    """What a rehearsal of an earlier version has left is not upgraded but lived anew."""
    require_mongo(runtime.mongo_uri)
    db = runtime.unindexed_db
    found = db[_MARK].find_one({"_id": _MARK})
    if found is None or documents_version(db) >= DOCUMENTS_VERSION:
        return
    if found.get("kept"):
        _ask(runtime, f"{found['world']} by an earlier version", fresh)
    for name in db.list_collection_names():
        db.drop_collection(name)


def finish(runtime: Runtime) -> None:
    """Says that the life that was begun has come to its end."""
    runtime.db[_MARK].update_one({"_id": _MARK}, {"$set": {"finished": True}})


def _note(runtime: Runtime, life: Life, *, keep: bool, finished: bool) -> None:
    mark = {
        "world": life.world,
        "digest": life.digest,
        "months": list(life.months),
        "route": life.route,
        "kept": keep,
        "finished": finished,
    }
    runtime.db[_MARK].replace_one({"_id": _MARK}, mark, upsert=True)


def _ask(runtime: Runtime, kept: Life | str, fresh: Callable[[str], bool]) -> None:
    place = runtime.settings.data_dir
    if not fresh(f"{place} keeps {kept}; shall it be emptied?"):
        raise UsageError(
            f"{place} keeps {kept}, which would be emptied: say --fresh to empty it, or name "
            "another place by CITYREACH_DATA_DIR"
        )


def _empty(runtime: Runtime) -> None:
    """Forgets what is there: collections, indexes kept, and queues."""
    redis = runtime.redis
    if runtime.settings.redis_uri and redis.dbsize() and not redis.exists(_OURS):
        raise UsageError(
            "the Redis of CITYREACH_REDIS_URI holds keys that no demo has put there, and a demo "
            "begins by emptying it: name another database, for instance …:6379/9, or none"
        )
    redis.flushdb()
    redis.set(_OURS, "1")
    for name in runtime.db.list_collection_names():
        if name != SCHEMA_NOTES:
            runtime.db[name].delete_many({})
