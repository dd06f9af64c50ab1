"""Transactions that a killed writer left open: they block others until the server ends them.

That takes the server a minute (`transactionLifetimeLimitSeconds`); ours are in the server's hands
for seconds at most, so one that has been idle for longer has nobody any more.
"""

from __future__ import annotations

from datetime import timedelta

from pymongo.read_concern import ReadConcern

from store.database import APP, Store


def end_abandoned(db: Store, idle: timedelta) -> int:
    """Ends this project's transactions that were idle for so long; gives their number.

    A writer that was merely slow meets an error at its commit and writes its batch again.
    Needs no privilege: a user may always see and end its own sessions (MongoDB manual,
    `$currentOp`, `killSessions`).
    """
    wanted = {
        "type": "idleSession",
        "appName": APP,
        "transaction.timeInactiveMicros": {"$gte": idle // timedelta(microseconds=1)},
    }
    # Majority reads are meant for data; this asks one server about itself.
    admin = db.client.get_database("admin", read_concern=ReadConcern("local"))
    with admin.aggregate([{"$currentOp": {}}, {"$match": wanted}]) as found:
        sessions = [{"id": operation["lsid"]["id"]} for operation in found]
    if sessions:
        admin.command("killSessions", sessions)
    return len(sessions)
