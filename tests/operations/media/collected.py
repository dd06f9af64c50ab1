"""A month of the sandbox's files, and what its writers planted in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

from pydantic import SecretStr

from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from media.files import files_between
from model.period import Period
from operations.media.collecting import Collected, collect_media
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from sandbox.gdelt.articles import WrittenArticle, batch_written, written_cities
from sandbox.world.model import World
from store.database import Store
from tests.sandbox.running import CUTOFF
from tests.store.mongod import Mongod

MONTH = Period.month("2025-05", "Asia/Shanghai")
NOW = datetime.fromisoformat(CUTOFF)


@contextmanager
def media_runtime(
    mongod: Mongod, db: Store, folder: Path, base: str, **media: Any
) -> Iterator[Runtime]:
    """A runtime whose media come from a sandbox; at the cut-off of its month."""
    settings = load_settings(
        None,
        mongo_uri=SecretStr(mongod.uri),
        redis_uri=SecretStr("redis://127.0.0.1:1/0"),
        mongo_database=db.name,
        data_dir=folder,
        clock_file=folder / "clock",
        media={"enabled": True, "host": f"{base}/gdelt", **media},
    )
    set_file_clock(folder / "clock", NOW)
    runtime = open_runtime(settings)
    try:
        yield runtime
    finally:
        runtime.close()


def collected(runtime: Runtime) -> Collected:
    """All that is due."""
    return collect_media(runtime, [MONTH], Event())


def written(world: World, every: int, without: frozenset[datetime] = frozenset()) -> Any:
    """Articles planted in the batches of a sample but those of `without`, by city and kind."""
    cities, found = written_cities(world), defaultdict(list)
    batches = {file.at for file in files_between(MONTH.start, MONTH.end, ("gkg",), every)}
    for at in sorted(batches - without):
        for article in batch_written(world, cities, at):
            found[article.city.id].append(article)
    return found


def counted(articles: list[WrittenArticle]) -> list[WrittenArticle]:
    """Those that media abroad wrote about the city itself."""
    return [one for one in articles if one.kind in ("plain", "reprint", "passing")]


def kinds(articles: list[WrittenArticle]) -> Counter[str]:
    """How many of each."""
    return Counter(one.kind for one in articles)
