"""Handles that changed, and fields of answers that are new or gone: found, and not imagined."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zstandard

from portal.figures.answer_fields import LEAST_ANSWERS, compared
from portal.figures.renamed import renamed
from store.database import ACCOUNTS, RAW, Store

NOW = datetime(2025, 6, 20, tzinfo=UTC)
DAY = timedelta(days=1)
USUAL: dict[str, Any] = {"data": [{"id": "1", "metrics": {"likes": 3}}], "meta": {"count": 1}}


def _seen(*handles: str) -> list[dict[str, Any]]:
    return [{"handle": one, "first_seen": NOW + n * DAY} for n, one in enumerate(handles)]


def test_each_change_of_a_handle_is_told(db: Store) -> None:
    db[ACCOUNTS].insert_many(
        [
            {"_id": "x:1", "platform": "x", "city": "a", "handle": "Old", "handles": _seen("old")},
            {"_id": "x:2", "platform": "x", "handle": "b", "handles": _seen("b", "c", "d")},
            {"_id": "x:3", "platform": "x", "handle": "f", "handles": _seen("e", "f")},
            {"_id": "x:4", "platform": "x", "handle": "g", "handles": _seen("g", "z", "E")},
        ]
    )
    told = {
        (one.account, one.before, one.after): (one.newest, one.registered, one.taken_by)
        for one in renamed(db)
    }
    # `f` was the registry's name of x:3 before it was seen as `e`.
    assert told == {
        ("x:2", "b", "c"): (False, False, None),
        ("x:2", "c", "d"): (True, False, None),
        ("x:3", "f", "e"): (False, True, None),
        ("x:3", "e", "f"): (True, True, "x:4"),
        ("x:4", "g", "z"): (False, False, None),
        ("x:4", "z", "E"): (True, False, None),
    }
    ats = [one.at for one in renamed(db)]
    assert ats == sorted(ats, reverse=True)


def _put(db: Store, at: datetime, answer: object, number: int, **more: Any) -> None:
    text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    body = text + b" " * number
    key = hashlib.sha256(body).hexdigest()
    stored = {
        "_id": key,
        "platform": "x",
        "endpoint": "posts",
        "status": 200,
        "observed_at": at,
        "size": len(body),
        "body": zstandard.compress(body),
        **more,
    }
    db[RAW].replace_one({"_id": key}, stored, upsert=True)


def _fill(db: Store, before: object, after: object, count: int = LEAST_ANSWERS) -> None:
    for number in range(count):
        _put(db, NOW - 10 * DAY, before, number)
        _put(db, NOW - DAY, after, 100 + number)


def test_fields_that_are_as_before_are_not_told(db: Store) -> None:
    _fill(db, USUAL, {**USUAL, "data": [{"id": "2", "metrics": {"likes": None}}]})
    (one,) = compared(db, ["x", "youtube"], NOW)
    assert (one.newest, one.before, one.changes) == (LEAST_ANSWERS, LEAST_ANSWERS, ())


def test_what_is_new_and_what_is_gone_is_told_with_an_example(db: Store) -> None:
    after = {"data": [{"id": "1", "metrics": {"reposts": 7}}], "notice": {"text": "<b>soon</b>"}}
    _fill(db, USUAL, after)
    (one,) = compared(db, ["x"], NOW)
    told = {(change.path, change.new, change.share, change.value) for change in one.changes}
    assert told == {
        ("data[].metrics.reposts", True, 1.0, "7"),
        ("notice", True, 1.0, "{'text': '<b>soon</b>'}"),
        ("data[].metrics.likes", False, 1.0, "3"),
        ("meta", False, 1.0, "{'count': 1}"),
    }
    assert all(db[RAW].find_one({"_id": change.answer}) for change in one.changes)


def test_keys_that_are_ids_are_one_field(db: Store) -> None:
    _fill(db, {"items": {"10001": {"n": 1}}}, {"items": {"20002": {"n": 1}}})
    assert compared(db, ["x"], NOW)[0].changes == ()


def test_of_few_answers_nothing_is_said(db: Store) -> None:
    _fill(db, USUAL, {"other": 1}, LEAST_ANSWERS - 1)
    (one,) = compared(db, ["x"], NOW)
    assert (one.newest, one.changes) == (LEAST_ANSWERS - 1, ())


@pytest.mark.parametrize("answer", [b"<html>", b"", b"[" * 100_000, b'{"a": \xff}', b"7"])
def test_what_is_no_answer_in_json_is_left_out(db: Store, answer: bytes) -> None:
    _fill(db, answer, answer)
    assert compared(db, ["x"], NOW)[0].newest == 0


def test_a_damaged_answer_is_left_out(db: Store) -> None:
    _fill(db, USUAL, USUAL)
    _put(db, NOW, USUAL, 500, body=b"junk")
    _put(db, NOW, {"error": 1}, 501, status=500)
    assert compared(db, ["x"], NOW)[0].newest == LEAST_ANSWERS
