"""Redis answers in one form, whichever protocol version and client version made them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from redis import Redis
from redis.exceptions import ResponseError

log = logging.getLogger(__name__)
_T = TypeVar("_T")
Fields = dict[bytes, bytes]
_SHOWN = 80


def decoded(value: Any) -> str:
    """A name or an entry id as a string; what is no UTF-8 in it is marked."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def stream_entries(answer: Any) -> list[tuple[str, Fields]]:
    """XREADGROUP's entries of all streams; deleted entries (without fields) are left out."""
    streams = answer.values() if isinstance(answer, dict) else [found for _, found in answer or []]
    flat: list[tuple[str, Fields]] = []
    for found in streams:
        batch = found
        while batch and isinstance(batch[0], list):
            batch = batch[0]
        flat.extend((decoded(entry), fields) for entry, fields in batch if fields)
    return flat


def hash_fields(client: Redis, name: str) -> Fields:
    """A hash; empty, with a warning in the log, where something else stands under its name."""
    try:
        found: Any = client.hgetall(name)
    except ResponseError as error:
        if not str(error).startswith("WRONGTYPE"):
            raise
        log.warning("%s is no hash: somebody else has written it", name)
        return {}
    return dict(found)


def counters(client: Redis, name: str) -> dict[str, int]:
    """The numbers in a hash, by name; what is no number is left out, with a warning in the log."""
    found: dict[str, int] = {}
    for field, value in hash_fields(client, name).items():
        try:
            found[decoded(field)] = int(value)
        except ValueError:
            log.warning("%s: %r is no counter: %r", name, field[:_SHOWN], value[:_SHOWN])
    return found


def rows_of(name: str, values: Iterable[bytes], kind: type[_T]) -> Iterator[_T]:
    """JSON values as rows of a kind; others are left out, with a warning in the log."""
    for value in values:
        try:
            yield msgspec.json.decode(value, type=kind)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            log.warning("%s holds something that cannot be read: %s", name, error)
