"""A published issue as one zip file, and whether such a file is still what was published.

In it: the report in all formats and both languages (`lacking.txt` names what could not be made),
the leaderboard, measures, panel, method and definitions in force, the pictures of the cases,
`issue.json` with its digest, `basis.bin` (all that it was computed from), and `manifest.json` with
the SHA-256 of every other file.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model.measures import MeasureRow
from model.platforms import FACTS
from model.tables.writing import csv_text
from portal.exports.tables import TABLES, leaderboard_rows
from portal.month import MonthIndex
from portal.report.archive import zipped
from portal.report.cases import Case
from scoring.errors import IssueError
from scoring.publish.issues import Issue, from_plain, to_plain

MANIFEST, ISSUE_JSON, BASIS = "manifest.json", "issue.json", "basis.bin"
LACKING = "lacking.txt"
"""Which reports could not be made where the file was, and why; absent where none lacks."""
_FORMAT = 1
MOST_PACKED = 256 * 2**20
"""Bytes of a zip file, and of all that is in it; a month's issue has a few million."""
_MOST_FILES = 2_000


def bundle_files(
    index: MonthIndex,
    basis: bytes,
    method: str,
    cases: Sequence[Case],
    reports: Mapping[str, bytes],
) -> dict[str, bytes]:
    """The files of a published issue by name; `method` is the text of its file, `reports` are the
    finished documents. Raises IssueError for what is not published."""
    issue = index.issue
    if issue is None:
        raise IssueError(f"{index.period.name} is not frozen: `cityreach issue freeze` comes first")
    board, rows = TABLES["leaderboard"], [row.flat() for row in index.inputs.rows]
    panel = [
        {name: getattr(row, name) for name in ("city", "platform", "account")}
        for row in index.inputs.rows
    ]
    return {
        **reports,
        "leaderboard.csv": csv_text(list(leaderboard_rows(index)), board.columns).encode(),
        "measures.csv": csv_text(rows, MeasureRow.flat_columns()).encode(),
        "panel.json": _json({"id": issue.panel, "accounts": panel}),
        "method.toml": method.encode(),
        "definitions.json": _json(_definitions()),
        **dict(_evidence(cases)),
        ISSUE_JSON: _json(to_plain(issue)),
        BASIS: basis,
    }


def issue_file_name(issue: Issue) -> str:
    """`issue-2025-05-giu-r0.zip`: nothing in it leads to another folder, whoever made the issue."""
    name = f"issue-{issue.period}-{issue.method}-r{issue.revision}.zip"
    return re.sub(r"[^\w.-]", "_", name)


def bundled(files: Mapping[str, bytes], issue: Issue) -> bytes:
    """The zip file with its manifest; the same files give the same bytes on every machine."""
    return zipped({**files, MANIFEST: _manifest(files, issue.digest)}, compressed=False)


def _manifest(files: Mapping[str, bytes], digest: str) -> bytes:
    listed = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in files.items()
    }
    return _json({"format": _FORMAT, "issue": digest, "files": listed})


def _definitions() -> dict[str, Any]:
    """What every counter means, and since when."""
    return {
        name: [
            {
                "subjects": list(one.subjects),
                "counter": one.counter,
                "since": one.since.isoformat(),
                "zh": one.zh,
                "en": one.en,
                "source": one.source,
            }
            for one in facts.definitions
        ]
        for name, facts in FACTS.items()
    }


def _evidence(cases: Sequence[Case]) -> Iterator[tuple[str, bytes]]:
    for case in cases:
        if case.picture is not None:
            yield f"evidence/{case.scope}-{case.standing.city}.jpg", case.picture.jpeg


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()


def unbundled(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The files of a zip file, without its manifest, and every fault of it, each with the file's
    name: what was changed, is missing, or was added. Needs nothing but the bytes."""
    if len(data) > MOST_PACKED:
        return {}, [f"larger than {MOST_PACKED >> 20} MB"]
    try:
        files, problems = _read(data)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        return {}, [f"not a whole zip file: {error}"]
    manifest = files.pop(MANIFEST, None)
    try:
        told = json.loads(manifest or b"")
        listed = {name: str(one["sha256"]) for name, one in told["files"].items()}
        digest = str(told["issue"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return files, [*problems, f"{MANIFEST} is missing or cannot be read"]
    problems += _differing(files, listed, problems)
    problems += _issue_faults(files, digest)
    if not problems and manifest != _manifest(files, digest):
        problems.append(f"{MANIFEST} was changed")
    if not problems and bundled_again(files, digest) != data:
        problems.append(_changed_place(data, bundled_again(files, digest)))
    return files, problems


def bundled_again(files: Mapping[str, bytes], digest: str) -> bytes:
    """The zip file that these files make."""
    return zipped({**files, MANIFEST: _manifest(files, digest)}, compressed=False)


def _read(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """Raises ValueError for more than `MOST_PACKED` bytes, whatever sizes the archive states."""
    files: dict[str, bytes] = {}
    problems: list[str] = []
    left = MOST_PACKED
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(archive.namelist()) > _MOST_FILES:
            raise ValueError(f"more than {_MOST_FILES:,} files")
        for name in archive.namelist():
            try:
                with archive.open(name) as packed:
                    files[name] = packed.read(left + 1)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
                problems.append(f"{name} was changed")
                continue
            left -= len(files[name])
            if left < 0:
                raise ValueError(f"more than {MOST_PACKED >> 20} MB when unpacked")
    return files, problems


def _differing(
    files: Mapping[str, bytes], listed: Mapping[str, str], known: Sequence[str]
) -> Iterator[str]:
    for name, digest in listed.items():
        if name not in files:
            if f"{name} was changed" not in known:
                yield f"{name} is missing"
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            yield f"{name} was changed"
    for name in files.keys() - listed.keys():
        yield f"{name} is not in {MANIFEST}"


def _issue_faults(files: Mapping[str, bytes], digest: str) -> Iterator[str]:
    if ISSUE_JSON not in files or BASIS not in files:
        return
    try:
        issue = issue_in(files)
    except IssueError as error:
        yield f"{ISSUE_JSON}: {error}"
        return
    if issue.digest != digest:
        yield f"{ISSUE_JSON} is another issue than {MANIFEST} names"
    if issue.basis != hashlib.sha256(files[BASIS]).hexdigest():
        yield f"{BASIS} is not what the issue was computed from"


def issue_in(files: Mapping[str, bytes]) -> Issue:
    """The issue among the files of a zip file. Raises IssueError."""
    try:
        return from_plain(json.loads(files[ISSUE_JSON]))
    except IssueError:
        raise
    except (ValueError, AttributeError, RecursionError) as error:
        raise IssueError(f"not an issue: {error}") from error


def _changed_place(data: bytes, right: bytes) -> str:
    """In whose header a byte differs that is no content."""
    at = next((n for n, (a, b) in enumerate(zip(data, right, strict=False)) if a != b), len(right))
    with zipfile.ZipFile(io.BytesIO(right)) as archive:
        before = [entry for entry in archive.infolist() if entry.header_offset <= at]
    return f"the entry of {before[-1].filename} was changed (byte {at})"
