"""The main job end to end, as a user runs it, against what the world says must come out."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from parsel import Selector

from sandbox.generate.maker import generate
from sandbox.generate.seasons import generate_months
from tests import oracle
from tests.cityreach.demo_process import SMALL, database, demo, load, parts
from tests.shared import ROOT
from tests.shared import WORLDS as WORLD_FILES
from tests.waiting import wait_until

SCOPES = ["composite", "facebook", "instagram", "tiktok", "x", "youtube"]
SHIPPED = ROOT / "sandbox" / "worlds" / "three-months.jsonl.gz"
KILLED = ["cityreach crawl", "cityreach write", "mongod", "valkey-server"]
WORLDS = [
    pytest.param(None, KILLED, id="eight-cities"),
    pytest.param(SMALL, KILLED * 2, id="small", marks=pytest.mark.long),
    *(
        pytest.param(path, KILLED * 2, id=path.stem, marks=pytest.mark.long)
        for path in WORLD_FILES.glob("real-dev.jsonl.gz")
    ),
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo of two months that has run to its end."""
    data = tmp_path_factory.mktemp("demo")
    world = data / "two.jsonl.gz"
    world.write_bytes(generate_months(7, 6, "2025-05", 2))
    with demo(data, "--keep", "--world", str(world), "--out", str(data / "out")) as process:
        wait_until((data / "out" / "run.json").exists, process=process)
    assert process.returncode == 0
    return data


def test_the_measures_are_the_worlds(finished: Path) -> None:
    out, world = finished / "out", finished / "two.jsonl.gz"
    for name, month in (("measures-2025-04", "2025-04"), ("measures", "2025-05")):
        got = load(out / f"{name}.json")
        assert {row["period"] for row in got} == {month}
        assert list(oracle.differences(got, oracle.expected(world, month))) == []


def test_every_scope_has_its_top_ten(finished: Path) -> None:
    for scope in SCOPES:
        rows = load(finished / "out" / f"top-{scope}.json")
        assert 5 <= len(rows) <= 10
        assert [row["index"] for row in rows] == sorted((r["index"] for r in rows), reverse=True)
        assert all(row["name_zh"] and row["name_en"] for row in rows)


def test_its_report_says_what_the_top_lists_say(finished: Path) -> None:
    rows = load(finished / "out" / "top-composite.json")
    for lang in ("zh", "en"):
        (path,) = (finished / "out").glob(f"report-*-{lang}.html")
        cells = Selector(path.read_text("utf-8")).css("table tbody")[0].css("td::text").getall()
        for row in rows:
            at = cells.index(row[f"name_{lang}"])
            assert cells[at - 1] == str(row["rank"])
            assert cells[at + 1] == f"{row['index']:.2f}"


def test_no_more_calls_than_needed(finished: Path) -> None:
    run = load(finished / "out" / "run.json")
    for name, platform in run["platforms"].items():
        assert platform["calls"] <= 1.1 * platform["minimum_calls"], name
    assert set(run["visits"]) <= {"ok", "ok_nothing_new"}


@pytest.mark.long
def test_the_shipped_world_over_its_three_months(tmp_path: Path) -> None:
    """What `make demo` does: every month is as the world says, sealed and drafted in turn."""
    with demo(tmp_path, "--keep", "--out", str(tmp_path / "out")) as process:
        wait_until((tmp_path / "out" / "run.json").exists, process=process, within=300)
        with database(tmp_path) as db:
            drafted = {issue["period"]: issue["state"] for issue in db.issues.find()}
            cities = db.accounts.distinct("city")
    assert drafted == dict.fromkeys(["2025-03", "2025-04", "2025-05"], "draft")
    assert len(cities) == 24
    files = {f"2025-0{n}": f"measures-2025-0{n}" for n in (3, 4)} | {"2025-05": "measures"}
    for month, name in files.items():
        got = load(tmp_path / "out" / f"{name}.json")
        assert list(oracle.differences(got, oracle.expected(SHIPPED, month))) == []
    run = load(tmp_path / "out" / "run.json")
    assert set(run["visits"]) <= {"ok", "ok_nothing_new"}


def test_nothing_is_left_running(finished: Path) -> None:
    for entry in Path("/proc").iterdir():
        command = entry / "cmdline"
        if entry.name.isdigit() and command.exists():
            assert str(finished).encode() not in command.read_bytes()


def test_it_is_found_again_after_a_restart(finished: Path) -> None:
    """Nothing is collected a second time, and the measures stay."""
    world = ("--world", str(finished / "two.jsonl.gz"))
    with demo(finished, "--keep", *world, "--out", str(finished / "again")) as process:
        wait_until((finished / "again" / "run.json").exists, process=process)
    one, two = (load(finished / name / "run.json") for name in ("out", "again"))
    assert one["items"] == two["items"]
    same = [(finished / name / "measures.json").read_text() for name in ("out", "again")]
    assert same[0] == same[1]


@pytest.mark.parametrize(("world", "killed"), WORLDS)
def test_killed_parts_change_nothing(world: Path | None, killed: list[str], tmp_path: Path) -> None:
    """Crawler, writer and both servers are killed while it runs; the result is the same."""
    out = tmp_path / "out"
    if world is None:
        world = tmp_path / "eight.jsonl.gz"
        world.write_bytes(generate(7, 8, "2025-05"))
    args = ["--world", str(world), "--period", "2025-05", "--out", str(out), "--keep"]
    with demo(tmp_path, *args) as process:
        for name in killed:
            (pid,) = wait_until(lambda name=name: parts(process, name), process=process)
            os.kill(pid, signal.SIGKILL)
            before = pid
            wait_until(lambda n=name, b=before: set(parts(process, n)) - {b}, process=process)
        wait_until((out / "run.json").exists, process=process)
        with database(tmp_path) as db:
            assert_each_once(db)
            assert db.visits.count_documents({"outcome": None}) == 0
    got = load(out / "measures.json")
    assert list(oracle.differences(got, oracle.expected(world, "2025-05"))) == []


def assert_each_once(db: object) -> None:
    """No post twice, and one reading of a subject for a slot."""
    for name in ("post_readings", "account_readings"):
        found = Counter((r.get("post") or r.get("account"), r["slot"]) for r in db[name].find())  # type: ignore[index]
        assert found
        assert max(found.values()) == 1
