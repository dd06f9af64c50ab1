"""The restore drill: a demo month backed up, destroyed, restored and computed anew; same bytes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedded import Stack
from tests.cityreach.demo_process import SMALL, cityreach, environment

pytestmark = [pytest.mark.long, pytest.mark.servers]
TABLES = ("measures", "score")


def tables(place: Path, data: Path) -> dict[str, str]:
    """What the commands print of the month, counted anew from all readings."""
    with Stack(data) as stack:
        servers = stack.start()
        more = {
            "CITYREACH_MONGO_URI": servers.mongo_uri,
            "CITYREACH_REDIS_URI": servers.redis_uri,
            "CITYREACH_MONGO_DATABASE": "cityreach_demo",
        }
        rebuilt = cityreach("months", "rebuild", data=place, **more)
        assert rebuilt.returncode in (0, 1), rebuilt.stderr  # A sealed month stays as it is.
        found = {}
        for name in TABLES:
            done = cityreach(name, "--period", "2025-05", "--json", "--live", data=place, **more)
            assert done.returncode == 0, done.stderr
            found[name] = done.stdout
        return found


def test_a_destroyed_demo_is_restored_to_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cityreach", "demo", "--world", str(SMALL)]
    subprocess.run(command, env=environment(tmp_path), cwd=tmp_path, check=True, timeout=900)
    data = tmp_path / "demo"
    before = tables(tmp_path, data)
    own = {"CITYREACH_DATA_DIR": str(data), "CITYREACH_MONGO_DATABASE": "cityreach_demo"}
    made = cityreach("backup", str(tmp_path / "backups"), data=tmp_path, **own)
    assert made.returncode == 0, made.stderr
    folder = made.stdout.strip()
    shutil.rmtree(data / "servers")
    back = cityreach("restore", folder, data=tmp_path, **own)
    assert back.returncode == 0, back.stderr
    assert tables(tmp_path, data) == before
