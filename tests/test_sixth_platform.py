"""A sixth platform is what `python -m crawler.new` writes: its own folders, one line, and rows of
documents. A copy of the project with one, checked, and each door of it opened through real servers
and the sandbox; and what is refused, with nothing written.
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

from crawler import new
from crawler.new import NewPlatform, NewPlatformRefused
from operations.running.clock import set_file_clock
from store.database import Store
from tests.sandbox.running import CUTOFF, READY, SMALL
from tests.shared import ROOT
from tests.waiting import LIMIT

NAME, LIKE = "sixth", "x"
"""Its made-up accounts are those of another platform."""
PACKAGES = (
    *("model", "registry", "scheduler", "bus", "crawler", "store", "scoring", "portal"),
    *("operations", "sandbox", "cityreach", "embedded", "media"),
)
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv*", ".*_cache", ".hypothesis", "*.egg-info"),
    *("var", "out", "build", "dist", "bench"),
)
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


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A program of Python in the copy, which is imported there before this checkout."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("CITYREACH_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, *words],
        cwd=home,
        env={**plain, "PYTHONPATH": str(home)},
        capture_output=True,
        text=True,
    )


def checkout(folder: Path) -> Path:
    """A copy of this checkout, with one commit."""
    home = folder / "project"
    shutil.copytree(ROOT, home, ignore=LEFT_OUT)
    author = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    commit = [*author, "commit", "--quiet", "--message", "all"]
    for words in (["init", "--quiet"], ["add", "--all"], commit):
        subprocess.run(["git", "-c", "core.looseCompression=0", *words], cwd=home, check=True)
    return home


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with a sixth platform, as it is written."""
    home = checkout(tmp_path_factory.mktemp("sixth"))
    done = run(home, "-m", "crawler.new", NAME, "--zh", "六号")
    assert done.returncode == 0, done.stderr
    assert f"crawler/platforms/{NAME}/api_map.py" in done.stdout
    return home


def world(folder: Path) -> tuple[Path, Path]:
    """A world of a few of another's accounts as the sixth platform's, and their table."""
    lines = gzip.decompress(SMALL.read_bytes()).decode().splitlines()
    rows = [json.loads(line) for line in lines]
    accounts = [r for r in rows if r.get("platform") == LIKE and r.get("city") in CITIES]
    ids = {row["id"] for row in accounts}
    posts = [r for r in rows if r.get("platform") == LIKE and r.get("account") in ids]
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
    assert differing(copy) == [f'>     "{NAME}",']
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
            script = ["-m", "tests.sixth_platform", NAME, str(table), str(method)]
            done = subprocess.run(
                [sys.executable, *script],
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
    assert found["replay"]["mappers"][NAME] == 1
    assert [row["likes"] > 0 for row in found["measures"]] == [True, True]
    assert [row["rank"] for row in found["score"]] == [1, 2]


RUFF = ("check", "."), ("format", "--check", ".")


def test_what_is_written_is_in_style(copy: Path) -> None:
    for words in RUFF:
        done = run(copy, "-m", "ruff", *words, "--no-cache")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_what_is_written_passes_all_checks(copy: Path, tmp_path: Path) -> None:
    """So does one with the longest name and titles, and one after it."""
    second = checkout(tmp_path)
    for words in (["abcdefghijklmnop", "--en", "W" * 20, "--zh", "文" * 20], ["weibo"]):
        done = run(second, "-m", "crawler.new", *words)
        assert done.returncode == 0, done.stderr
    for home, names in ((copy, [NAME]), (second, ["abcdefghijklmnop", "weibo"])):
        tests = ("tests/test_rules.py", "tests/test_docs.py", "tests/model/test_post_lists.py")
        of_platforms = "tests/crawler/platforms"
        more = (f"{of_platforms}/test_fixtures.py", f"{of_platforms}/test_shows.py")
        own = [f"{of_platforms}/{name}" for name in names]
        site = "tests/deploy/test_site.py"
        for words in (
            *(["-m", "ruff", *of, "--no-cache"] for of in RUFF),
            ["-m", "mypy"],
            ["-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
            ["-m", "pytest", "-W", "error", "-m", "not long", *tests, *more, *own, site],
        ):
            done = run(home, *words)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


REFUSED: list[tuple[list[str], str]] = [
    (["Weibo"], "'Weibo' is no name for a platform: expected 2 to 16 lower-case letters"),
    (["w"], "is no name"),
    (["wei_bo"], "is no name"),
    (["weibo_"], "is no name"),
    (["../weibo"], "is no name"),
    (["微博"], "is no name"),
    (["a" * 17], "is no name"),
    (["class"], "is no name"),
    (["weibo", "--en", 'a"b'], "is no title: expected 1 to 20 characters without quotes"),
    (["weibo", "--zh", "a\nb"], "is no title"),
    (["weibo", "--zh", " "], "is no title"),
    (["x"], "x is a platform already: x (X), see model/platforms/x.py"),
    (["twitter"], "twitter is a platform already: x (X)"),
    (["weibo", "--zh", "抖音国际版"], "抖音国际版 is a platform already: tiktok (TikTok)"),
    (["service"], "sandbox/service is there already; choose another name"),
    (["gdelt"], "sandbox/gdelt is there already"),
    (["tariff"], "model/platforms/tariff.py is there already"),
    (["paging"], "crawler/platforms/paging.py is there already"),
    (["plan"], "CITYREACH_PLAN is a setting already"),
    (["alerts"], "CITYREACH_ALERTS is a setting already"),
]


def test_a_name_that_cannot_be_used_is_refused(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = listing(copy)
    for words, why in REFUSED:
        assert new.run_generator(words, copy) == 2, words
        assert why in capsys.readouterr().err, words
    assert listing(copy) == before


WEIBO = NewPlatform(name="weibo", en="Weibo", zh="微博")


def listing(home: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of every file but those of git and caches."""
    return {
        str(path.relative_to(home)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file() and not {".git", "__pycache__"} & set(path.parts)
    }


def test_elsewhere_than_in_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(NewPlatformRefused, match="is no checkout of CityReach: clone"):
        new.add_platform(WEIBO, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_of_that_name_that_are_not_committed_are_left_alone(copy: Path) -> None:
    own = copy / "sandbox" / "weibo"
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    try:
        with pytest.raises(NewPlatformRefused, match="not committed: sandbox/weibo/; commit, move"):
            new.add_platform(WEIBO, copy)
        assert [path.name for path in own.iterdir()] == ["notes.txt"]
    finally:
        shutil.rmtree(own)


@pytest.mark.parametrize("failing", ["ruff", "notes", "key"])
def test_whatever_ends_it_early_nothing_is_half_written(
    failing: str, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: (copy / path).read_bytes() for path in listing(copy)}
    real = new._run

    def run(command: list[str], root: Path) -> str:
        if failing == "ruff" and "format" in command:
            return real([sys.executable, "-m", "ruff", "no-such-command"], root)
        if failing == "notes" and "deploy.reference" in command:
            (root / "docs" / "reference.md").write_text("half of it")
            return real([sys.executable, "-c", "import sys; sys.exit('no room')"], root)
        if failing == "key" and "deploy.reference" in command:
            raise KeyboardInterrupt
        return real(command, root)

    monkeypatch.setattr(new, "_run", run)
    with pytest.raises((NewPlatformRefused, KeyboardInterrupt)):
        new.add_platform(WEIBO, copy)
    assert {path: (copy / path).read_bytes() for path in listing(copy)} == before
