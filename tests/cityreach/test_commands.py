"""Commands as a user types them: bad input is named, nothing is half done."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from tests.cityreach.demo_process import cityreach, inside

HEADER = "city,platform,handle,id,name,class,primary,source,note\n"
GOOD = "nanjing,x,DiscoverNanjing,1234,Discover Nanjing,main,yes,own,\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["demo", "--world", "nowhere.jsonl"], "nowhere.jsonl: there is no such file"),
        (["demo", "--period", "2025-13"], "expected YYYY-MM"),
        (["demo", "--period", "2019-01"], "knows 2025-02-26"),
        (["demo", "--route", "sea"], "--route sea"),
        (["sandbox", "--world", "nowhere.jsonl"], "there is no such file"),
        (["measures", "--period", "May"], "expected YYYY-MM"),
        (["index", "--method", "giu", "--input", "nowhere.csv"], "there is no such file"),
        (["index", "--method", "nowhere", "--input", __file__], "nowhere"),
        (["crawl", "--platform", "friendster"], "expected one of"),
        (["score"], "--period"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(args: list[str], told: str, kept: Path) -> None:
    done = cityreach(*args, data=kept)
    assert done.returncode == 2, done.stderr
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["measures", "top", "score"])
def test_without_servers_it_says_what_to_start(command: str, tmp_path: Path) -> None:
    done = cityreach(command, "--period", "2025-05", data=tmp_path)
    assert done.returncode == 1
    assert "cityreach up" in done.stderr


def test_a_broken_world_is_named_by_line(tmp_path: Path) -> None:
    world = tmp_path / "w.jsonl"
    world.write_text(
        '{"kind":"world","version":1,"name":"w","start":"2025-05-01T00:00:00Z",'
        '"end":"2025-06-08T00:00:00Z","note":""}\n{"kind":"acount"}\n'
    )
    out = tmp_path / "out"
    done = cityreach("demo", "--world", str(world), "--out", str(out), data=tmp_path)
    assert done.returncode == 2
    assert "w.jsonl, line 2: key 'kind'" in done.stderr
    assert "expected" in done.stderr
    assert not out.exists()


def test_a_broken_setting_is_named(tmp_path: Path) -> None:
    done = cityreach("doctor", data=tmp_path, CITYREACH_COLOUR="blue")
    assert done.returncode == 2
    assert "CITYREACH_COLOUR: there is no such setting" in done.stderr


def test_another_shell_sees_the_same_numbers(kept: Path) -> None:
    done = inside(kept, "measures", "--period", "2025-05", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((kept / "out" / "measures.json").read_text())


@pytest.mark.parametrize("scope", ["composite", "youtube"])
def test_top_lists_in_three_forms(kept: Path, scope: str) -> None:
    base = ("top", "--period", "2025-05", "--scope", scope, "-n", "3")
    rows = json.loads(inside(kept, *base, "--json").stdout)
    assert [row["rank"] for row in rows] == [1, 2, 3]
    csv = inside(kept, *base, "--csv").stdout.splitlines()
    assert csv[0].startswith("period,method,scope,rank")
    assert len(csv) == 4
    table = inside(kept, *base)
    assert rows[0]["name_zh"] in table.stdout
    assert rows[0]["name_en"] in table.stdout
    unordered = json.loads(inside(kept, *base, "--unordered", "--json").stdout)
    assert {row["rank"] for row in unordered} == {None}


def test_status_shows_every_platform_and_no_secret(kept: Path) -> None:
    done = inside(kept, "status", "--json")
    assert done.returncode == 0, done.stderr
    state = json.loads(done.stdout)
    assert {row["platform"] for row in state["platforms"]} == {
        "facebook",
        "x",
        "instagram",
        "youtube",
        "tiktok",
    }
    assert all(row["posts"] and row["last_success"] for row in state["platforms"])


def test_accounts_go_in_and_out(kept: Path, tmp_path: Path) -> None:
    """In a database of the test's own: the demo's accounts stay as the other tests expect them."""

    def accounts(*args: str) -> subprocess.CompletedProcess[str]:
        return inside(kept, "accounts", *args, database="cityreach_accounts")

    before = json.loads(accounts("list", "--json").stdout)
    file = tmp_path / "accounts.csv"
    file.write_text(HEADER + GOOD + "atlantis,x,Deep,99,Deep,main,yes,own,\n")
    refused = accounts("import", str(file))
    assert refused.returncode == 2
    assert "atlantis" in refused.stderr
    assert "3" in refused.stderr
    file.write_text(HEADER + GOOD)
    told = accounts("import", str(file), "--dry-run").stderr
    assert "1 account is in order: 1 new, 0 changed, 0 as before; nothing was imported" in told
    assert json.loads(accounts("list", "--json").stdout) == before
    assert accounts("import", str(file)).returncode == 0
    after = json.loads(accounts("list", "--json").stdout)
    assert len(after) == len(before) + 1
    assert "0 new, 0 changed, 1 as before" in accounts("import", str(file), "--dry-run").stderr
    file.write_text(HEADER + GOOD.replace("own,", "own,a note"))
    assert "0 new, 1 changed, 0 as before" in accounts("import", str(file), "--dry-run").stderr
    out = tmp_path / "out.csv"
    assert accounts("export", "--out", str(out)).returncode == 0
    assert accounts("import", str(out), "--dry-run").returncode == 0


def test_doctor_names_every_missing_credential(tmp_path: Path) -> None:
    done = cityreach("doctor", "--json", data=tmp_path)
    assert done.returncode == 1
    found = {row["name"]: row for row in json.loads(done.stdout)}
    assert not found["youtube"]["ok"]
    assert "CITYREACH_YOUTUBE__TOKENS" in found["youtube"]["text"]
    assert found["youtube"]["remedy"]
    enabled = {
        f"CITYREACH_{n}__ENABLED": "false"
        for n in ("FACEBOOK", "X", "INSTAGRAM", "YOUTUBE", "TIKTOK")
    }
    assert cityreach("doctor", data=tmp_path, **enabled).returncode == 0


def test_measures_as_csv_have_the_same_columns_in_every_month(kept: Path) -> None:
    full = inside(kept, "measures", "--period", "2025-05", "--csv")
    empty = inside(kept, "measures", "--period", "2024-01", "--csv")
    assert (full.returncode, empty.returncode) == (0, 0), full.stderr + empty.stderr
    truth = json.loads((kept / "out" / "measures.json").read_text("utf-8"))
    rows = list(csv.DictReader(io.StringIO(full.stdout)))
    assert [row["account"] for row in rows] == [row["account"] for row in truth]
    assert full.stdout.splitlines()[0] == empty.stdout.splitlines()[0]
    for row, true in zip(rows, truth, strict=True):
        assert None not in row.values()
        types = {k[6:]: int(v) for k, v in row.items() if k.startswith("types.") and v not in "0"}
        assert types == (true["types"] or {})


def test_piped_tables_hold_whole_numbers(kept: Path) -> None:
    done = inside(kept, "measures", "--period", "2025-05")
    truth = json.loads((kept / "out" / "measures.json").read_text("utf-8"))
    for row in truth:
        if row["interactions"] is not None:
            assert f"{row['interactions']:,}" in done.stdout
