"""Files that say they are published issues: bounded, checked in all they say, never a traceback."""

from __future__ import annotations

import dataclasses
import io
import json
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from portal import published
from portal.exports import bundle
from portal.exports.bundle import BASIS, ISSUE_JSON, MANIFEST, bundle_files, bundled, unbundled
from portal.published import check_basis
from scoring.errors import IssueError
from scoring.publish.issues import Issue, to_plain
from tests.portal.exports.test_bundle import BASIS as WHAT_IT_IS_OF
from tests.portal.exports.test_bundle import published as published_month

MB = 2**20


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _issue() -> Issue:
    issue = published_month().issue
    assert issue is not None
    return issue


def _saying(**changed: Any) -> bytes:
    """A whole file whose issue says something else, its digest made anew."""
    issue, month = dataclasses.replace(_issue(), **changed), published_month()
    plain = to_plain(_issue()) | changed
    try:
        plain["digest"] = issue.digest
    except (TypeError, ValueError):
        plain["digest"] = "0" * 64
    files = bundle_files(month, WHAT_IT_IS_OF, "", (), {})
    files[ISSUE_JSON] = json.dumps(plain, default=dataclasses.asdict).encode()
    return _with_manifest(files, str(plain["digest"]))


def _with_manifest(files: dict[str, bytes], digest: str) -> bytes:
    return bundled(files, SimpleNamespace(digest=digest))  # type: ignore[arg-type]


DEEP = b"[" * 100_000
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a bomb": lambda: _zip({"x": bytes(40 * MB)}),
    "bombs": lambda: _zip({f"{n}": bytes(3 * MB) for n in range(12)}),
    "many files": lambda: _zip({f"{n}": b"" for n in range(3_000)}),
    "a large file": lambda: b"PK" + bytes(5 * MB),
    "deep manifest": lambda: _zip({MANIFEST: DEEP}),
    "manifest of a list": lambda: _zip({MANIFEST: b'{"files":[1],"issue":"x"}'}),
    "manifest of numbers": lambda: _zip({MANIFEST: b'{"files":{"a":1},"issue":1}'}),
    "deep issue": lambda: _with_manifest({ISSUE_JSON: DEEP, BASIS: b""}, "0"),
    "issue of a list": lambda: _with_manifest({ISSUE_JSON: b"[]", BASIS: b""}, "0"),
    "digits": lambda: _with_manifest(
        {ISSUE_JSON: b'{"schema":' + b"9" * 9999 + b"}", BASIS: b""}, "0"
    ),
    "period": lambda: _saying(period={"$gt": ""}),
    "method": lambda: _saying(method=["giu"]),
    "state": lambda: _saying(state="published"),
    "revision": lambda: _saying(revision="1"),
    "reason": lambda: _saying(reason=5),
    "ordered": lambda: _saying(ordered="no"),
    "notes": lambda: _saying(notes=[{"a": 1}]),
    "entries": lambda: _saying(entries=[{"unit": 1}]),
    "scores": lambda: _saying(
        entries=[{"unit": "a", "scores": {"index": "x"}, "ranks": {}, "coverage": 1.0}]
    ),
    "left out": lambda: _saying(left_out=[{"unit": "a", "reason": {}, "lacking": []}]),
    "not a number": lambda: _saying(
        entries=[{"unit": "a", "scores": {"index": float("nan")}, "ranks": {}, "coverage": 1.0}]
    ),
    "a half of a pair": lambda: _saying(reason="\ud800"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_and_costs_little(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = HOSTILE[name]()
    monkeypatch.setattr(bundle, "MOST_PACKED", 4 * MB)
    tracemalloc.start()
    try:
        files, problems = unbundled(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert problems
    assert all(len(one) < 500 for one in problems)
    assert sum(map(len, files.values())) <= 4 * MB
    assert peak < 24 * MB


def _basis(**changed: Any) -> bytes:
    kept = {"method": "", "period": None, "inputs": None, "previous": None, "posts": {}} | changed
    return zlib.compress(msgspec.msgpack.encode(kept), 1)


@pytest.mark.parametrize(
    "basis",
    [
        b"",
        zlib.compress(bytes(40 * MB), 1),
        _basis()[:-3],
        _basis(period={"$gt": ""}),
        zlib.compress(b"\x91" * 100_000 + b"\x01"),
    ],
    ids=["nothing", "a bomb", "cut", "another period", "deep"],
)
def test_what_it_is_said_to_be_computed_from_is_looked_at(
    basis: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "_MOST_UNPACKED", 4 * MB)
    with pytest.raises(IssueError, match="cannot be read"):
        check_basis(_issue(), basis)


@pytest.mark.slow
def test_the_same_without_an_attack_is_whole() -> None:
    """Otherwise that all of them are refused would prove nothing."""
    month = published_month()
    assert month.issue is not None
    files = bundle_files(month, WHAT_IT_IS_OF, "", (), {})
    assert unbundled(bundled(files, month.issue))[1] == []
    assert unbundled(_saying())[1] == []
