"""What is beyond the bounds is refused when a message is made, and again when it is decoded."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from model.bounds import (
    MOST_BYTES,
    MOST_DETAIL,
    MOST_ITEMS,
    MOST_POSTS,
    MOST_RAW,
    MOST_TEXT,
    OutOfBounds,
    check_id,
    cut,
)
from model.count import Count
from model.items import AccountItem, PostItem
from model.messages import (
    HarvestPage,
    MessageError,
    RawAnswer,
    Visit,
    VisitClosed,
    VisitKind,
    Window,
    decode_harvest,
    encode,
)
from tests.store.harvest import account, closed, day, page, post, visit

GOOD_PAGE, _ = page(
    visit(day(10)),
    day(10),
    posts=[post("7", day(10), day(9), likes=1, reactions={"like": 1})],
    accounts=[account(day(10), followers=5)],
    gone=["8"],
)
GOOD_END, _ = closed(visit(day(10)), day(10), seen=["7"], retry_at=day(11))
NEAR_YEAR_1 = datetime(1, 1, 1, 2, tzinfo=UTC)
NEAR_9999 = datetime(9999, 12, 31, 23, tzinfo=UTC)

BAD: list[tuple[str, Callable[[], Any], str]] = [
    ("instant near year 1", lambda: post("7", NEAR_YEAR_1), "expected 1970 to 2199"),
    ("instant near 9999", lambda: post("7", NEAR_9999), "expected 1970 to 2199"),
    ("naive instant", lambda: post("7", datetime(2025, 5, 1)), "no zone"),
    ("published in year 1", lambda: post("7", day(1), NEAR_YEAR_1), "published_at"),
    (
        "published in 1899",
        lambda: post("7", day(1), datetime(1899, 12, 31, 23, tzinfo=UTC)),
        "expected 1900 to 2199",
    ),
    ("read before 1970", lambda: post("7", datetime(1969, 1, 1, tzinfo=UTC)), "expected 1970"),
    ("text of megabytes", lambda: post("7", day(1), text="x" * (MOST_TEXT + 1)), "characters"),
    ("an id with a separator", lambda: post("a:b", day(1)), "not 1 to 200 characters"),
    ("no id", lambda: post("", day(1)), "not 1 to 200 characters"),
    ("a long id", lambda: post("x" * 201, day(1)), "not 1 to 200 characters"),
    ("a bidirectional id", lambda: post("a\u202eb", day(1)), "control characters"),
    ("account of 20 MB", lambda: account(day(1), account_id="x" * 20_000_000), "not 1 to 200"),
    ("key with a dot", lambda: post("7", day(1), reactions={"a.b": 1}), "reactions 'a.b'"),
    ("key with NUL", lambda: post("7", day(1), **{"likes\0": 1}), "counters"),
    ("negative reactions", lambda: post("7", day(1), reactions={"like": -1}), "expected 0"),
    ("negative count", lambda: Count(value=-1), "expected 0 to"),
    ("count beyond 64 bits", lambda: Count(value=2**63), r"expected 0 to 2\*\*63-1"),
    ("count of many digits", lambda: Count(value=10**5000), "a number of 16610 bits"),
    ("backward window", lambda: Window(day(2), day(1)), "before its start"),
    ("window in year 1", lambda: Window(NEAR_YEAR_1, day(1)), "a window's start"),
    ("visit of a path", lambda: visit(day(1), account_id="a:b:c/../@$"), "an id, or @"),
    ("visit of nobody", lambda: visit(day(1), account_id=""), "an id, or @"),
    ("negative attempt", lambda: visit(day(1), attempt=-1), "attempt"),
    ("detail of 17 MB", lambda: closed(visit(day(1)), day(1), detail="x" * 17_000_000), "detail"),
    (
        "a million seen",
        lambda: closed(visit(day(1)), day(1), seen=map(str, range(10**6))),
        f"seen: 1000000; {MOST_POSTS}",
    ),
    ("seen that is no id", lambda: closed(visit(day(1)), day(1), seen=["a/b"]), "seen"),
    ("retry near 9999", lambda: closed(visit(day(1)), day(1), retry_at=NEAR_9999), "retry_at"),
    ("calls below none", lambda: msgspec.structs.replace(GOOD_END, calls=-5), "calls is -5"),
    ("no delivery", lambda: msgspec.structs.replace(GOOD_END, deliveries=0), "deliveries"),
    ("page of no visit", lambda: msgspec.structs.replace(GOOD_PAGE, visits=()), "visits is 0"),
    (
        "visit id that is none",
        lambda: msgspec.structs.replace(GOOD_PAGE, visits=("nonsense",)),
        "'nonsense' is no visit's id",
    ),
    (
        "page of 150,000 posts",
        lambda: msgspec.structs.replace(GOOD_PAGE, posts=GOOD_PAGE.posts * 150_000),
        f"expected 0 to {MOST_ITEMS}",
    ),
    ("hash that is none", lambda: msgspec.structs.replace(GOOD_PAGE.raw, sha256=""), "64 hex"),
    ("raw of 3 GB", lambda: msgspec.structs.replace(GOOD_PAGE.raw, size=3 * 10**9), str(MOST_RAW)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "reason"), [case[1:] for case in BAD], ids=[c[0] for c in BAD])
def test_nobody_makes_it(make: Callable[[], Any], reason: str) -> None:
    with pytest.raises(OutOfBounds, match=reason):
        make()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"published_at":"2025', b'"published_at":"0001'),
        (b'"observed_at":"2025', b'"observed_at":"9999'),
        (b'"value":1', b'"value":-1'),
        (b'"value":1', b'"value":9223372036854775808'),
        (b'"id":"7"', b'"id":"a b"'),
        (b'"like"', b'"li.ke"'),
        (b'"status":200', b'"status":-1'),
        (b'"gone":["8"]', b'"gone":["8/9"]'),
        (b":timeline:", b":nonsense:"),
    ],
)
def test_nor_does_anybody_decode_it(before: bytes, after: bytes) -> None:
    data = encode(GOOD_PAGE)
    assert before in data
    with pytest.raises(MessageError, match="not a harvest message of schema 1"):
        decode_harvest(data.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"calls":1', b'"calls":-5'),
        (b'"account":"1001"', b'"account":"a:b:c/../@$"'),
        (b'"end":"2025', b'"end":"2024'),
        (b'"seen":["7"]', b'"seen":["7 8"]'),
        (b'"retry_at":"2025', b'"retry_at":"9999'),
    ],
)
def test_nor_an_end(before: bytes, after: bytes) -> None:
    data = encode(GOOD_END)
    assert before in data
    with pytest.raises(MessageError):
        decode_harvest(data.replace(before, after))


def test_a_message_of_too_many_bytes_is_not_looked_into() -> None:
    with pytest.raises(MessageError, match="size of a message in bytes"):
        decode_harvest(b" " * MOST_BYTES + encode(GOOD_END))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(MessageError):
        decode_harvest(b'{"type":"page/1","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}")


def test_the_edges_are_within() -> None:
    edge = datetime(1970, 1, 1, tzinfo=UTC)
    first = datetime(1900, 1, 1, tzinfo=UTC)
    item = post("x" * 200, edge, first, text="x" * MOST_TEXT, likes=2**63 - 1)
    message, _ = page(visit(edge, VisitKind.PROFILE), edge, posts=[item])
    assert decode_harvest(encode(message)) == message
    assert Window(edge, edge).end == edge
    end, _ = closed(visit(edge, VisitKind.PROFILE), edge, detail="x" * MOST_DETAIL)
    assert decode_harvest(encode(end)) == end


def test_what_is_cut_says_so() -> None:
    assert cut("short") == "short"
    assert cut("x" * 3000) == "x" * 1999 + "…"


OLD = (
    b'{"type":"page/1","platform":"x","slot":"2025-05-10T00:00:00Z","visits":["x:1001:timeline:'
    b'20250510T000000:20250430T160000-20250531T160000"],"accounts":[{"platform":"x","id":"1001",'
    b'"handle":"a","observed_at":"2025-05-10T00:00:00Z","counts":{"followers":{"value":5}}}],'
    b'"posts":[{"platform":"x","id":"7","published_at":"2025-05-09T00:00:00Z","type":"photo",'
    b'"observed_at":"2025-05-10T00:00:00Z","counts":{"likes":{"value":1},"views":'
    b'{"missing":"not_offered"}}}],"raw":{"sha256":"' + b"0" * 64 + b'","endpoint":"t",'
    b'"url":"http://127.0.0.1/t","status":200,"observed_at":"2025-05-10T00:00:00Z","size":2}}',
    b'{"type":"closed/1","visit":{"v":1,"platform":"x","account":"1001","handle":"a","kind":'
    b'"timeline","slot":"2025-05-10T00:00:00Z","window":{"start":"2025-04-30T16:00:00Z","end":'
    b'"2025-05-31T16:00:00Z"}},"outcome":"ok","observed_at":"2025-05-10T00:00:00Z","seen":["7"],'
    b'"calls":1}',
)


@pytest.mark.parametrize("data", OLD)
def test_messages_written_before_there_were_bounds_still_decode(data: bytes) -> None:
    message = decode_harvest(data)
    assert encode(message) == data


def test_parts_are_checked_wherever_they_are_made() -> None:
    """By name, so that a new type without its check is noticed."""
    for kind in (AccountItem, PostItem, Window, Visit, RawAnswer, HarvestPage, VisitClosed, Count):
        assert "__post_init__" in vars(kind), kind
    assert decode_harvest(encode(GOOD_END)) == GOOD_END
    assert GOOD_END.retry_at == day(10) + timedelta(days=1)


@pytest.mark.slow
def test_no_id_holds_a_character_that_acts_or_is_none() -> None:
    acting = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in acting or code & 0xFFFE == 0xFFFE:
            with pytest.raises(OutOfBounds):
                check_id("id", f"a{chr(code)}b")
    for text in ("1001", "UC_x-y", "pfbid0", "南京", "ünï", "a.b", "😀"):
        check_id("id", text)
