"""Bytes of a download to lines, streamed: zip of one member, gzip, or plain; memory stays flat."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from media.errors import TruncatedFile, UnreadableFile

LONGEST_LINE = 4 * 2**20
"""Bytes; the longest recorded row of the GKG has some 100 kB."""
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_HEADER = struct.Struct("<4s5H3I2H")
"""Local file header of a zip: signature, version, flags, method, time, date, CRC, sizes, names."""
_DESCRIBED = 0x08
"""Flag: CRC and sizes follow the data."""
_STORED, _DEFLATED = 0, 8
_PIECE = 2**18


@dataclass(slots=True)
class LineCounts:
    """What of a file could not be taken as a line."""

    too_long: int = 0
    cut: int = 0
    """1 if the file ends within a line that has no end."""


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The plain bytes of a zip with one member, a gzip file or a plain file, piece by piece.

    Raises UnreadableFile for an answer in HTML or a broken archive, TruncatedFile, after the last
    whole piece, for one that ends too early.
    """
    stream = iter(chunks)
    head = b""
    for chunk in stream:
        head += chunk
        if len(head) >= _HEADER.size:
            break
    if head.startswith(_ZIP):
        yield from _unzipped(head, stream)
    elif head.startswith(_GZIP):
        yield from _gunzipped(head, stream)
    elif head.lstrip().startswith(b"<"):
        raise UnreadableFile("the answer is a page or a message in XML, no data")
    else:
        yield head
        yield from stream


def _unzipped(head: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    head = _at_least(head, stream, _HEADER.size)
    fields = _HEADER.unpack_from(head)
    flags, method, crc, packed = fields[2], fields[3], fields[6], fields[7]
    if method not in (_STORED, _DEFLATED) or (method == _STORED and flags & _DESCRIBED):
        raise UnreadableFile(f"zip with compression method {method}: expected deflate (8)")
    start = _HEADER.size + fields[9] + fields[10]
    body = _at_least(head, stream, start)[start:]
    if method == _STORED:
        yield from _stored(body, stream, packed)
        return
    inflate, seen = zlib.decompressobj(-zlib.MAX_WBITS), 0
    for piece in _inflated(inflate, body, stream):
        seen = zlib.crc32(piece, seen)
        yield piece
    if not flags & _DESCRIBED and seen != crc:
        raise UnreadableFile("the checksum of the zip's member does not fit its content")


def _stored(body: bytes, stream: Iterator[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left and (body or (body := next(stream, b""))):
        yield body[:left]
        left, body = left - len(body[:left]), b""
    if left:
        raise TruncatedFile(f"the zip ends {left} bytes before the end of its member")


def _gunzipped(head: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    """All members of a gzip file."""
    rest = head
    while rest:
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        yield from _inflated(inflate, rest, stream)
        rest = inflate.unused_data or next(stream, b"")
        if rest and not rest.startswith(_GZIP[: len(rest)]):
            return


def _inflated(inflate: zlib._Decompress, body: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    while not inflate.eof:
        try:
            piece = inflate.decompress(body, _PIECE)
        except zlib.error as error:
            raise UnreadableFile(f"broken compression: {error}") from None
        if piece:
            yield piece
        body = inflate.unconsumed_tail
        if not body and not inflate.eof and not (body := next(stream, b"")):
            raise TruncatedFile("the file ends before the end of its compressed data")


def _at_least(head: bytes, stream: Iterator[bytes], size: int) -> bytes:
    while len(head) < size:
        more = next(stream, b"")
        if not more:
            raise TruncatedFile("the zip ends within its header")
        head += more
    return head


def whole_lines(
    pieces: Iterable[bytes], counts: LineCounts, longest: int = LONGEST_LINE
) -> Iterator[bytes]:
    """Lines without their ends. Lines over `longest` bytes are left out and counted; so is a last
    line without an end if the file turns out to be cut."""
    pending, skipping = b"", False
    try:
        for piece in pieces:
            *whole, rest = piece.split(b"\n")
            for line in whole:
                if skipping:
                    skipping = False
                elif len(pending) + len(line) > longest:
                    counts.too_long += 1
                elif pending or line:
                    yield (pending + line).removesuffix(b"\r")
                pending = b""
            if not skipping:
                pending += rest
                if len(pending) > longest:
                    counts.too_long, pending, skipping = counts.too_long + 1, b"", True
    except UnreadableFile:
        counts.cut += bool(pending)
        raise
    if pending:
        yield pending.removesuffix(b"\r")
