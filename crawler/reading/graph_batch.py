"""The answer of the Graph API to a batch, part by part: each has a status, headers and a body.

    [{"code": 200, "headers": [{"name": …, "value": …}], "body": "{…}"}, null, …]

The parts come in the order they were asked for in; one that ran out of time is null (Graph API,
Batch Requests). A part that failed says nothing about the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from crawler.contract import Answer
from crawler.errors import CrawlError, Retry, Rotate, ShapeError, Wait
from crawler.reading import graph
from crawler.reading.shape import decode, dig, mapping, sequence
from model.messages import Outcome

Part = dict[str, Any] | CrawlError
"""What came of one part: its object, or what is wrong with it."""


def is_batch(value: Any) -> bool:
    """Whether a decoded answer is that of a batch."""
    if not isinstance(value, list) or not any(value):
        return False
    return all(part is None or (isinstance(part, dict) and "code" in part) for part in value)


def read_objects(answer: Answer, asked: Sequence[str]) -> dict[str, Part]:
    """By id, the objects that a call asked for, in a batch or alone.

    Where the parts are fewer, more or in another order than asked, only those count that name
    themselves. Raises ShapeError for an answer that is neither.
    """
    parts = read_parts(answer)
    names = [_named(part, asked) for part in parts]
    pairs = enumerate(zip(asked, names, strict=False))
    misplaced = [place for place, (id_, name) in pairs if name not in (None, id_)]
    if len(parts) == len(asked) and not misplaced:
        return dict(zip(asked, parts, strict=True))
    if len(parts) != len(asked):
        why = f"has {len(parts)} parts, {len(asked)} were asked for"
    else:
        why = f"has its parts in another order than asked, from part {misplaced[0]} on"
    by_name = dict(zip(names, parts, strict=True))
    return {id_: by_name.get(id_, ShapeError("batch", why)) for id_ in asked}


def read_parts(answer: Answer) -> list[Part]:
    """What came of each part, in the order in which they came; of a call for one object, itself.

    Raises ShapeError for an answer to a batch that is none.
    """
    if answer.call.method == "GET":
        return [_held(answer)]
    return [_held(part) if isinstance(part, Answer) else part for part in _parts(answer)]


def common_fault(answer: Answer) -> CrawlError | None:
    """The fault of a whole batch that may succeed later, or with another credential; None if any
    part is usable, or nothing can be said of the parts.
    """
    try:
        parts = read_parts(answer)
    except ShapeError:
        return None
    found = [part for part in parts if isinstance(part, Wait | Rotate | Retry)]
    return found[0] if found and len(found) == len(parts) else None


def part_answers(answer: Answer) -> Iterator[Answer]:
    """The parts that can be told apart, as answers by themselves; none for what is no batch."""
    try:
        yield from (part for part in _parts(answer) if isinstance(part, Answer))
    except ShapeError:
        return


def _parts(answer: Answer) -> list[Answer | CrawlError]:
    rows = sequence(decode(answer.body), "")
    return [_part(answer, row, f"[{position}]") for position, row in enumerate(rows)]


def _part(answer: Answer, row: Any, path: str) -> Answer | CrawlError:
    """One part as an answer by itself."""
    if row is None:
        return Retry(Outcome.TIMEOUT, "the part of the batch ran out of time")
    code, body = dig(row, "code"), dig(row, "body")
    if not isinstance(code, int) or not isinstance(body, str):
        return ShapeError(path, "is no part of a batch: it has no code or no body")
    return replace(
        answer,
        call=replace(answer.call, method="GET", body=None),
        status=code,
        headers=_headers(dig(row, "headers")),
        body=body.encode("utf-8", "replace"),
    )


def _headers(listed: Any) -> dict[str, str]:
    rows = listed if isinstance(listed, list) else ()
    pairs = ((dig(one, "name"), dig(one, "value")) for one in rows)
    return {
        name.lower(): value
        for name, value in pairs
        if isinstance(name, str) and isinstance(value, str)
    }


def _held(answer: Answer) -> Part:
    """The object of one part, or what is wrong with it."""
    fault = graph.fault(answer)
    if fault is not None:
        return fault
    try:
        return mapping(decode(answer.body), "")
    except ShapeError as error:
        return error


def _named(part: Part, asked: Sequence[str]) -> str | None:
    """Which of the objects asked for a part says it is; None if it does not say."""
    if isinstance(part, CrawlError):
        return None
    names = {str(part.get("id")), str(part.get("username")).lower()}
    return next((id_ for id_ in asked if id_ in names or id_.lower() in names), None)
