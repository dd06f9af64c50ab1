"""Processes that collect media are killed; nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from operations.media.stored import stored_month
from store.database import Store
from tests.operations.media.collected import (
    MONTH,
    NOW,
    collected,
    counted,
    media_runtime,
    written,
)
from tests.sandbox.running import Sandbox
from tests.store.mongod import Mongod

EVERY, KILLS = 8, 12
_OVER = {"$set": {"leased_until": NOW - timedelta(days=400)}}


@pytest.mark.long
def test_kills_leave_every_file_whole_or_not_there(
    mongod: Mongod, db: Store, tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.fault(platform="gdelt", endpoint="gkg", kind="truncated", ratio=0.05, seed=3)
    sandbox.fault(platform="gdelt", endpoint="gkg-translated", kind="server_error", ratio=0.05)
    rng = random.Random(5)
    with media_runtime(mongod, db, tmp_path, sandbox.base, every=EVERY) as runtime:
        environment = {
            **os.environ,
            "CITYREACH_MONGO_URI": mongod.uri,
            "CITYREACH_REDIS_URI": "redis://127.0.0.1:1/0",
            "CITYREACH_MONGO_DATABASE": db.name,
            "CITYREACH_DATA_DIR": str(tmp_path),
            "CITYREACH_CLOCK_FILE": str(tmp_path / "clock"),
            "CITYREACH_MEDIA__ENABLED": "true",
            "CITYREACH_MEDIA__HOST": f"{sandbox.base}/gdelt",
            "CITYREACH_MEDIA__EVERY": str(EVERY),
        }
        command = [sys.executable, "-m", "cityreach", "media", "collect", "--period", MONTH.name]
        ended = 0
        for _ in range(KILLS):
            before = ended
            with subprocess.Popen(command, env=environment, cwd=tmp_path) as process:
                while process.poll() is None and ended < before + 20:
                    ended = db["media_files"].count_documents({"outcome": {"$exists": True}})
                time.sleep(rng.random() / 50)
                process.send_signal(signal.SIGKILL)
            _require_whole_files(db)
        again = db["media_files"].update_many({"lease": {"$exists": True}}, _OVER)
        assert again.modified_count > 0, "some were killed at work"
        sandbox.http.delete("/_sandbox/faults")
        db["media_files"].update_many({"state": "planned"}, {"$set": {"due": NOW}})
        collected(runtime)
        month = stored_month(runtime, MONTH)
        assert (month.seen, month.faults) == (month.expected, [])
        truth = written(sandbox.world, EVERY)
        found = {city: sum(line.counts for line in own) for city, own in month.by_city.items()}
        for city, articles in truth.items():
            assert found[city] == len(counted(articles)), city


def _require_whole_files(db: Store) -> None:
    """A file with an outcome has all its rows, and one without has none."""
    for state in db["media_files"].find({"family": {"$ne": "ggg"}}):
        rows = db["media_articles"].count_documents({"file": state["_id"]})
        kept = state["kept"] if "outcome" in state else None
        assert rows == (kept or False), state
        assert rows == db["media_rows"].count_documents({"file": state["_id"]})
