"""Requests as platforms read them: parameters, tokens, bodies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.service.exchange import (
    BadParameter,
    PlatformRequest,
    Reply,
    listed,
    read_request,
    refused_token,
    whole_number,
    word_set,
)
from sandbox.service.usage import UsageCounts, short_hash


def ask(headers: dict[str, str] | None = None, **params: str) -> PlatformRequest:
    return PlatformRequest("GET", "/path", params, headers or {}, {})


async def test_a_request_is_read_whole() -> None:
    pieces = [
        {"type": "http.request", "body": b'{"a":', "more_body": True},
        {"type": "http.request", "body": b"1}"},
    ]

    async def receive() -> Any:
        return pieces.pop(0)

    scope = {
        "method": "POST",
        "path": "/v2/x",
        "query_string": b"a=1&b=%C3%BC%2C2&empty=",
        "headers": [(b"host", b"here:1"), (b"authorization", b"Bearer abc ")],
        "path_params": {"id": "7"},
    }
    found = await read_request(scope, receive)
    assert found.params == {"a": "1", "b": "ü,2", "empty": ""}
    assert (found.body, found.parts, found.bearer) == (b'{"a":1}', {"id": "7"}, "abc")
    assert found.base == "http://here:1"
    assert pieces == []


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("OAuth abc", "abc"),
        ("Basic abc", ""),
        ("abc", ""),
        ("", ""),
    ],
)
def test_only_bearer_tokens_count(header: str, token: str) -> None:
    assert ask({"authorization": header}).bearer == token


@given(st.integers(-(10**25), 10**25), st.integers(0, 10**18), st.integers(0, 10**18))
def test_whole_numbers_lie_within_their_bounds(number: int, one: int, two: int) -> None:
    low, high = min(one, two), max(one, two)
    if low <= number <= high:
        assert whole_number(ask(n=str(number)), "n", 5, low, high) == number
    else:
        with pytest.raises(BadParameter) as caught:
            whole_number(ask(n=str(number)), "n", 5, low, high)
        assert (caught.value.name, caught.value.value) == ("n", str(number))


@pytest.mark.parametrize("text", ["x", "1.0", "1e3", " 1", "²", "٣", "0x1", "+1"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        whole_number(ask(n=text), "n", 5, 0, 100)


def test_a_number_that_is_not_there_has_its_default() -> None:
    assert whole_number(ask(), "n", 5, 10, 20) == 5
    assert whole_number(ask(n=""), "n", 5, 10, 20) == 5


def test_lists_lose_space_repetitions_and_nothing_else() -> None:
    assert listed(ask(ids="b, a,,b ,c"), "ids") == ["b", "a", "c"]
    assert listed(ask(), "ids") == []
    assert word_set("b a\n b") == {"a", "b"}


def test_tokens_that_stand_for_refusals() -> None:
    kinds = [refused_token(text) for text in ("invalid-1", "expired", "forbidden.x", "valid", "")]
    assert kinds == ["invalid", "expired", "forbidden", "", ""]


def test_a_reply_counts_its_rows() -> None:
    assert [Reply({}).count, Reply({}, rows=[1, 2]).count, Reply({}, rows={"a": 1}).count] == [
        0,
        2,
        1,
    ]


def test_usage_adds_up_by_credential_and_shows_none() -> None:
    usage = UsageCounts()
    secret = short_hash("a-secret-token")
    for units in (1, 3):
        usage.add("x", "users", secret, units, 2)
    usage.add("facebook", "ids", "-", 1, 0)
    first, second = usage.rows()
    assert (first.platform, second.calls, second.units, second.rows) == ("facebook", 2, 4, 4)
    assert "secret-token" not in str(usage.rows())
    assert (short_hash(""), len(secret)) == ("-", 12)
    assert short_hash("a-secret-token") == secret != short_hash("another")
    usage.clear()
    assert usage.rows() == []
