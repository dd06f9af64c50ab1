"""Redis answers in one form, whichever protocol version and client version made them."""

from __future__ import annotations

from typing import Any

Fields = dict[bytes, bytes]


def decoded(value: Any) -> str:
    """A name or an entry id as a string."""
    return value.decode() if isinstance(value, bytes) else str(value)


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
