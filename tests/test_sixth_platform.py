"""A sixth platform is its own folders and one line: a copy of the project with one, and each door
of it opened through real servers and the sandbox.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from model.platforms import FACTS
from operations.running.clock import set_file_clock
from store.database import Store
from tests.sandbox.running import CUTOFF, READY, SMALL
from tests.shared import ROOT
from tests.waiting import LIMIT

NAME, MODEL = "sixth", "x"
PACKAGES = (
    *("model", "registry", "scheduler", "bus", "crawler", "store", "scoring", "portal"),
    *("operations", "sandbox", "cityreach"),
)
OWN = ("crawler/platforms/{}", "sandbox/{}", "model/platforms/{}.py")
CITIES = ("beijing", "shanghai")
METHOD = """
id = "with-a-sixth"
version = 1
title = { zh = "六", en = "With a sixth platform" }
source = "a test"
[[indicator]]
code = "likes"
parent = "index"
measure = "sixth:likes"
name = { zh = "赞", en = "Likes" }
"""


def renamed(text: str) -> str:
    """The source of one platform as that of another, with paths and hosts of its own."""
    for old, new in (
        (f'"{MODEL}"', f'"{NAME}"'),
        (f"platforms.{MODEL} ", f"platforms.{NAME} "),
        (f"platforms.{MODEL}.", f"platforms.{NAME}."),
        (f"sandbox.{MODEL}.", f"sandbox.{NAME}."),
        (f"sandbox.{MODEL} ", f"sandbox.{NAME} "),
        ('"/2/', f'"/{NAME}/2/'),
        ('("x.com", "twitter.com")', '("sixth.example",)'),
        ('("twitter",)', "()"),
    ):
        text = text.replace(old, new)
    return text


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with a sixth platform: its own files, and one line."""
    home = tmp_path / "project"
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, home / package, ignore=ignored)
    for place in OWN:
        old, new = home / place.format(MODEL), home / place.format(NAME)
        shutil.copytree(old, new) if old.is_dir() else shutil.copy(old, new)
        for file in new.rglob("*.py") if new.is_dir() else [new]:
            file.write_text(renamed(file.read_text("utf-8")), "utf-8")
    register = home / "model" / "platforms" / "__init__.py"
    line = f'    "{MODEL}",\n'
    register.write_text(
        register.read_text("utf-8").replace(line, f'{line}    "{NAME}",\n'), "utf-8"
    )
    return home


def world(folder: Path) -> tuple[Path, Path]:
    """A world of a few of the model's accounts as the sixth platform's, and their table."""
    lines = gzip.decompress(SMALL.read_bytes()).decode().splitlines()
    rows = [json.loads(line) for line in lines]
    accounts = [r for r in rows if r.get("platform") == MODEL and r.get("city") in CITIES]
    ids = {row["id"] for row in accounts}
    posts = [r for r in rows if r.get("platform") == MODEL and r.get("account") in ids]
    chosen = [rows[0], *({**row, "platform": NAME} for row in (*accounts, *posts))]
    file, table = folder / "world.jsonl", folder / "accounts.csv"
    file.write_text("".join(json.dumps(row) + "\n" for row in chosen))
    handles = [f"{row['city']},{NAME},{row['handle']}\n" for row in accounts]
    table.write_text("city,platform,handle\n" + "".join(handles))
    return file, table


def differing(home: Path) -> list[str]:
    """Lines that `diff -r` finds outside the platform's own files."""
    own = [f"--exclude={NAME}", f"--exclude={NAME}.py", "--exclude=__pycache__"]
    found: list[str] = []
    for package in PACKAGES:
        command = ["diff", "-r", *own, str(ROOT / package), str(home / package)]
        found += subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    return [line for line in found if line[:1] in "<>" or line.startswith("Only")]


def test_every_door_opens_for_a_sixth_platform(
    copy: Path, tmp_path: Path, db: Store, mongod: Any, redis: Redis, redis_uri: str
) -> None:
    lines = differing(copy)
    sys.stdout.write("\n".join(lines))
    assert lines == [f'>     "{NAME}",']
    file, table = world(tmp_path)
    method = tmp_path / "method.toml"
    method.write_text(METHOD, "utf-8")
    set_file_clock(tmp_path / "clock", datetime.fromisoformat(CUTOFF))
    plain = {k: v for k, v in os.environ.items() if not k.startswith("CITYREACH_")}
    env = {
        **plain,
        "PYTHONPATH": str(copy),
        "CITYREACH_MONGO_URI": mongod.uri,
        "CITYREACH_MONGO_DATABASE": db.name,
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_DATA_DIR": str(tmp_path),
        "CITYREACH_CLOCK_FILE": str(tmp_path / "clock"),
        "CITYREACH_SIXTH__TOKENS": '["token"]',
        "CITYREACH_SIXTH__DAILY_BUDGET": "5000",
        "CITYREACH_PLAN__SIXTH__PROFILE_EVERY": "2d",
    }
    command = [sys.executable, "-m", "sandbox", "--world", str(file), "--now", CUTOFF]
    with subprocess.Popen(command, cwd=copy, env=env, stdout=subprocess.PIPE, text=True) as sandbox:
        try:
            assert sandbox.stdout is not None
            url = sandbox.stdout.readline().removeprefix(READY).strip()
            env["CITYREACH_SIXTH__API_URL"] = url
            script = shutil.copy(ROOT / "tests" / "sixth_platform.py", copy)
            done = subprocess.run(
                [sys.executable, str(script), NAME, str(table), str(method)],
                cwd=copy,
                env=env,
                capture_output=True,
                text=True,
                timeout=2 * LIMIT,
            )
        finally:
            sandbox.terminate()
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert {row["state"] for row in found["verify"]} == {"resolved"}
    assert [row["units"] > 0 for row in found["cost"]] == [True], found["cost"]
    assert [r["limit"] for r in found["quota"] if r["platform"] == NAME] == [5000]
    assert any(row["name"] == NAME and row["ok"] for row in found["doctor"])
    assert {row["outcome"] for row in found["collect"]} == {"ok"}
    assert found["plan"] > 0
    assert found["replay"]["answers"] > 0
    assert not found["replay"]["changes"]
    assert found["replay"]["mappers"][NAME] == FACTS[MODEL].mapper_version
    assert [row["likes"] > 0 for row in found["measures"]] == [True, True]
    assert [row["rank"] for row in found["score"]] == [1, 2]
