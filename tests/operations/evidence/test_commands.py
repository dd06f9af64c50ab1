"""`cityreach evidence`, and evidence that is taken when a month is frozen."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from model.platform import PLATFORMS
from tests.cityreach.demo_process import SMALL, cityreach, database, demo, inside
from tests.operations.evidence.conftest import MakeRuntime
from tests.operations.evidence.jpeg import size
from tests.sandbox.running import Sandbox
from tests.waiting import wait_until


def test_the_command_writes_what_it_keeps(
    make_runtime: MakeRuntime, sandbox: Sandbox, tmp_path: Path
) -> None:
    runtime = make_runtime()  # Sets the environment that the command sees.
    db = runtime.settings.mongo_database
    more = {"CITYREACH_MONGO_URI": runtime.mongo_uri, "CITYREACH_MONGO_DATABASE": db}
    more |= {"CITYREACH_INSTAGRAM__WEB_URL": f"{sandbox.base}/web/instagram"}
    post = f"instagram:{sandbox.visible(sandbox.busiest('instagram'))[0].id}"
    out = tmp_path / "post.jpg"
    done = cityreach("evidence", post, "--out", str(out), "--json", data=tmp_path, **more)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["post"] == post
    assert told["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert size(out.read_bytes())[1] < 300
    listed = cityreach("evidence", post, "--list", "--json", data=tmp_path, **more)
    assert json.loads(listed.stdout) == [told]
    sandbox.fault(platform="instagram", route="web", kind="login_wall")
    wall = cityreach("evidence", post, "--out", str(tmp_path / "none"), data=tmp_path, **more)
    assert (wall.returncode, wall.stdout) == (1, "")
    assert "login_wall" in wall.stderr
    assert not (tmp_path / "none").exists()
    assert json.loads(
        cityreach("evidence", post, "--list", "--json", data=tmp_path, **more).stdout
    ) == [told]
    assert cityreach("evidence", "nowhere:1", data=tmp_path, **more).returncode == 2


@pytest.mark.long
def test_a_frozen_month_has_evidence_of_its_best_posts(sandbox: Sandbox, tmp_path: Path) -> None:
    month = ("--period", "2025-05")
    kept = tmp_path
    small = ("--world", str(SMALL), "--out", str(kept / "out"))
    with demo(kept, "--keep", *small) as process:
        wait_until((kept / "out" / "run.json").exists, process=process)
        assert inside(kept, "issue", "draft", *month, "--despite", "a trial").returncode == 0
        more = {
            "CITYREACH_DATA_DIR": str(kept / "demo"),
            "CITYREACH_MONGO_DATABASE": "cityreach_demo",
            "CITYREACH_EVIDENCE_FOR_TOP": "true",
        }
        for name in PLATFORMS:
            more[f"CITYREACH_{name.upper()}__WEB_URL"] = f"{sandbox.base}/web/{name}"
            more[f"CITYREACH_{name.upper()}__WEB_PAUSE"] = "0"
        sandbox.fault(platform="x", route="web", kind="login_wall", count=1)
        done = cityreach("issue", "freeze", *month, data=kept, **more)
        assert done.returncode == 0, done.stderr
        told = inside(kept, "top", *month, "--json").stdout
        top = {row["city"] for row in json.loads(told)}
        with database(kept) as db:
            files = list(db["evidence.files"].find())
            cities = {account["_id"]: account["city"] for account in db.accounts.find()}
            posts = {post["_id"]: cities[post["account"]] for post in db.posts.find()}
        assert {posts[file["metadata"]["post"]] for file in files} == top
        assert f"evidence of {len(files)} posts" in done.stderr
        assert done.stderr.count("no evidence of x:") == 1
        assert {file["metadata"]["platform"] for file in files} == set(PLATFORMS)
