"""From a score to a raw answer, from a question to ranks, from a draft to an issue."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from embedded import running_servers
from tests.cityreach.in_process import command as cityreach
from tests.cityreach.in_process import within as inside
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
    told = inside(kept, "explain", city, *MONTH, "--node", leaf["code"], "--depth", "1").stdout
    assert "in the panel" in told
    short = posts[0]["raw"][0][:12]
    assert f"{posts[0]['url']}  raw {short}" in told
    raw = inside(kept, "raw", short)
    assert raw.stdout == inside(kept, "raw", posts[0]["raw"][0]).stdout
    answer = json.loads(raw.stdout)
    ids = [post["id"] for post in answer["data"]]
    assert posts[0]["post"].removeprefix("facebook:") in ids


def test_an_unknown_city_or_answer_is_named(kept: Path) -> None:
    assert "not in the panel" in inside(kept, "explain", "atlantis", *MONTH).stderr
    assert "no expert ratings are loaded" in inside(kept, "explain", "nanjing", *MONTH).stderr
    assert inside(kept, "raw", "0" * 64).returncode == 1


def test_a_city_without_a_score_is_told_and_ends_as_top_does(kept: Path) -> None:
    never = ("--period", "2024-01")
    ended = [inside(kept, *words, *never).returncode for words in (("top",), ("explain", "南京"))]
    assert ended == [3, 3]
    assert inside(kept, "explain", "南京", *never, "--json").returncode == 3


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


def test_how_far_ranks_can_be_relied_on(kept: Path) -> None:
    few = (*MONTH, "--runs", "50")
    top = ask(kept, "analyse", "chances", *few)
    assert sum(row["in_top_ten"] for row in top) == pytest.approx(10, abs=1)
    pairs = ask(kept, "analyse", "chances", "nanjing", *few)
    assert all(0 <= pair["ahead"] <= 1 for pair in pairs)
    assert ask(kept, "analyse", "indicators", *MONTH)["removals"]
    smaller = ask(kept, "analyse", "panel", *MONTH, "--without", "nanjing")
    assert smaller["removed"] == ["nanjing"]
    assert smaller["agreement"]["tau"] > 0.8
    assert ask(kept, "analyse", "screening", *MONTH)
    assert max(own["score"] for own in ask(kept, "analyse", "own-weights", *MONTH)) == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("panel", "--without", "atlantis"), "not in the panel"),
        (("panel", "--merge", "nanjing"), "expected CITY=INTO"),
        (("chances", "--lang", "fr"), "'zh', 'en'"),
        (("own-weights", "--least", "0.9"), "cannot share a score so"),
        (("chances", "--scope", "myspace"), "myspace"),
    ],
)
def test_studies_that_cannot_be_made_say_why(kept: Path, args: tuple[str, ...], said: str) -> None:
    done = inside(kept, "analyse", args[0], *MONTH, *args[1:])
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_studies_are_sentences_in_the_language_asked_for(kept: Path) -> None:
    said = inside(kept, "analyse", "chances", "南京", *MONTH, "--runs", "50", "--lang", "zh")
    assert said.stdout.splitlines()[0].startswith("南京在")
    assert "的运算中领先于" in said.stdout
    for command in ("screening", "panel"):
        assert inside(kept, "analyse", command, *MONTH, "--lang", "zh").stdout.endswith("。\n")


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


@pytest.fixture
def publishing(kept: Path) -> Iterator[Path]:
    """The demo; what a test publishes and imports there is taken away again."""
    yield kept
    servers = running_servers(kept / "demo")
    assert servers is not None
    with MongoClient[dict[str, Any]](servers.mongo_uri) as client:
        for name in ("issues", "issue_bases", "ratings", "rating_sheets", "rating_locks"):
            client["cityreach_demo"][name].delete_many({})


def rate(kept: Path, folder: Path) -> str:
    """Ratings of one city."""
    sheet = folder / "ratings.csv"
    rated = [f"nanjing,{p},2025-05,r1,5" for p in ("facebook", "x", "youtube", "instagram")]
    sheet.write_text("city,platform,period,rater,quality\n" + "\n".join(rated) + "\n")
    assert "dry run" in inside(kept, "ratings", "import", str(sheet), "--dry-run").stderr
    taken = inside(kept, "ratings", "import", str(sheet)).stderr
    assert "0 values added, 4 as before" in inside(kept, "ratings", "import", str(sheet)).stderr
    return taken


def test_an_issue_never_changes_silently(publishing: Path, tmp_path: Path) -> None:
    kept = publishing
    asked = inside(kept, "issue", "check", *MONTH)
    assert (asked.returncode, "ratings" in asked.stdout) == (3, True)
    for verb in ("draft", "freeze"):
        assert inside(kept, "issue", verb, *MONTH).returncode == 2
    reason = ("--despite", "no panel this month")
    assert inside(kept, "issue", "draft", *MONTH, *reason).returncode == 0
    assert "withdrawn" in inside(kept, "issue", "withdraw", *MONTH).stderr
    assert ask(kept, "issue", "list") == []
    for verb, more in (("draft", reason), ("draft", reason), ("freeze", ())):
        assert inside(kept, "issue", verb, *MONTH, *more).returncode == 0
    frozen = json.loads(inside(kept, "issue", "show", *MONTH, "--revision", "0").stdout)
    assert (frozen["state"], frozen["revision"], frozen["despite"]) == ("frozen", 0, reason[1])
    for command, told in (
        (("draft",), "revise it"),
        (("freeze",), "frozen already"),
        (("revise", "--reason", " "), "reason"),
        (("withdraw",), "stays"),
    ):
        verb, *args = command
        done = inside(kept, "issue", verb, *MONTH, *args)
        assert (done.returncode, told in done.stderr) == (2, True)
    assert [(row["period"], row["revision"]) for row in ask(kept, "issue", "list")] == [
        ("2025-05", 0)
    ]


def test_what_is_published_is_what_is_shown(publishing: Path, tmp_path: Path) -> None:
    kept = publishing
    for verb in ("draft", "freeze"):
        assert inside(kept, "issue", verb, *MONTH, "--despite", "a trial").returncode == 0
    published, measured = ask(kept, "top", *MONTH), ask(kept, "measures", *MONTH)
    taken = rate(kept, tmp_path)
    assert "4 values added" in taken
    assert "2025-05 giu is frozen (revision 0): the values wait" in taken
    for command in ("top", "score", "whatif", "robust", "explain"):
        more = {
            "explain": ["nanjing"],
            "robust": ["--runs", "20", "--no-shares"],
            "whatif": ["--weight", "x=0.5"],
        }.get(command, [])
        shown = inside(kept, command, *more, *MONTH)
        assert "2025-05: frozen, revision 0 of " in shown.stderr
        assert "late ratings" in shown.stderr
        live = inside(kept, command, *more, *MONTH, "--live")
        assert (live.returncode, "frozen" in live.stderr) == (shown.returncode, False)
    assert ask(kept, "top", *MONTH) == published
    assert ask(kept, "measures", *MONTH) == measured
    assert ask(kept, "top", *MONTH, "--live") != published
    indices = {row["city"]: row["index"] for row in ask(kept, "score", *MONTH)}
    assert ask(kept, "explain", "nanjing", *MONTH)["score"] == indices["nanjing"]
    assert any(row["city"] == "nanjing" for row in ask(kept, "issue", "diff", *MONTH))
    assert "frozen, revision 0" in inside(kept, "measures", *MONTH).stderr
    again = ("issue", "revise", *MONTH, "--reason", "late ratings", "--despite", "a trial")
    assert inside(kept, *again).returncode == 0
    assert "frozen, revision 1" in inside(kept, "top", *MONTH).stderr
    assert ask(kept, "issue", "diff", *MONTH) == []
    assert ask(kept, "issue", "diff", *MONTH, "--from", "0", "--to", "1")


def test_a_month_that_is_not_over_is_not_published(kept: Path) -> None:
    """As `03-freeze-open-month` of the cases."""
    month = ("--period", "2027-03")
    for verb in ("draft", "freeze"):
        done = inside(kept, "issue", verb, *month)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    told = inside(kept, "issue", "draft", *month).stderr
    assert "2027-03 is not cut off before 2027-04-04 00:00 +08:00" in told
    assert all(row["period"] != "2027-03" for row in ask(kept, "issue", "list"))
    top = inside(kept, "top", *month)
    assert (top.returncode, json.loads(inside(kept, "top", *month, "--json").stdout)) == (3, [])
    assert "provisional: begins at 2027-03-01 00:00 +08:00" in top.stderr
    assert "20 cities are not ranked: none of their accounts was read" in top.stderr


@pytest.mark.parametrize(
    "scope", ["Facebook", "脸书", "facebook_interact", "X", "综合指数", "综合"]
)
def test_every_inner_node_can_be_charted(kept: Path, scope: str) -> None:
    assert len(ask(kept, "top", *MONTH, "--scope", scope)) == 10


def test_wrong_scopes_and_orders_are_refused(kept: Path) -> None:
    for scope, told in (("orkut", "facebook_interact"), ("Interact", "youtube_interact")):
        done = inside(kept, "top", *MONTH, "--scope", scope)
        assert (done.returncode, told in done.stderr) == (2, True)
    done = inside(kept, "diff", "2025-05", "2025-04")
    assert (done.returncode, "the earlier month first" in done.stderr) == (2, True)


@pytest.mark.parametrize("method", ["comm-power-100", "network-image-2025", "influence-2020"])
def test_a_method_without_its_outside_data_gives_no_ranking(kept: Path, method: str) -> None:
    month = ("--period", "2025-04")
    for command in ("top", "score", "robust"):
        done = inside(kept, command, *month, "--method", method)
        assert (done.returncode, "`cityreach indicators import` takes them" in done.stderr) == (
            2,
            True,
        )


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
    for value, told in ((10, "1 value added"), (11, "1 value added"), (11, "0 values added")):
        sheet.write_text(
            f"city,period,code,value,source\nbeijing,2025-05,media_articles,{value},desk\n"
        )
        assert told in inside(kept, "indicators", "import", str(sheet)).stderr


def test_unknown_codes_of_indicators_are_refused_with_the_known_ones(
    kept: Path, tmp_path: Path
) -> None:
    sheet, own = tmp_path / "indicators.csv", tmp_path / "own.toml"
    sheet.write_text("city,period,code,value,source\nbeijing,2025-05,my_code,1,desk\n")
    done = inside(kept, "indicators", "import", str(sheet))
    assert done.returncode == 2
    assert "unknown code 'my_code'; expected one of " in done.stderr
    assert "media_articles" in done.stderr
    own.write_text('id = "own"\n[[indicator]]\ncode = "my_code"\nparent = "index"\n', "utf-8")
    more = ("--method", str(own), "--dry-run")
    assert inside(kept, "indicators", "import", str(sheet), *more).returncode == 0


def test_a_panel_is_kept_once(kept: Path) -> None:
    assert "is kept now" in inside(kept, "panel", "freeze", *MONTH).stderr
    assert "was kept already" in inside(kept, "panel", "freeze", *MONTH).stderr
    assert len(ask(kept, "panel", "show", *MONTH)["cities"]) == 20


def test_another_method_on_the_same_month(kept: Path) -> None:
    done = inside(
        kept, "top", *MONTH, "--method", "comm-power-100", "--json", "--scope", "社交媒体关注指数"
    )
    assert done.returncode in {0, 3}
    assert 0 < len(json.loads(done.stdout)) <= 20


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


@pytest.mark.slow
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
