"""One file from its bytes to what is kept of it, with the outcome of the visit. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from media.errors import FileAbsent, HostRefuses, MediaError, TruncatedFile, UnreadableFile
from media.files import Family, MediaFile
from media.gkg import GkgRow, RowCounts, chinese_rows
from media.json_lines import ListedArticle, geo_rows, listed_articles
from media.outlets import registrable
from media.reprints import canonical
from media.unpacking import unpacked, whole_lines

_MOST_KEPT = 128 * 2**20
"""Bytes of rows that one file may leave; a usual batch leaves less than one."""
_MOST_UNPACKED = 8 * 2**30
_PACKED = (b"PK", b"\x1f\x8b")
_CHINA = "CH"
_HOURS = (0.25, 1, 6, 24, 72)
"""From an attempt that failed to the next one; after the last of them the file is given up."""


class FileOutcome(StrEnum):
    """How a visit of a file ended."""

    OK = "ok"
    OK_NOTHING = "ok_nothing"
    """Read to its end; no row names a Chinese place."""
    MISSING = "missing"
    """The host has no such file: missing, not a batch without articles."""
    NOT_DATA = "not_data"
    """A page, a message or a broken archive; nothing of it is taken."""
    TRUNCATED = "truncated"
    """It ends too early; its whole rows are taken, and it is asked for again."""
    CHANGED_SHAPE = "changed_shape"
    """Most of its rows are not as expected; nothing of it is taken."""
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


WHOLE = frozenset({FileOutcome.OK, FileOutcome.OK_NOTHING})
"""Outcomes of files that were read to their end."""
KEEPING = frozenset({*WHOLE, FileOutcome.TRUNCATED})
"""Outcomes of which rows are kept."""


@dataclass(slots=True)
class FileContent:
    """What a visit brought."""

    outcome: FileOutcome
    detail: str = ""
    counts: RowCounts = field(default_factory=RowCounts)
    rows: list[tuple[GkgRow, bytes]] = field(default_factory=list)
    hosts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Countries by registrable domain, of a file of the graph."""
    urls: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Countries by canonical address, of its articles that name a Chinese place."""
    listed: list[ListedArticle] = field(default_factory=list)
    """Of a list of articles, those whose title or first sentence names a listed city."""
    size: int = 0
    sha256: str = ""
    """Of the file as it was sent; of one that was not read to its end, of what came."""


def next_wait(attempts: int) -> timedelta | None:
    """From the end of the failed attempt of this number to the next; None: it is given up."""
    return timedelta(hours=_HOURS[attempts - 1]) if attempts <= len(_HOURS) else None


def read_file(
    file: MediaFile, pieces: Iterable[bytes], names_city: Callable[[str], bool]
) -> FileContent:
    """Reads a file as it arrives. Nothing is raised: what goes wrong is the outcome.

    `names_city` says whether a text of a list of articles names a city that is asked for.
    """
    content, digest = FileContent(FileOutcome.OK), hashlib.sha256()

    def noted() -> Iterator[bytes]:
        for piece in pieces:
            content.size += len(piece)
            digest.update(piece)
            yield piece

    try:
        lines = whole_lines(_bounded(_archive(noted())), content.counts)
        _take(file, content, lines, names_city)
        content.outcome, content.detail = _judged(content)
    except MediaError as error:
        content.outcome, content.detail = _outcome_of(error), str(error)
    content.sha256 = digest.hexdigest()
    if content.outcome not in KEEPING:
        content.rows, content.listed = [], []
        content.hosts.clear()
        content.urls.clear()
    return content


class _TooLarge(MediaError):
    """More than one file may leave."""


def _archive(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The plain bytes of an archive; all of GDELT's files are some, so a text is a message."""
    first = next(pieces, b"")
    while len(first) < len(_PACKED[0]) and (more := next(pieces, b"")):
        first += more
    if not first:
        raise UnreadableFile("the answer is empty")
    if not first.startswith(_PACKED):
        start = first[:80].decode("utf-8", "replace").split("\n")[0]
        raise UnreadableFile(f"no archive but a text: {start!r}")

    def all_of_it() -> Iterator[bytes]:
        yield first
        yield from pieces

    return unpacked(all_of_it())


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    seen = 0
    for piece in pieces:
        seen += len(piece)
        if seen > _MOST_UNPACKED:
            raise _TooLarge(f"longer than {_MOST_UNPACKED >> 30} GB when unpacked")
        yield piece


def _take(
    file: MediaFile,
    content: FileContent,
    lines: Iterator[bytes],
    names_city: Callable[[str], bool],
) -> None:
    if file.family is Family.GGG:
        _take_countries(content, lines)
        return
    kept = 0
    if file.family is Family.GAL:
        for listed in listed_articles(lines, content.counts):
            if names_city(f"{listed.title}\n{listed.description}"):
                kept += len(listed.line)
                content.listed.append(listed)
                _require_room(kept)
        return
    for row in chinese_rows(lines, content.counts):
        kept += len(row[1])
        content.rows.append(row)
        _require_room(kept)


def _require_room(kept: int) -> None:
    if kept > _MOST_KEPT:
        raise _TooLarge(f"rows of Chinese places take more than {_MOST_KEPT >> 20} MB")


def _take_countries(content: FileContent, lines: Iterator[bytes]) -> None:
    for row in geo_rows(lines, content.counts):
        if not row.outlet_country:
            continue
        address = canonical(row.url)
        content.hosts[registrable(address.partition("/")[0])].add(row.outlet_country)
        if row.country == _CHINA:
            content.urls[address].add(row.outlet_country)


def _judged(content: FileContent) -> tuple[FileOutcome, str]:
    """The outcome of a file that was read to its end."""
    counts = content.counts
    broken = counts.broken + counts.too_long
    if counts.rows + counts.too_long == 0:
        return FileOutcome.NOT_DATA, "the archive holds no row"
    if 2 * broken > counts.rows + counts.too_long:
        why = ", ".join(f"{number} {reason}" for reason, number in counts.why.most_common(3))
        return FileOutcome.CHANGED_SHAPE, f"{broken} of {counts.rows} rows are broken: {why}"
    nothing = not (content.rows or content.hosts or content.listed)
    return (FileOutcome.OK_NOTHING if nothing else FileOutcome.OK), ""


def _outcome_of(error: MediaError) -> FileOutcome:
    if isinstance(error, TruncatedFile):
        return FileOutcome.TRUNCATED
    if isinstance(error, UnreadableFile):
        return FileOutcome.NOT_DATA
    if isinstance(error, FileAbsent):
        return FileOutcome.MISSING
    if isinstance(error, HostRefuses):
        return FileOutcome.REFUSED
    return FileOutcome.TOO_LARGE if isinstance(error, _TooLarge) else FileOutcome.UNREACHABLE
