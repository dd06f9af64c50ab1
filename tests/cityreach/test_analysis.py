"""From a score to a raw answer, from a question to ranks, from a draft to an issue."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cityreach.demo_process import cityreach, inside
from tests.shared import FOLDER

MONTH = ("--period", "2025-05")
LEVEL2 = FOLDER / "seeds" / "network_image_2025_level2_inputs.csv"


def ask(kept: Path, *args: str) -> Any:
    done = inside(kept, *args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def leaves(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [tree] if not tree["children"] else [x for c in tree["children"] for x in leaves(c)]


@pytest.mark.parametrize("city", ["nanjing", "南京", "Nanjing"])
def test_a_composite_is_walked_down_to_a_raw_answer(kept: Path, city: str) -> None:
    top = {row["city"]: row for row in ask(kept, "top", *MONTH, "-n", "30")}
    tree = ask(kept, "explain", city, *MONTH)
    assert tree["score"] == top["nanjing"]["index"]
    parts = [c["contribution"] for c in tree["children"] if c["contribution"] is not None]
    assert sum(parts) == pytest.approx(tree["score"], abs=1e-9)
    (leaf,) = [x for x in leaves(tree) if x["measure"] == "facebook:likes"]
    posts = ask(kept, "explain", city, *MONTH, "--node", leaf["code"], "--depth", "1")["posts"]
    assert sum(post["counted"] for post in posts) == leaf["value"]
    raw = inside(kept, "raw", posts[0]["raw"][0])
    answer = json.loads(raw.stdout)
    ids = [post["id"] for post in answer["data"]]
    assert posts[0]["post"].removeprefix("facebook:") in ids


def test_an_unknown_city_or_answer_is_named(kept: Path) -> None:
    assert "not in the panel" in inside(kept, "explain", "atlantis", *MONTH).stderr
    assert "no expert ratings are loaded" in inside(kept, "explain", "nanjing", *MONTH).stderr
    assert inside(kept, "raw", "0" * 64).returncode == 1


def test_changes_sum_to_the_change(kept: Path) -> None:
    for change in ask(kept, "diff", "2025-05", "2025-05"):
        assert change["rank_before"] == change["rank_after"]
        assert sum(part["points"] for part in change["parts"]) == pytest.approx(0, abs=1e-12)
    for lang in ("zh", "en"):
        told = inside(kept, "diff", "2025-04", "2025-05", "--lang", lang)
        assert told.returncode == 0
        assert len(told.stdout.splitlines()) == 20


def test_other_weights_move_cities(kept: Path) -> None:
    rows = ask(kept, "whatif", *MONTH, "--weight", "facebook=0", "--weight", "x=0")
    assert any(row["rank_before"] != row["rank_after"] for row in rows)
    wrong = inside(kept, "whatif", *MONTH, "--weight", "facebook=much")
    assert (wrong.returncode, "expected a number" in wrong.stderr) == (2, True)


def test_what_it_takes_is_enough_and_no_more(kept: Path) -> None:
    ranks = {row["city"]: row["rank"] for row in ask(kept, "top", *MONTH, "-n", "30")}
    city = next(c for c, rank in ranks.items() if rank == 12)
    found = ask(kept, "whatif", *MONTH, "--reach", f"{city}:facebook:likes")
    if found is not None:
        assert found["rank_after"] <= 10 < found["rank_before"]
        assert found["change"] > 0


def test_bands_hold_the_rank_and_repeat(kept: Path) -> None:
    one, two = (ask(kept, "top", *MONTH, "--bands", "50") for _ in range(2))
    assert one == two
    assert all(row["rank_low"] <= row["rank_high"] for row in one)


def test_a_robust_report_names_what_moves_the_ranks(kept: Path) -> None:
    report = ask(kept, "robust", *MONTH, "--runs", "50", "--no-shares")
    assert len(report["bands"]) == 20
    assert report["flags"]


def test_an_issue_never_changes_silently(kept: Path, tmp_path: Path) -> None:
    month = ("--period", "2025-04")
    for verb in ("draft", "draft", "freeze"):
        assert inside(kept, "issue", verb, *month).returncode == 0
    frozen = json.loads(inside(kept, "issue", "show", *month).stdout)
    assert (frozen["state"], frozen["revision"]) == ("frozen", 0)
    assert "revise it" in inside(kept, "issue", "draft", *month).stderr
    assert "reason" in inside(kept, "issue", "revise", *month, "--reason", " ").stderr
    sheet = tmp_path / "ratings.csv"
    rated = [f"beijing,{p},2025-04,r1,4" for p in ("facebook", "x", "youtube", "instagram")]
    sheet.write_text("city,platform,period,rater,quality\n" + "\n".join(rated) + "\n")
    assert "dry run" in inside(kept, "ratings", "import", str(sheet), "--dry-run").stderr
    assert "4 values added" in inside(kept, "ratings", "import", str(sheet)).stderr
    assert "0 values added, 4 as before" in inside(kept, "ratings", "import", str(sheet)).stderr
    listed = ask(kept, "issue", "list")
    assert [(row["period"], row["revision"]) for row in listed] == [("2025-04", 0)]


def test_wrong_ratings_are_refused_whole(kept: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "ratings.csv"
    sheet.write_text(
        "city,platform,period,rater,quality\nbeijing,x,2025-05,r1,6\nnowhere,x,2025-05,r1,3\n"
    )
    done = inside(kept, "ratings", "import", str(sheet))
    assert done.returncode == 2
    assert "nothing was imported (2 problems)" in done.stderr


def test_indicators_come_in_with_their_history(kept: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "indicators.csv"
    for value, told in ((10, "1 values added"), (11, "1 values added"), (11, "0 values added")):
        sheet.write_text(
            f"city,period,code,value,source\nbeijing,2025-05,media_articles,{value},desk\n"
        )
        assert told in inside(kept, "indicators", "import", str(sheet)).stderr


def test_a_panel_is_kept_once(kept: Path) -> None:
    assert "is kept now" in inside(kept, "panel", "freeze", *MONTH).stderr
    assert "was kept already" in inside(kept, "panel", "freeze", *MONTH).stderr
    assert len(ask(kept, "panel", "show", *MONTH)["cities"]) == 20


def test_another_method_on_the_same_month(kept: Path) -> None:
    done = inside(kept, "score", *MONTH, "--method", "comm-power-100", "--json")
    assert done.returncode in {0, 3}
    assert len(json.loads(done.stdout)) <= 20


def test_tiktok_can_be_let_into_the_composite(kept: Path) -> None:
    plain, wide = (
        ask(kept, "top", *MONTH, "-n", "20", *more) for more in ((), ("--preset", "with-tiktok"))
    )
    before = {row["city"]: row["index"] for row in plain}
    assert any(row["index"] != before[row["city"]] for row in wide)


def test_languages_are_counted_where_a_method_asks(kept: Path) -> None:
    tree = ask(kept, "explain", "nanjing", *MONTH, "--method", "comm-power-100")
    (leaf,) = [x for x in leaves(tree) if x["measure"] == "social:languages"]
    assert leaf["value"] >= 1


@pytest.mark.shared
@pytest.mark.parametrize("path", [LEVEL2] if LEVEL2.exists() else [])
def test_the_published_index_by_command_line(path: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    columns = (
        "search_volume",
        "media_volume",
        "mainstream_media",
        "social_media",
        "audience_favourability",
        "audience_attraction",
    )
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["unit", *columns])
        writer.writerows([row["city"], *(row[code] for code in columns)] for row in rows)
    args = ["index", "--method", "network-image-2025", "--input", str(source), "--out", str(out)]
    done = cityreach(*args, data=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {r["unit"]: r for r in csv.DictReader(out.read_text("utf-8").splitlines())}
    off = {
        row["city"]
        for row in rows
        if abs(float(found[row["city"]]["index"]) - float(row["reported_composite"])) > 0.0100001
    }
    assert off == {"珠海"}
    ranks = {r["city"]: (int(found[r["city"]]["rank"]), int(r["reported_rank"])) for r in rows}
    moved = {city for city, (ours, theirs) in ranks.items() if ours != theirs}
    assert {"珠海", "南京"} <= moved
    assert ranks["珠海"] == (57, 58)


def test_a_panel_of_tables_does_not_span_a_break_unless_told(tmp_path: Path) -> None:
    method = tmp_path / "m.toml"
    leaf = 'code = "v"\nparent = "index"\nmeasure = "youtube:views"\n'
    method.write_text(f'id = "m"\n[[indicator]]\n{leaf}', "utf-8")
    tables = [tmp_path / name for name in ("2026-07.csv", "views-2026-09.csv", "plain.csv")]
    for table in tables:
        table.write_text("unit,youtube:views\na,10\nb,5\n", "utf-8")
    july, september, plain = map(str, tables)
    args = ("index", "--method", str(method), "--json", "--input", september)
    refused = cityreach(*args, "--panel", july, data=tmp_path)
    assert refused.returncode == 2
    assert "2026-08-27" in refused.stderr
    assert "--across-breaks" in refused.stderr
    assert cityreach(*args, "--panel", july, "--across-breaks", data=tmp_path).returncode == 0
    unknown = cityreach(*args, "--panel", plain, data=tmp_path)
    assert (unknown.returncode, "not checked" in unknown.stderr) == (0, True)
    months = ("--month", "2026-09", "--month", "2026-10")
    told = cityreach(*args, "--panel", plain, *months, data=tmp_path)
    assert (told.returncode, "not checked" in told.stderr) == (0, False)
    assert cityreach(*args, "--panel", plain, *months[:2], data=tmp_path).returncode == 2


def test_tiers_and_other_periods_of_a_table(tmp_path: Path) -> None:
    method = tmp_path / "m.toml"
    method.write_text('id = "m"\n[[indicator]]\ncode = "likes"\nparent = "index"\n', "utf-8")
    now, before = tmp_path / "now.csv", tmp_path / "before.csv"
    now.write_text("unit,likes\na,10\nb,5\nc,0\n", "utf-8")
    before.write_text("unit,likes\na,20\nb,5\n", "utf-8")
    args = ("index", "--method", str(method), "--input", str(now), "--json")
    done = cityreach(*args, "--tiers", "1", "--panel", str(before), data=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = {row["unit"]: (row["index"], row["tier"]) for row in json.loads(done.stdout)}
    assert rows == {"a": (50.0, 1), "b": (25.0, 2), "c": (0.0, 2)}
    wrong = cityreach(*args, "--tiers", "few", data=tmp_path)
    assert (wrong.returncode, "expected numbers of units" in wrong.stderr) == (2, True)
