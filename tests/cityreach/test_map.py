"""`map` on recorded answers: every demanded row and count, nothing wrong, nothing invented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from operations.replay import mapped_answer
from tests.cityreach.demo_process import cityreach
from tests.shared import PAYLOADS

AT = datetime(2026, 11, 1, tzinfo=UTC)
JUDGED = {"likes", "comments", "shares", "views", "plays", "saves", "followers", "posts"}
LIST = PAYLOADS / "expected.json"
ENTRIES = (
    [e for e in json.loads(LIST.read_text("utf-8")) if e["form"] in {"answer", "calls", "fragment"}]
    if LIST.is_file()
    else []
)
ERRORS = [
    ("youtube", "dataapi_error_keyInvalid.json", {"token_invalid"}),
    ("youtube", "dataapi_error_permission.json", {"forbidden"}),
    ("youtube", "web_browse_channel_terminated.json", {"gone"}),
    ("youtube", "web_rss_404.html", {"gone"}),
    ("youtube", "web_browse_channel_invalid_400.json", {"gone", "changed_shape"}),
    ("facebook", "graph_error_100_ppca.json", {"forbidden"}),
    ("facebook", "graph_error_190.json", {"forbidden", "token_invalid"}),
    ("instagram", "web_profile_id_invalid.json", {"gone"}),
]


def bodies(entry: dict[str, Any]) -> Iterator[bytes]:
    data = (PAYLOADS / entry["file"]).read_bytes()
    if entry["form"] != "calls":
        yield data
        return
    for call in json.loads(data):
        yield json.dumps(call["body"], ensure_ascii=False).encode()


def rows_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        row for body in bodies(entry) for row in mapped_answer(entry["platform"], body, AT)["rows"]
    ]


def find(rows: list[dict[str, Any]], wanted: dict[str, Any]) -> dict[str, Any] | None:
    ids = {wanted["id"], *wanted.get("alias", [])}
    handle = str(wanted.get("handle")).lstrip("@").lower()
    for row in rows:
        if row["kind"] == wanted["kind"] and (
            row["id"] in ids or (row.get("handle") or "").lstrip("@").lower() == handle
        ):
            return row
    return None


@pytest.mark.shared
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e["file"])
def test_recorded_answers_give_their_rows(entry: dict[str, Any]) -> None:
    rows, complaints = rows_of(entry), []
    for wanted in entry["rows"]:
        row = find(rows, wanted)
        if row is None:
            if not wanted.get("optional"):
                complaints.append(f"{wanted['kind']} {wanted['id']}: no such row")
            continue
        rows.remove(row)
        complaints += list(judged(wanted, row))
    never = set(entry.get("not_row_ids", []))
    complaints += [
        f"{r['kind']}:{r['id']} must be no row" for r in rows if f"{r['kind']}:{r['id']}" in never
    ]
    assert complaints == []


def judged(wanted: dict[str, Any], row: dict[str, Any]) -> Iterator[str]:
    who, used = f"{wanted['kind']} {wanted['id']}", set()
    for name, value in wanted["counts"].items():
        names = [name, *wanted.get("alt_names", {}).get(name, [])]
        given = next((n for n in names if n in row["counts"]), None)
        used.add(given)
        right = {value, *wanted.get("accept", {}).get(name, [])}
        if given is None:
            if not wanted.get("optional"):
                yield f"{who} {name}: absent, expected {value}"
        elif row["counts"][given] not in right:
            yield f"{who} {name}: got {row['counts'][given]}, expected {value}"
    for name, value in row["counts"].items():
        may = wanted.get("may", {}).get(name)
        right = {may, *wanted.get("accept", {}).get(name, [])}
        if name in JUDGED and name not in used and value not in right:
            yield f"{who} {name}: got {value}, the answer has none"


@pytest.mark.shared
@pytest.mark.parametrize(("platform", "file", "outcomes"), ERRORS if ENTRIES else [])
def test_error_bodies_end_in_their_outcome(platform: Any, file: str, outcomes: set[str]) -> None:
    body = (PAYLOADS / platform / file).read_bytes()
    assert mapped_answer(platform, body, AT)["outcome"] in outcomes


ANSWER = {
    "data": [
        {
            "id": "7",
            "name": "N",
            "username": "CityN",
            "created_at": "2015-01-01T00:00:00.000Z",
            "public_metrics": {"followers_count": 12, "tweet_count": 3},
        }
    ],
}


def test_one_answer_by_command_line(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    file.write_text(json.dumps(ANSWER))
    done = cityreach("map", str(file), "--platform", "x", "--json", data=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert (row["kind"], row["platform"], row["id"], row["handle"]) == (
        "account",
        "x",
        "7",
        "CityN",
    )
    assert row["counts"]["followers"] == 12
    table = cityreach("map", str(file), "--platform", "x", data=tmp_path)
    assert "followers 12" in table.stdout


@pytest.mark.parametrize(
    ("body", "code", "outcome"),
    [
        (b"", 3, "empty_unexpected"),
        (b'{"a":1}', 1, "changed_shape"),
        (b"\x00\xff", 1, "changed_shape"),
    ],
)
def test_what_is_no_answer_is_named(body: bytes, code: int, outcome: str, tmp_path: Path) -> None:
    file = tmp_path / "broken"
    file.write_bytes(body)
    done = cityreach("map", str(file), "--platform", "youtube", "--json", data=tmp_path)
    assert done.returncode == code
    assert json.loads(done.stdout)["outcome"] == outcome


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["nowhere.json", "--platform", "x"], "cannot be read"),
        ([__file__, "--platform", "friendster"], "expected one of"),
        ([__file__, "--platform", "x", "--route", "sea"], "expected api or web"),
        ([__file__, "--platform", "x", "--observed-at", "noon"], "expected ISO 8601"),
    ],
)
def test_wrong_usage_is_named(args: list[str], told: str, tmp_path: Path) -> None:
    done = cityreach("map", *args, data=tmp_path)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
