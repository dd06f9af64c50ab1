"""Whatever comes: a named error or rows whose every number stands in the answer."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import CrawlError
from crawler.platforms.youtube.platform import PLATFORM
from crawler.platforms.youtube.web_page import number_in
from model.items import Mapped
from model.messages import Outcome
from tests.crawler.platforms.fixture_cases import cases
from tests.crawler.platforms.youtube.directory import NOW

pytestmark = pytest.mark.slow

SOURCES = [next(case.glob("input.*")) for case in cases("youtube")]
BODIES = {source.parent.name: source.read_bytes() for source in SOURCES}
TREES = {
    source.parent.name: msgspec.json.decode(source.read_bytes())
    for source in SOURCES
    if source.suffix == ".json"
}
NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**64 - 1),
    st.sampled_from(
        ["", "-1", "1e9", "9223372036854775808", "NaN", "0019-01-01T00:00:00Z", "٣", "½"]
    ),
    st.text(max_size=8),
    st.builds(list),
    st.builds(dict),
    st.builds(lambda: [{"kind": []}]),
    st.floats(allow_nan=False, allow_infinity=False),
)


def outcome(body: bytes) -> str:
    """The error's outcome, or `mapped`. Any other exception fails the test."""
    try:
        checked(body)
    except CrawlError as error:
        return error.outcome.value
    return "mapped"


def checked(body: bytes) -> Mapped:
    """Maps, and compares every number with the digits of the answer. Raises CrawlError."""
    mapped = PLATFORM.map(body, NOW)
    digits = re.sub(r"\D", "", body.decode("utf-8", errors="replace"))
    counts = [*(row.counts for row in mapped.accounts), *(row.counts for row in mapped.posts)]
    for name, count in (pair for row in counts for pair in row.items()):
        if count.value is not None:
            assert str(count.value).rstrip("0") in digits, name
            assert 0 <= count.value < 2**63
            assert count.value or re.search(rb"(?<!\d)0(?!\d)", body), name
    return mapped


def places(tree: Any) -> list[tuple[Any, Any]]:
    """(container, key) of every value in a tree."""
    found: list[tuple[Any, Any]] = []
    pending = [tree]
    while pending:
        node = pending.pop()
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in list(pairs):
            found.append((node, key))
            if isinstance(value, dict | list):
                pending.append(value)
    return found


@settings(max_examples=4 * settings().max_examples)
@given(st.sampled_from(sorted(TREES)), st.data())
def test_changed_values(name: str, data: st.DataObject) -> None:
    tree = msgspec.json.decode(msgspec.json.encode(TREES[name]))
    for _ in range(data.draw(st.integers(1, 3))):
        there = places(tree)
        if not there:
            break
        container, key = there[data.draw(st.integers(0, len(there) - 1))]
        if data.draw(st.booleans()):
            container[key] = data.draw(NASTY)
        elif isinstance(container, dict):
            del container[key]
        else:
            container.append(data.draw(NASTY))
    outcome(msgspec.json.encode(tree))


@settings(max_examples=4 * settings().max_examples)
@given(st.sampled_from(sorted(BODIES)), st.data())
def test_damaged_bytes(name: str, data: st.DataObject) -> None:
    body = BODIES[name]
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 40)))
    outcome(body[:start] + data.draw(st.binary(max_size=6)) + body[end:])


@given(st.sampled_from(sorted(BODIES)), st.floats(min_value=0.01, max_value=0.99))
def test_truncated_answers_are_never_taken_for_whole(name: str, share: float) -> None:
    body = BODIES[name].rstrip()
    cut = body[: int(len(body) * share)]
    if not cut.endswith(b"}"):
        assert outcome(cut) != "mapped" or b"ytInitial" in cut


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    outcome(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "empty_unexpected"),
        (b" \r\n ", "empty_unexpected"),
        (b"\xef\xbb\xbf", "empty_unexpected"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "changed_shape"),
        (b"null", "changed_shape"),
        (b"[]", "changed_shape"),
        (b"{}", "changed_shape"),
        (b'{"kind": "youtube#searchListResponse", "items": []}', "changed_shape"),
        (b'{"kind": ["youtube#video"]}', "changed_shape"),
        (b'{"kind": "youtube#videoListResponse"}', "changed_shape"),
        (b'{"kind": "youtube#videoListResponse", "items": []}', "empty_unexpected"),
        (
            b'{"kind": "youtube#videoListResponse", "items": [], "pageInfo": {"totalResults": 5}}',
            "empty_unexpected",
        ),
        (b'{"data": [{"id": "1", "public_metrics": {"like_count": 5}}]}', "changed_shape"),
        (b'{"kind": "youtube#videoListResponse", "items": NaN}', "changed_shape"),
        (b"[" * 100_000, "changed_shape"),
        (b'{"contents":' * 100_000, "changed_shape"),
        (b"<feed></feed>", "changed_shape"),
        (b"<feed", "changed_shape"),
        (b"<?xml version='1.0' encoding='utf-16'?><a></feed>", "changed_shape"),
        (b"<?xml version='1.0'?>\xff</feed>", "changed_shape"),
        (b"<html><title>Something</title></html>", "changed_shape"),
        (b"<script>var ytInitialData = {;</script>", "changed_shape"),
        (b"<script>var ytInitialData = {};</script>", "changed_shape"),
        (b'<script>var ytInitialData = {"a": NaN};</script>', "changed_shape"),
        (b"<script>var ytInitialData = " + b'{"a":' * 100_000, "changed_shape"),
        (b"<title>Before</title><form action=https://consent.youtube.com/s>", "challenge"),
        (b"<title>Sorry</title>unusual traffic from your computer network", "challenge"),
        (b"<a href='https://accounts.google.com/ServiceLogin?x'>Sign in</a>", "login_wall"),
        (b"<script>ytcfg.set({})</script><a href=/ServiceLogin>Sign in</a>", "changed_shape"),
        (b"<title>Error 404 (Not Found)!!1</title>", "gone"),
        (b'{"playabilityStatus": {"status": "ERROR", "reason": "Video unavailable"}}', "gone"),
        (
            b'{"playabilityStatus": {"status": "LOGIN_REQUIRED", "reason": "It is private"}}',
            "gone",
        ),
        (
            b'{"playabilityStatus": {"status": "LOGIN_REQUIRED", "reason": "Sign in to confirm'
            b' you are not a bot"}}',
            "challenge",
        ),
        (b'{"playabilityStatus": {"status": "LOGIN_REQUIRED"}}', "login_wall"),
        (b'{"playabilityStatus": {"status": "UNPLAYABLE"}}', "forbidden"),
        (b'{"playabilityStatus": {"status": "OK"}}', "changed_shape"),
        (b'{"alerts": [{"alertRenderer": {"type": "ERROR", "text": "No."}}]}', "gone"),
        (b'{"alerts": [{"alertRenderer": {"type": "INFO"}}]}', "changed_shape"),
        (b'{"playerResponse": [], "response": 7}', "changed_shape"),
    ],
)
def test_bad_answers_have_their_outcome(body: bytes, expected: str) -> None:
    assert outcome(body) == expected


def test_a_large_answer_of_another_kind_is_refused() -> None:
    body = msgspec.json.encode({"items": [{"text": "x" * 100}] * 100_000})
    assert len(body) > 10_000_000
    assert outcome(body) == "changed_shape"


def test_wrong_encodings_are_refused() -> None:
    body = BODIES["videos"].decode()
    assert outcome(body.encode("utf-16")) == "changed_shape"
    assert outcome(body.replace("A walk", "Å walk").encode("latin-1")) == "changed_shape"


def test_outcomes_are_named() -> None:
    assert outcome(b"{}") in set(Outcome)


@pytest.mark.parametrize(
    ("parts", "value"),
    [(["482", " comments"], 482), (["Views: ", "1,234"], 1234), (["482", "482"], None)],
)
def test_no_number_comes_of_the_ends_of_two_texts(parts: list[str], value: int | None) -> None:
    found = number_in({"runs": [{"text": part} for part in parts]}, "en")
    assert (found and found.value) == value
