"""A writer as a process of its own, to be killed; says a line after each batch.

`python -m tests.store.ingest.write_process REDIS MONGO DATABASE` ends when the harvest is empty.
"""

from __future__ import annotations

import sys
from threading import Event

from bus.connection import connect_redis
from bus.harvest import HarvestOut
from store.database import connect_mongo
from store.ingest.loop import LoopTiming, run
from store.ingest.transaction import Written
from store.ingest.writer import Writer


def main(redis_uri: str, mongo_uri: str, name: str) -> None:
    harvest = HarvestOut(connect_redis(redis_uri), "writer-1", idle_ms=0)
    writer, stop = Writer(connect_mongo(mongo_uri, name)), Event()

    def report(written: Written) -> None:
        sys.stdout.write(f"{written.post_readings}\n")
        sys.stdout.flush()
        if not harvest.waiting():
            stop.set()

    run(harvest, writer, stop, LoopTiming(count=4, block=0.1), report)


if __name__ == "__main__":
    main(*sys.argv[1:])
