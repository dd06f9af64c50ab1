"""Typed reading of decoded JSON: every accessor returns what it promises or names the path.

A path is written as people write it, `data[3].public_metrics.like_count`. Nothing here ever
substitutes a default: a counter that is not in the answer is `None`, a counter that is there but
is no counter is a `ShapeError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from crawler.errors import ShapeError
from model.bounds import is_plain_id
from model.count import Count

_LARGEST = 2**63 - 1
"""A counter beyond this is no counter: the platforms count in signed 64-bit numbers."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
"""Years in which an account or post can have been made, generously."""

_DIGITS = re.compile(r"[0-9]{1,19}")
_ID = re.compile(r"[^\s@:/\\\x00-\x1f\x7f]{1,200}")
_BOM = b"\xef\xbb\xbf"
_MOST_PARTS = 500_000
"""Objects and arrays of one answer. Real answers hold some 20,000 a megabyte at most; one of many
more is no answer, and looking through it would take minutes."""


def decode(body: bytes) -> Any:
    """The JSON value of an answer's body.

    Raises ShapeError for anything that is no JSON in UTF-8, NaN, over-deep nesting and millions of
    parts included.
    """
    refuse_oversized(body.count(b"{") + body.count(b"["))
    try:
        return msgspec.json.decode(body.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ShapeError("answer", f"is not JSON: {error}") from error
    except RecursionError as error:
        raise ShapeError("answer", "is nested too deeply") from error


def refuse_oversized(parts: int) -> None:
    """Raises ShapeError for more objects and arrays than any answer holds."""
    if parts > _MOST_PARTS:
        raise ShapeError("answer", f"holds {parts} objects and arrays; {_MOST_PARTS} are the most")


def child(path: str, key: str) -> str:
    """The path of a key below `path`; the root's path is empty."""
    return f"{path}.{key}" if path else key


def mapping(value: Any, path: str) -> dict[str, Any]:
    """`value` as a JSON object. Raises ShapeError."""
    if not isinstance(value, dict):
        raise ShapeError(path or "answer", _not("an object", value))
    return value


def sequence(value: Any, path: str) -> list[Any]:
    """`value` as a JSON array. Raises ShapeError."""
    if not isinstance(value, list):
        raise ShapeError(path or "answer", _not("an array", value))
    return value


def member(obj: dict[str, Any], key: str, path: str = "") -> Any:
    """What `obj` holds under `key`, null not counting. Raises ShapeError."""
    value = obj.get(key)
    if value is None:
        raise ShapeError(child(path, key), "is missing")
    return value


def inner(obj: dict[str, Any], key: str, path: str = "") -> dict[str, Any]:
    """The object under `key`. Raises ShapeError."""
    return mapping(member(obj, key, path), child(path, key))


def optional_inner(obj: dict[str, Any], key: str, path: str = "") -> dict[str, Any] | None:
    """The object under `key`, None if absent or null. Raises ShapeError if it is no object."""
    return None if obj.get(key) is None else mapping(obj[key], child(path, key))


def array(obj: dict[str, Any], key: str, path: str = "") -> list[Any]:
    """The array under `key`. Raises ShapeError."""
    return sequence(member(obj, key, path), child(path, key))


def dig(value: Any, *keys: str | int) -> Any:
    """What lies at the end of `keys`, or None as soon as one of them leads nowhere."""
    for key in keys:
        if isinstance(key, int):
            inside = isinstance(value, list) and -len(value) <= key < len(value)
            value = value[key] if inside else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def text(obj: dict[str, Any], key: str, path: str = "") -> str:
    """The string under `key`. Raises ShapeError."""
    value = member(obj, key, path)
    if not isinstance(value, str):
        raise ShapeError(child(path, key), _not("a string", value))
    return value


def optional_text(obj: dict[str, Any], key: str, path: str = "") -> str | None:
    """The string under `key`, None if absent or null. Raises ShapeError if it is no string."""
    return None if obj.get(key) is None else text(obj, key, path)


def flag(obj: dict[str, Any], key: str, path: str = "") -> bool | None:
    """The truth value under `key`, None if absent or null. Raises ShapeError if it is neither."""
    value = obj.get(key)
    if value is not None and not isinstance(value, bool):
        raise ShapeError(child(path, key), _not("true or false", value))
    return value


def ident(value: Any, path: str) -> str:
    """An id, as a string whether the answer writes it as a string or a number. Raises ShapeError.

    A number with a fraction is refused: it was an id beyond 2^53 in some other hands. So are
    control, bidirectional and invisible characters, and slashes: ids become parts of addresses.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, str) and (
        is_plain_id(value) or (_ID.fullmatch(value) and value.isprintable())
    ):
        return value
    raise ShapeError(path, _not("an id", value))


def whole(value: Any, path: str) -> int:
    """A counter: an integer or a string of ASCII digits, 0 ≤ n < 2^63. Raises ShapeError."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise ShapeError(path, _not("a counter", value))
    return value


def optional_whole(obj: dict[str, Any], key: str, path: str = "") -> int | None:
    """The counter under `key`, None if absent or null. Raises ShapeError if it is no counter."""
    return None if obj.get(key) is None else whole(obj[key], child(path, key))


def count(
    obj: dict[str, Any], key: str, path: str = "", *, absent: Callable[[], Count] = Count.not_read
) -> Count:
    """The counter under `key` as a Count; `absent` says what its absence means.

    Raises ShapeError if there is something that is no counter.
    """
    value = optional_whole(obj, key, path)
    return absent() if value is None else Count(value)


def instant(value: Any, path: str, *, first_year: int = _FIRST_YEAR) -> datetime:
    """An ISO 8601 / RFC 3339 instant with its offset, in UTC to the second. Raises ShapeError."""
    if not isinstance(value, str):
        raise ShapeError(path, _not("an instant", value))
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise ShapeError(path, _not("an instant", value)) from error
    if moment.tzinfo is None:
        raise ShapeError(path, f"has no offset from UTC: {_shown(value)}")
    return sane(moment, path, first_year=first_year)


def epoch(value: Any, path: str, *, per_second: int = 1, first_year: int = _FIRST_YEAR) -> datetime:
    """An instant as a number (or digits) since 1970, UTC to the second. Raises ShapeError.

    `per_second` is 1 for seconds and 1000 for milliseconds. Before 1970 the number is negative.
    """
    negative = first_year < 1970 and isinstance(value, int) and value < 0
    seconds = value if negative else whole(value, path) // per_second
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ShapeError(path, f"is no instant: {seconds}") from error
    return sane(moment, path, first_year=first_year)


def sane(moment: datetime, path: str, *, first_year: int = _FIRST_YEAR) -> datetime:
    """An aware instant in UTC to the second, if its year can be. Raises ShapeError."""
    if not first_year <= moment.year <= _LAST_YEAR:
        raise ShapeError(path, f"is no instant since {first_year}: {moment.isoformat()}")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.replace(microsecond=0) if moment.microsecond else moment


def day(value: Any, path: str) -> date:
    """A date written YYYY-MM-DD. Raises ShapeError."""
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ShapeError(path, _not("a date", value)) from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ShapeError(path, f"is no date of this century: {found.isoformat()}")
    return found


def walk(
    value: Any, predicate: Callable[[dict[str, Any]], bool], path: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object anywhere below `value` that satisfies `predicate`, with its path.

    In the order of the document, outer before inner, without recursion.
    """
    pending: list[tuple[Any, _Trail | None]] = [(value, None)]
    while pending:
        current, trail = pending.pop()
        if isinstance(current, dict):
            if predicate(current):
                yield _written(trail, path), current
            pairs: list[tuple[Any, str | int]] = [(v, k) for k, v in current.items()]
        elif isinstance(current, list):
            pairs = [(v, i) for i, v in enumerate(current)]
        else:
            continue
        pending.extend(
            (below, (trail, step))
            for below, step in reversed(pairs)
            if isinstance(below, dict | list)
        )


_Trail = tuple[Any, str | int]
"""(trail of the parent, last step): paths are only written out for what is found."""


def _written(trail: _Trail | None, path: str) -> str:
    steps: list[str | int] = []
    while trail is not None:
        trail, step = trail
        steps.append(step)
    for step in reversed(steps):
        path = f"{path}[{step}]" if isinstance(step, int) else child(path, step)
    return path


def _not(expected: str, value: Any) -> str:
    return f"is not {expected}: {_shown(value)}"


def _shown(value: Any) -> str:
    """A value as it may stand in a message: short, whatever came."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'an array'} of {len(value)}"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
