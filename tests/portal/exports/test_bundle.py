"""An exported issue is checked byte by byte, without any server."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from portal.exports.bundle import bundle_files, bundled, unbundled
from portal.month import MonthIndex
from scoring.errors import IssueError
from scoring.publish.issues import draft, freeze
from tests.portal.report.scenes import MAY, index_of_rows, rows_of

BASIS = b"all that it was computed from"


def published() -> MonthIndex:
    """A frozen month."""
    index = index_of_rows(rows_of(["beijing", "nanjing"]))
    digest = hashlib.sha256(BASIS).hexdigest()
    at = MAY.cutoff.isoformat()
    made = draft(index.result, MAY, panel="p", code_version="1", created_at=at, basis=digest)
    return replace(index, issue=freeze(made, at))


@pytest.fixture(scope="module")
def bundle() -> bytes:
    """A small one."""
    index = published()
    assert index.issue is not None
    files = bundle_files(index, BASIS, "id = 'giu'\n", (), {"report-2025-05-zh.html": b"<p>1</p>"})
    return bundled(files, index.issue)


def test_what_is_whole_has_no_fault(bundle: bytes) -> None:
    files, problems = unbundled(bundle)
    assert problems == []
    assert {"issue.json", "basis.bin", "leaderboard.csv", "measures.csv", "panel.json"} <= set(
        files
    )


def test_the_same_issue_gives_the_same_bytes(bundle: bytes) -> None:
    index = published()
    assert index.issue is not None
    files = bundle_files(index, BASIS, "id = 'giu'\n", (), {"report-2025-05-zh.html": b"<p>1</p>"})
    assert bundled(files, index.issue) == bundle


def test_a_changed_byte_names_its_file(bundle: bytes) -> None:
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        entries = archive.infolist()
    for entry in entries:
        at = entry.header_offset + 30 + len(entry.filename) + entry.file_size // 2
        assert changed(bundle, at)[0].startswith(entry.filename), entry.filename


@pytest.mark.parametrize("at", [10, 12, 40, -1, -30])
def test_no_byte_can_be_changed_unseen(bundle: bytes, at: int) -> None:
    """Times in headers, names, the directory."""
    assert changed(bundle, at)


def changed(bundle: bytes, at: int) -> list[str]:
    """What is said of the file with one byte changed."""
    bad = bytearray(bundle)
    bad[at] ^= 1
    return unbundled(bytes(bad))[1]


def test_files_that_are_missing_or_were_added_are_named(bundle: bytes) -> None:
    def without(name: str, **more: bytes) -> list[str]:
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(bundle)) as old, zipfile.ZipFile(out, "w") as new:
            for one in old.namelist():
                if one != name:
                    new.writestr(one, old.read(one))
            for one, data in more.items():
                new.writestr(one, data)
        return unbundled(out.getvalue())[1]

    assert without("panel.json") == ["panel.json is missing"]
    assert without("", extra=b"1") == ["extra is not in manifest.json"]
    assert without("manifest.json") == ["manifest.json is missing or cannot be read"]


@pytest.mark.parametrize("data", [b"", b"PK", b"<html>"])
def test_what_is_no_zip_file_is_said(data: bytes) -> None:
    assert unbundled(data)[1][0].startswith("not a whole zip file")


def test_a_month_that_is_not_frozen_is_not_bundled() -> None:
    with pytest.raises(IssueError, match="2025-05 is not frozen"):
        bundle_files(index_of_rows(rows_of(["beijing"])), BASIS, "", (), {})
