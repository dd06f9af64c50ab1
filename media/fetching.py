"""One file over HTTP, streamed: bounded in bytes and in time, never held whole."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from media.errors import FileAbsent, HostRefuses, TruncatedFile, Unreachable, UnreadableFile

LARGEST_FILE = 512 * 2**20
"""Of one file as it is sent; a batch has some 6 MB, a day of the graph some 50 MB."""
LONGEST_DOWNLOAD = 1_800.0
_PIECE = 2**18
_GONE = (404, 410)
_REFUSALS = (401, 403, 429, 451)


def downloaded(
    client: httpx.Client, url: str, most: int = LARGEST_FILE, seconds: float = LONGEST_DOWNLOAD
) -> Iterator[bytes]:
    """The bytes of an address as they come, not unpacked.

    Raises FileAbsent, HostRefuses, Unreachable, TruncatedFile where the connection ends early, and
    UnreadableFile where it is longer than `most` bytes or takes longer than `seconds`.
    """
    until, seen = time.monotonic() + seconds, 0
    try:
        with client.stream("GET", url) as answer:
            _require_file(answer)
            for piece in answer.iter_raw(_PIECE):
                seen += len(piece)
                if seen > most:
                    raise UnreadableFile(f"longer than {most >> 20} MB")
                if time.monotonic() > until:
                    raise UnreadableFile(f"not sent within {seconds:.0f} s")
                yield piece
    except httpx.RemoteProtocolError as error:
        if seen:
            raise TruncatedFile(f"the connection ended after {seen} bytes") from error
        raise Unreachable(_said(error)) from error
    except httpx.HTTPError as error:
        raise Unreachable(_said(error)) from error


def _require_file(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in _GONE:
        raise FileAbsent(f"status {status}")
    if status in _REFUSALS:
        raise HostRefuses(f"status {status}")
    if status != httpx.codes.OK:
        raise Unreachable(f"status {status}")


def _said(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
