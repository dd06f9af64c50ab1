"""The portal killed in the middle of an import: all of it is there, or nothing, and it is noted."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from httpx import Client, HTTPError
from pymongo.read_concern import ReadConcern

from portal.users.people import USERS, add_person
from portal.users.roles import Role
from portal.users.sessions import begin_session
from portal.users.signed_in import find_signed_in
from store.database import ACCOUNTS, Store
from tests.cityreach.demo_process import environment
from tests.portal.web.seeded import MINE, NOW
from tests.store.mongod import Mongod
from tests.waiting import wait_until

ROWS = 2_000
_COMMIT = {"command.commitTransaction": {"$exists": True}}
_READY = re.compile(r"portal ready on (http://\S+)")


@contextmanager
def _portal(
    db: Store, mongod: Mongod, redis_uri: str, folder: Path
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`cityreach portal` in a process of its own: it, and its address."""
    more = {
        "CITYREACH_MONGO_URI": mongod.uri,
        "CITYREACH_MONGO_DATABASE": db.name,
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_PORTAL__PORT": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "cityreach", "portal"],
        env={**environment(folder), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = next(m for line in process.stdout if (m := _READY.search(line)))
            yield process, found[1]
        finally:
            process.kill()


def _import(db: Store, address: str) -> None:
    """Posts the list as the admin; the answer may never come."""
    now, lasts = datetime.now(UTC), timedelta(hours=1)
    secret = begin_session(db, "boss", now, lasts)
    found = find_signed_in(db, secret, now, lasts)
    assert found is not None
    rows = "".join(f"{MINE},x,name{n},{10**12 + n},{'no' if n else 'yes'}\n" for n in range(ROWS))
    data = {"form_token": found[0].form_token, "take": "yes"}
    files = {"file": ("accounts.csv", f"city,platform,handle,id,primary\n{rows}".encode())}
    with Client(base_url=address, trust_env=False, timeout=30) as client:
        client.cookies.set("cityreach", secret)
        try:
            client.post("/accounts", data=data, files=files)
        except HTTPError:
            return


@pytest.mark.slow
@pytest.mark.parametrize(
    "held", ["update", pytest.param("commitTransaction", marks=pytest.mark.long)]
)
def test_a_killed_import_leaves_all_or_nothing(
    db: Store, mongod: Mongod, redis_uri: str, tmp_path: Path, held: str
) -> None:
    """Killed while MongoDB is held at a command of the transaction."""
    add_person(db, "boss", Role.ADMIN, (), "a password of tests", NOW)
    db[USERS].update_one({"_id": "boss"}, {"$set": {"must_change": False}})
    admin = db.client.admin
    with _portal(db, mongod, redis_uri, tmp_path) as (process, address):
        hold = {"failCommands": [held], "blockConnection": True, "blockTimeMS": 1_500}
        hold["namespace" if held == "update" else "appName"] = (
            f"{db.name}.{ACCOUNTS}" if held == "update" else "cityreach"
        )
        before = admin.command(
            {"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": hold}
        )["count"]
        sending = Thread(target=_import, args=(db, address))
        sending.start()
        admin.command(
            {"waitForFailPoint": "failCommand", "timesEntered": before + 1, "maxTimeMS": 20_000}
        )
        process.send_signal(signal.SIGKILL)
        process.wait()
        sending.join()
    admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    wait_until(lambda: not _at_work(db), "the server has ended what it was asked")
    there = db[ACCOUNTS].count_documents({})
    assert there in (0, ROWS)
    assert db["audit"].count_documents({"what": "accounts.import"}) == (there == ROWS)


def _at_work(db: Store) -> bool:
    """Whether the server still works on what the killed portal has asked."""
    asked = {"active": True, "$or": [{"command.update": ACCOUNTS}, _COMMIT]}
    stages = [{"$currentOp": {}}, {"$match": asked}]
    admin = db.client.get_database("admin", read_concern=ReadConcern("local"))
    return any(True for _ in admin.aggregate(stages))
