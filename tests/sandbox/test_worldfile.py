"""Reading world files: what is right is loaded, what is wrong is named with its place."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.items import PostType
from sandbox.world.file import WorldError, load_world
from sandbox.world.model import NEVER, Counters, to_instant

WORLD = {
    "kind": "world",
    "version": 1,
    "name": "tiny",
    "start": "2025-04-28T00:00:00Z",
    "end": "2025-06-05T00:00:00Z",
    "note": "",
}
ACCOUNT = {
    "kind": "account",
    "platform": "x",
    "id": "1001",
    "handle": "demo_one",
    "name": "Demo One",
    "city": "nanjing",
    "created_at": "2020-01-01T00:00:00Z",
    "readings": [{"at": "2025-04-28T00:00:00Z", "followers": 5, "posts": 2}],
}
POST = {
    "kind": "post",
    "platform": "x",
    "account": "1001",
    "id": "2001",
    "published_at": "2025-05-01T10:00:00Z",
    "type": "photo",
    "text": "Grüße",
    "lang": "de",
    "pinned": False,
    "deleted_at": None,
    "readings": [
        {"at": "2025-05-01T10:00:00Z", "likes": 0},
        {"at": "2025-05-02T10:00:00Z", "likes": 7, "reactions": {"love": 3}},
    ],
}


def write(folder: Path, *lines: Any, name: str = "tiny.jsonl") -> Path:
    """A world file of these lines; text is written as it is."""
    path = folder / name
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return path


def test_loads_accounts_posts_and_counters(tmp_path: Path) -> None:
    world = load_world(write(tmp_path, WORLD, ACCOUNT, POST))
    account = world.accounts["x"]["1001"]
    post = world.posts["x"]["2001"]
    assert (world.name, world.start.isoformat()) == ("tiny", "2025-04-28T00:00:00+00:00")
    assert world.handles["x"]["demo_one"] is account
    assert account.posts == [post]
    assert post.account is account
    assert (post.type, post.text, post.gone) == (PostType.PHOTO, "Grüße", NEVER)
    assert post.counters.at(post.published) == {"likes": 0}
    assert post.counters.at(NEVER) == {"likes": 7, "reaction:love": 3}


def test_a_gzipped_file_is_the_same_world_whatever_its_name(tmp_path: Path) -> None:
    plain = write(tmp_path, WORLD, ACCOUNT, POST)
    zipped = tmp_path / "other.name"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    assert load_world(zipped).posts["x"].keys() == load_world(plain).posts["x"].keys()


def test_a_post_may_stand_before_its_account(tmp_path: Path) -> None:
    world = load_world(write(tmp_path, WORLD, POST, ACCOUNT))
    assert [post.id for post in world.accounts["x"]["1001"].posts] == ["2001"]


def test_readings_need_not_be_in_order(tmp_path: Path) -> None:
    post = {**POST, "readings": POST["readings"][::-1]}  # type: ignore[index]
    world = load_world(write(tmp_path, WORLD, ACCOUNT, post))
    assert world.posts["x"]["2001"].counters.at(0) == {"likes": 0}


def without(line: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != key}


def reading(**changes: Any) -> dict[str, Any]:
    return {**POST, "readings": [{"at": "2025-05-01T10:00:00Z", **changes}]}


BROKEN = [
    ((), 0, "", "empty"),
    ((ACCOUNT,), 1, "kind", "world's own line"),
    ((WORLD, WORLD), 2, "kind", "second world"),
    (({**WORLD, "version": 2},), 1, "version", "2"),
    (({**WORLD, "end": WORLD["start"]},), 1, "end", "after 'start'"),
    (({**WORLD, "start": "2025-04-28T08:00:00+08:00"},), 1, "start", "UTC"),
    (({**WORLD, "start": "2025-04-28T08:00:00"},), 1, "start", "timezone"),
    ((WORLD, "{nonsense"), 2, "", "malformed"),
    ((WORLD, ""), 2, "", "truncated"),
    ((WORLD, {"kind": "account"}), 2, "platform", "missing"),
    ((WORLD, {"kind": "page"}), 2, "kind", "page"),
    ((WORLD, {**ACCOUNT, "colour": 1}), 2, "colour", "unknown field"),
    ((WORLD, {**ACCOUNT, "platform": "nowhere"}), 2, "platform", "nowhere"),
    ((WORLD, {**ACCOUNT, "id": 1001}), 2, "id", "Expected `str`"),
    ((WORLD, {**ACCOUNT, "id": "one"}), 2, "id", "not an account id"),
    ((WORLD, {**ACCOUNT, "platform": "youtube"}), 2, "id", "not an account id of youtube"),
    ((WORLD, ACCOUNT, {**ACCOUNT, "handle": "other"}), 3, "id", "duplicate"),
    ((WORLD, ACCOUNT, {**ACCOUNT, "id": "1002", "handle": "DEMO_ONE"}), 3, "handle", "duplicate"),
    ((WORLD, ACCOUNT, {**POST, "account": "9"}), 3, "account", "unknown x account"),
    ((WORLD, ACCOUNT, {**POST, "platform": "tiktok"}), 3, "account", "unknown tiktok account"),
    ((WORLD, ACCOUNT, POST, POST), 4, "id", "duplicate"),
    ((WORLD, ACCOUNT, {**POST, "id": "a-b"}), 3, "id", "not a post id"),
    ((WORLD, ACCOUNT, {**POST, "type": "gif"}), 3, "type", "gif"),
    ((WORLD, ACCOUNT, {**POST, "pinned": 0}), 3, "pinned", "bool"),
    ((WORLD, ACCOUNT, {**POST, "published_at": "yesterday"}), 3, "published_at", "datetime"),
    ((WORLD, ACCOUNT, {**POST, "deleted_at": "2025-04-30T00:00:00Z"}), 3, "deleted_at", "after"),
    ((WORLD, ACCOUNT, without(POST, "lang")), 3, "lang", "missing"),
    ((WORLD, ACCOUNT, reading(likes=-1)), 3, "readings[0].likes", ">= 0"),
    ((WORLD, ACCOUNT, reading(likes=None)), 3, "readings[0].likes", "null"),
    ((WORLD, ACCOUNT, reading(likes=1.5)), 3, "readings[0].likes", "float"),
    ((WORLD, ACCOUNT, reading(likes=2**63)), 3, "readings[0].likes", "<= 9223372036854775807"),
    ((WORLD, ACCOUNT, reading(plays=3)), 3, "readings[0].plays", "unknown field"),
    ((WORLD, ACCOUNT, reading(followers=3)), 3, "readings[0].followers", "unknown field"),
    ((WORLD, ACCOUNT, reading(at="2025-05-01T10:00:00+08:00")), 3, "readings[0].at", "UTC"),
    ((WORLD, {**ACCOUNT, "readings": [{"at": "x"}]}), 2, "readings[0].at", "datetime"),
]


@pytest.mark.parametrize(("lines", "line", "key", "words"), BROKEN)
def test_names_file_line_and_key_of_what_is_wrong(
    tmp_path: Path, lines: tuple[Any, ...], line: int, key: str, words: str
) -> None:
    with pytest.raises(WorldError) as caught:
        load_world(write(tmp_path, *lines))
    error = caught.value
    assert (error.file, error.line, error.key) == ("tiny.jsonl", line, key)
    assert words in str(error)
    assert "tiny.jsonl" in str(error)


def test_a_facebook_post_must_carry_its_pages_id(tmp_path: Path) -> None:
    page = {**ACCOUNT, "platform": "facebook", "id": "100100"}
    right = {**POST, "platform": "facebook", "account": "100100", "id": "100100_5"}
    assert "100100_5" in load_world(write(tmp_path, WORLD, page, right)).posts["facebook"]
    with pytest.raises(WorldError, match="not a post id"):
        load_world(write(tmp_path, WORLD, page, {**right, "id": "100200_5"}))


def test_a_damaged_archive_and_bad_bytes_are_named(tmp_path: Path) -> None:
    plain = write(tmp_path, WORLD, ACCOUNT, POST)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(plain.read_bytes())[:-12])
    with pytest.raises(WorldError, match=r"cut\.gz"):
        load_world(cut)
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes(plain.read_bytes()[:-1].replace(b'"lang"', b'"\xfc"'))
    with pytest.raises(WorldError, match="line 3"):
        load_world(latin)
    with pytest.raises(WorldError, match="cannot be read"):
        load_world(tmp_path / "absent.jsonl")


times = st.integers(-(10**15), 10**15)
rows = st.lists(
    st.tuples(times, st.dictionaries(st.sampled_from("abc"), st.integers(0, 2**63 - 1))),
    max_size=8,
    unique_by=lambda row: row[0],
)


@given(rows, times)
def test_counters_are_a_step_function(readings: list[tuple[int, dict[str, int]]], now: int) -> None:
    counters = Counters(readings)
    before = [row for row in sorted(readings) if row[0] <= now]
    expected = before[-1][1] if before else (sorted(readings)[0][1] if readings else {})
    assert counters.at(now) == expected


def test_an_instant_is_exact() -> None:
    assert to_instant(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
