"""Typed reading of decoded JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import ShapeError
from crawler.reading import shape
from crawler.reading.rows import each
from model.count import Count, Missing

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def refused(call: Any, *arguments: Any) -> str:
    """The path that the ShapeError of a call names."""
    with pytest.raises(ShapeError) as caught:
        call(*arguments)
    return caught.value.path


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"<html></html>",
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b"\x89PNG\r\n\x1a\n\x00",
        '{"a": "é"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        b"[" * 200_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"9" * 6_000,
        b'"\\ud800"',
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert refused(shape.decode, body) == "answer"


def test_a_byte_order_mark_is_tolerated() -> None:
    assert shape.decode(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    ("value", "number"),
    [(0, 0), (7, 7), ("0", 0), ("0012", 12), (2**63 - 1, 2**63 - 1), (str(2**63 - 1), 2**63 - 1)],
)
def test_counters_may_be_numbers_or_digits(value: Any, number: int) -> None:
    assert shape.whole(value, "n") == number


@pytest.mark.parametrize(
    "value",
    [
        -1,
        "-1",
        2**63,
        str(2**63),
        10**30,
        1.0,
        1.5,
        True,
        False,
        None,
        "",
        " 1",
        "1,234",
        "1.2K",
        "١٢",
        [],
        {},
    ],
)
def test_what_is_no_counter_is_refused(value: Any) -> None:
    assert refused(shape.whole, value, "data[3].n") == "data[3].n"


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_digits_and_number_are_the_same_counter(number: int) -> None:
    assert shape.whole(number, "n") == shape.whole(str(number), "n") == number


def test_an_absent_counter_is_missing_and_never_zero() -> None:
    assert shape.optional_whole({}, "n") is None
    assert shape.optional_whole({"n": None}, "n") is None
    assert shape.count({}, "n").missing is Missing.NOT_READ
    assert shape.count({}, "n", absent=Count.hidden).missing is Missing.HIDDEN
    assert shape.count({"n": 0}, "n") == Count(0)
    assert refused(shape.count, {"n": "many"}, "n", "data") == "data.n"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2020-01-23T04:45:58.000Z", 1579754758),
        ("2020-01-23T04:45:58.999Z", 1579754758),
        ("2007-08-23T00:34:43Z", 1187829283),
        ("2010-09-09T08:40:44-07:00", 1284046844),
        ("2020-01-23T04:45:58+0000", 1579754758),
    ],
)
def test_instants_become_utc_to_the_second(text: str, seconds: int) -> None:
    assert shape.instant(text, "at") == datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2020-01-23",
        "2020-01-23T04:45:58",
        "1925-05-01T00:00:00Z",
        1579754758,
        "2125-05-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        None,
        "1970-01-01T00:00:00Z",
        "2020-13-01T00:00:00Z",
    ],
)
def test_what_is_no_instant_of_this_century_is_refused(value: Any) -> None:
    assert refused(shape.instant, value, "at") == "at"


def test_epochs_in_seconds_and_milliseconds() -> None:
    expected = datetime(2021, 10, 9, 23, 59, 59, tzinfo=UTC)
    assert shape.epoch(1633823999, "at") == expected
    assert shape.epoch("1633823999", "at") == expected
    assert shape.epoch(1633823999123, "at", per_second=1000) == expected


@pytest.mark.parametrize("value", [0, -1, 1633823999000, 2**63 - 1, 2**70, "soon", None, 1.5e9])
def test_epochs_of_no_sensible_year_are_refused(value: Any) -> None:
    assert refused(shape.epoch, value, "at") == "at"


def test_dates_without_time() -> None:
    assert shape.day("2026-02-28", "on") == date(2026, 2, 28)
    assert refused(shape.day, "2026-02-30", "on") == "on"
    assert refused(shape.day, "1926-02-01", "on") == "on"
    assert refused(shape.day, None, "on") == "on"


@pytest.mark.parametrize(("value", "id_"), [("12", "12"), (2**62, str(2**62)), ("a_b-c", "a_b-c")])
def test_ids_are_strings(value: Any, id_: str) -> None:
    assert shape.ident(value, "id") == id_


@pytest.mark.parametrize("value", [None, "", " ", "a b", "a\n", 7.0285e17, True, -4, [], "x" * 201])
def test_what_is_no_id_is_refused(value: Any) -> None:
    assert refused(shape.ident, value, "id") == "id"


def test_members_name_their_path() -> None:
    row = {"a": {"b": []}, "s": "text", "n": None, "f": False}
    assert shape.inner(row, "a") == {"b": []}
    assert shape.array(shape.inner(row, "a"), "b", "a") == []
    assert shape.text(row, "s") == "text"
    assert shape.optional_text(row, "n") is None
    assert shape.optional_inner(row, "x") is None
    assert shape.flag(row, "f") is False
    assert shape.flag(row, "x") is None
    assert refused(shape.inner, row, "s", "data[0]") == "data[0].s"
    assert refused(shape.text, row, "a", "data[0]") == "data[0].a"
    assert refused(shape.text, row, "n") == "n"
    assert refused(shape.array, row, "a") == "a"
    assert refused(shape.flag, row, "s") == "s"
    assert refused(shape.mapping, [], "") == "answer"
    assert refused(shape.sequence, {}, "data") == "data"


def test_dig_follows_keys_and_positions_as_far_as_they_lead() -> None:
    value = {"a": [{"b": 1}]}
    assert shape.dig(value, "a", 0, "b") == 1
    assert shape.dig(value, "a", 1, "b") is None
    assert shape.dig(value, "a", "b") is None
    assert shape.dig(None, "a", 0) is None


def test_one_broken_element_does_not_lose_the_others() -> None:
    rows, unmapped = each([1, "x", 3], "data", shape.whole)
    assert (rows, unmapped) == ((1, 3), ("data[1]",))
    assert each([], "data", shape.whole) == ((), ())
    assert refused(each, ["x", "y"], "data", shape.whole) == "data[0]"


def test_walk_finds_in_the_order_of_the_document_with_paths() -> None:
    value = {"a": [{"id": 1, "in": {"id": 2}}, 5], "b": {"id": 3}}
    found = list(shape.walk(value, lambda obj: "id" in obj))
    assert [path for path, _ in found] == ["a[0]", "a[0].in", "b"]
    assert [obj["id"] for _, obj in found] == [1, 2, 3]


@pytest.mark.slow
def test_walk_does_not_mind_depth() -> None:
    value: dict[str, Any] = {"id": 0}
    for _ in range(50_000):
        value = {"in": value}
    ((path, found),) = shape.walk(value, lambda obj: "id" in obj)
    assert found == {"id": 0}
    assert path.count("in") == 50_000
    while "in" in value:
        value = value["in"]


@pytest.mark.slow
@settings(deadline=None)
@given(JSON)
def test_walk_sees_every_object_once(value: Any) -> None:
    objects = list(shape.walk(value, lambda _: True))
    assert len(objects) == msgspec.json.encode(value).count(b"{") - _braces_in_strings(value)


def _braces_in_strings(value: Any) -> int:
    if isinstance(value, str):
        return value.count("{")
    if isinstance(value, list):
        return sum(map(_braces_in_strings, value))
    if isinstance(value, dict):
        return sum(_braces_in_strings(k) + _braces_in_strings(v) for k, v in value.items())
    return 0


def _path_of_refusal(read: Any, value: Any) -> str | None:
    try:
        read(value, "p")
    except ShapeError as error:
        return error.path
    return None


@pytest.mark.slow
@settings(deadline=None)
@given(JSON)
def test_no_accessor_raises_anything_else(value: Any) -> None:
    readers = (shape.whole, shape.ident, shape.instant, shape.epoch, shape.day, shape.mapping)
    assert {_path_of_refusal(read, value) for read in readers} <= {"p", None}


def test_messages_stay_short_whatever_came() -> None:
    with pytest.raises(ShapeError) as caught:
        shape.whole("x" * 100_000, "n")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("value", "key", "expected"),
    [([1, 2], 1, 2), ([1, 2], -1, 2), ([1, 2], 2, None), ([1, 2], -3, None), ([], -1, None)],
)
def test_a_place_outside_a_list_leads_nowhere(
    value: list[int], key: int, expected: int | None
) -> None:
    assert shape.dig(value, key) == expected
