"""A scheduler as a process of its own, to be run beside another and to be killed.

`python -m tests.scheduler.schedule_process REDIS MONGO DB NOW NAME` plans in rapid succession under
a clock that stands at NOW, and says a line after each pass.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from threading import Event

from pymongo.errors import PyMongoError

from bus.connection import connect_redis
from bus.dispatch import Dispatcher
from bus.leader import Leader
from model.months import Months
from scheduler.contract import Traits
from scheduler.plan import Plan
from scheduler.planner import Planner
from scheduler.service import Job, Recurring
from store.database import connect_mongo
from store.plan.queries import StoreQueries
from store.plan.skipped import StoredSkipLog
from tests.scheduler.known import Hand


def main(redis_uri: str, mongo_uri: str, database: str, now: str, name: str) -> None:
    """Until it is killed."""
    redis, db = connect_redis(redis_uri), connect_mongo(mongo_uri, database)
    planner = Planner(
        StoreQueries(db),
        Dispatcher(redis),
        Hand(datetime.fromisoformat(now)),
        Plan(),
        {"x": Traits(False, True), "youtube": Traits(False, True)},
        skip_log=StoredSkipLog(db),
    )
    leader = Leader(redis, name, lease_ms=1500)

    def plan() -> None:
        planned = planner.run(Months())
        sys.stdout.write(f"{len(planned.open)} {planned.dispatched}\n")
        sys.stdout.flush()

    Recurring([Job("plan", timedelta(seconds=0.1), plan)], leader, (PyMongoError,)).serve(Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
