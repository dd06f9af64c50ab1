"""Words and numbers in the reader's language; assets that are what was looked at."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from portal.asking.words import Words, catalogue, chosen_language
from portal.web.drawing import STATIC, as_json
from tests.portal.web.messages import messages


@pytest.mark.slow
def test_every_message_is_translated() -> None:
    known = catalogue("zh")
    assert [message for message in messages() if message not in known] == []


def test_a_translation_takes_the_same_values() -> None:
    for language in ("zh", "en"):
        for message, told in catalogue(language).items():
            wanted, got = (set(re.findall(r"\{(\w+)\}", text)) for text in (message, told))
            assert wanted == got, message


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0", "0"),
        (9999, "9,999", "9,999"),
        (357_800, "35.78万", "357.8K"),
        (123_456_789, "1.235亿", "123.5M"),
        (-42_000, "-4.2万", "-42K"),
        (None, "—", "—"),
    ],
)
def test_numbers_in_the_readers_way(value: int | None, zh: str, en: str) -> None:
    assert Words("zh", "Asia/Shanghai").short(value) == zh
    assert Words("en", "Asia/Shanghai").short(value) == en


def test_a_share_is_never_rounded_up_to_all() -> None:
    words = Words("en", "Asia/Shanghai")
    assert words.percent(0.9999) == "> 99 %"
    assert words.percent(1.0) == "100 %"
    assert words.percent(None) == "—"


@pytest.mark.parametrize(
    ("stored", "accepted", "expected"),
    [
        ("en", "zh-CN,zh", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "fr,en-US;q=0.7", "en"),
        (None, "", "zh"),
        ("xx", "fr", "zh"),
    ],
)
def test_the_language(stored: str | None, accepted: str, expected: str) -> None:
    assert chosen_language(stored, accepted, "zh") == expected


def test_nothing_ends_a_charts_data() -> None:
    assert "<" not in as_json({"name": "</script><!--"})


def test_the_carried_assets_are_those_of_the_manifest() -> None:
    folder = STATIC / "vendor"
    manifest = json.loads((folder / "MANIFEST.json").read_text("utf-8"))
    listed = {name: digest for one in manifest for name, digest in one["files"].items()}
    there = {path.name for path in folder.iterdir()} - {"MANIFEST.json"}
    assert there == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert {one["licence"] for one in manifest} <= {"0BSD", "MIT", "Apache-2.0"}
    assert all(any("LICENSE" in name for name in one["files"]) for one in manifest)


def test_no_page_asks_another_host() -> None:
    for path in [*STATIC.glob("*.*"), *STATIC.parent.joinpath("templates").glob("*")]:
        assert not re.search(
            r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", path.read_text("utf-8")
        )
