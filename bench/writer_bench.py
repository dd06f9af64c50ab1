"""How fast the writer is against plain `insert_many`, and how fast a month's measures come.

Ratios of the same run on the same server are what counts; the machine's figures stand beside them.
`python -m bench.writer_bench [--uri URI] [--posts N] [--rounds N]`; without a URI a mongod of its
own is started in a temporary directory.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bench.made.harvest import accounts_of, closings, pages
from bench.measuring.figures import Figure, tell
from cityreach.quick_start import look_seldom_for_garbage
from embedded import Stack
from model.period import Period
from scoring.cities.measures import measure_rows
from store import accounts
from store.database import (
    MONTH_POSTS,
    POST_READINGS,
    POSTS,
    RAW,
    Document,
    Store,
    connect_mongo,
    ensure_indexes,
)
from store.ingest.writer import HarvestMessage, Writer
from store.month.kept import recomputed_sums, verify_month
from store.month.measures import account_months

PERIOD = Period.month("2025-05")
BATCH = 1000
PAGES = 40
_NONE = "redis://127.0.0.1:1"


_NEW_WAY = (
    "three tenths of its time make the documents from messages, an eighth the sums of the month, a "
    "tenth encodes; a third waits for mongod, whose transaction also looks for what is there"
)
_SAME_WAY = (
    "each page is made into documents (a fifth) and compared with what is stored, which is read "
    "and decoded for it (half): only writing falls away; a page that is the same byte by byte "
    "stands for another instant, so it cannot be passed over"
)


def main() -> None:
    look_seldom_for_garbage()  # As commands do.
    options = _options()
    with mongo_server(options.uri) as uri:
        rounds = [_round(uri, options.posts) for _ in range(options.rounds)]
    names = list(rounds[0])
    medians = {name: statistics.median(one[name] for one in rounds) for name in names}
    ratios = {
        name: statistics.median(one["raw: readings"] / one[name] for one in rounds)
        for name in names
        if name.startswith("writer")
    }
    _tell(medians, ratios, options.posts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uri", help="a replica set; its database `cityreach_bench` is used")
    parser.add_argument("--posts", type=int, default=25_000)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


@contextmanager
def mongo_server(uri: str | None) -> Iterator[str]:
    if uri:
        yield uri
        return
    # Redis is not needed here: an address that nobody asks keeps it from being started.
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), redis_uri=_NONE) as stack:
        yield stack.start().mongo_uri


def _round(uri: str, posts: int) -> dict[str, float]:
    """Seconds by name, in a fresh database."""
    db = connect_mongo(uri, "cityreach_bench")
    db.client.drop_database(db.name)
    ensure_indexes(db)
    accounts.put_accounts(db, accounts_of(posts))
    writer = Writer(db)
    took: dict[str, float] = {}

    def write(name: str, slot: datetime) -> None:
        messages = list(pages(posts, PERIOD, slot))
        took[name] = _seconds(lambda: _write(writer, messages))

    write("writer: new posts", PERIOD.end)
    write("writer: same again", PERIOD.end)
    took["raw: readings"] = _plain(db, [POST_READINGS])
    took["raw: all documents"] = _plain(db, [POST_READINGS, POSTS, MONTH_POSTS, RAW])
    write("writer: counts changed", PERIOD.cutoff)
    _write(writer, list(closings(posts, PERIOD)))
    took["measures"] = _seconds(lambda: measure_rows(PERIOD, account_months(db, PERIOD)))
    took["recompute"] = _seconds(lambda: recomputed_sums(db, PERIOD))
    if verify_month(db, PERIOD):
        raise SystemExit("the kept month differs from the full recompute")
    db.client.drop_database(db.name)
    db.client.close()
    return took


def _write(writer: Writer, messages: Sequence[HarvestMessage]) -> None:
    for start in range(0, len(messages), PAGES):
        writer.write(messages[start : start + PAGES])


def _plain(db: Store, names: Sequence[str]) -> float:
    """What inserting the same documents takes, without any index but that of `_id`."""
    total = 0.0
    for name in names:
        documents: list[Document] = list(db[name].find())
        db.drop_collection("plain")
        into = db.create_collection("plain")
        total += _seconds(
            lambda documents=documents, into=into: [  # type: ignore[misc]
                into.insert_many(documents[start : start + BATCH])
                for start in range(0, len(documents), BATCH)
            ]
        )
    db.drop_collection("plain")
    return total


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    gc.freeze()
    start = time.perf_counter()
    work()
    took = time.perf_counter() - start
    gc.unfreeze()
    return took


def _tell(took: dict[str, float], ratios: dict[str, float], posts: int) -> None:
    """Readings a second by way of writing, beside plain insertion of the same documents."""
    for name, seconds in took.items():
        if name.startswith(("writer", "raw")):
            tell(Figure(name=name, value=posts / seconds, unit="readings/s"))
    whole = took["raw: all documents"] / took["writer: new posts"]
    tell(
        Figure(
            name="writer, new posts : insert_many of the same documents",
            value=whole,
            unit="x",
            at_least=0.6,
            portable=True,
            way=_NEW_WAY,
        )
    )
    tell(Figure(name="the same : its readings alone", value=ratios["writer: new posts"], unit="x"))
    tell(
        Figure(
            name="writer, unchanged : new posts",
            value=took["writer: new posts"] / took["writer: same again"],
            unit="x",
            at_least=5,
            portable=True,
            way=_SAME_WAY,
        )
    )
    tell(Figure(name="measures, from month_posts", value=took["measures"], unit="s"))
    tell(Figure(name="sums, full recompute", value=took["recompute"], unit="s"))


if __name__ == "__main__":
    main()
