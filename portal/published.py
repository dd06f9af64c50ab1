"""Issues as they are kept: with all that they were computed from, so that a frozen number can be
shown and explained as it was published, whatever became known since.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, TypeVar

import msgspec

from model.period import Period
from model.version import __version__
from portal.month import (
    MonthIndex,
    index_under,
    inputs_of,
    month_index,
    panel_of,
    previous_ranks,
)
from scoring import load_method
from scoring.cities.assemble import MonthInputs
from scoring.errors import IssueError, ScoringError
from scoring.method.library import method_text, read_method
from scoring.publish.issues import Issue, draft, from_plain, to_plain, with_choice
from store import records
from store.database import Store
from store.month.trace import CountedPost, counted_posts

_MOST_UNPACKED = 512 * 2**20
"""Bytes; ten thousand accounts take a tenth of it."""


class _MethodAlone(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    """The text of the method's file."""


class _WithoutPosts(_MethodAlone, frozen=True, kw_only=True):
    period: Period
    inputs: MonthInputs
    previous: dict[str, dict[str, int | None]] | None
    """The ranks of the month before."""


class _Basis(_WithoutPosts, frozen=True, kw_only=True):
    """All that an issue was computed from."""

    posts: dict[str, list[CountedPost]]
    """By account."""


class _PostsAlone(msgspec.Struct, frozen=True, kw_only=True):
    posts: dict[str, msgspec.Raw]


_Part = TypeVar("_Part", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, and what it was computed from as it will be kept."""

    issue: Issue
    index: MonthIndex
    basis: bytes


def drafted(
    db: Store, period: Period, method: str, created_at: datetime, despite: str = ""
) -> Draft:
    """A draft of the month as it is known now, with the rankings and cases that were chosen for its
    newest issue. Nothing is kept yet."""
    text, inputs = method_text(method), inputs_of(db, period, method)
    before = previous_ranks(db, period.previous(), method)
    index = index_under(read_method(text, method), period, inputs, before)
    data = _packed(
        _Basis(
            method=text,
            period=period,
            inputs=inputs,
            previous=None if before is None else {k: dict(v) for k, v in before.items()},
            posts={row.account: counted_posts(db, period, row.account) for row in inputs.rows},
        )
    )
    issue = draft(
        index.result,
        period,
        panel=panel_of(inputs, created_at).id,
        code_version=__version__,
        created_at=created_at.isoformat(),
        basis=hashlib.sha256(data).hexdigest(),
        despite=despite,
    )
    last = issue_of(db, period.name, method)
    if last is not None:
        issue = with_choice(issue, last.scopes, last.cases)
    return Draft(issue, index, data)


def keep_issue(db: Store, issue: Issue, basis: bytes | None = None) -> None:
    """Stores an issue, with what it was computed from where that is not kept yet. What the draft
    that it replaces was computed from is dropped.
    """
    before = records.stored_issue(db, issue.period, issue.method, issue.revision)
    if basis is not None:
        records.put_basis(db, issue.basis, basis)
    records.put_issue(db, to_plain(issue))
    if before is not None and before.get("basis") != issue.basis:
        records.drop_basis(db, before.get("basis", ""))


def issue_of(db: Store, period: str, method: str, revision: int | None = None) -> Issue | None:
    """A revision of a month's issue, the newest by default; None where there is none."""
    name = load_method(method).id
    if revision is None:
        found = records.latest_issue(db, period, name)
    else:
        found = records.stored_issue(db, period, name, revision)
    return None if found is None else from_plain(found)


def frozen_issue(db: Store, period: str, method: str) -> Issue | None:
    """The newest issue of a month that is published; None while there is at most a draft."""
    issue = issue_of(db, period, method)
    return None if issue is None or issue.state == "draft" else issue


def index_of_issue(db: Store, issue: Issue) -> MonthIndex:
    """The index that an issue was made of, computed again from what was kept with it.

    Raises IssueError where that is not there (issues of before version 0.2), or was changed.
    """
    packed = _kept_basis(db, issue)
    known = _unpacked(packed, _WithoutPosts)
    method = read_method(known.method, issue.method)
    index = index_under(method, known.period, known.inputs, known.previous)
    return replace(index, issue=issue, posts=PostsOfIssue(db, issue))


def _kept_basis(db: Store, issue: Issue) -> bytes:
    packed = records.basis(db, issue.basis) if issue.basis else None
    if packed is None:
        raise IssueError(
            f"the issue of {issue.period} (revision {issue.revision}) was kept without what it was "
            "computed from; `cityreach issue show` prints it, --live shows today's knowledge"
        )
    if hashlib.sha256(packed).hexdigest() != issue.basis:
        raise IssueError(f"what the issue of {issue.period} was computed from was changed")
    return packed


class PostsOfIssue(Mapping[str, Sequence[CountedPost]]):
    """By account, the posts that an issue counted. Of a hundred cities that is some tens of
    megabytes, five of them packed, so they stay in the store: those of the issue that was asked for
    last are held, and an account's are read when they are asked for. Raises IssueError."""

    _held: ClassVar[tuple[str, Mapping[str, msgspec.Raw]]] = ("", {})

    def __init__(self, db: Store, issue: Issue) -> None:
        self._db, self._issue = db, issue

    def __getitem__(self, account: str) -> Sequence[CountedPost]:
        return msgspec.msgpack.decode(self._all()[account], type=list[CountedPost])

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> Mapping[str, msgspec.Raw]:
        key, found = PostsOfIssue._held
        if key != self._issue.basis:
            found = _unpacked(_kept_basis(self._db, self._issue), _PostsAlone).posts
            PostsOfIssue._held = (self._issue.basis, found)
        return found


def method_of_issue(packed: bytes) -> str:
    """The text of the method's file in what an issue was computed from; raises IssueError."""
    return _unpacked(packed, _MethodAlone).method


def index_of_draft(db: Store, issue: Issue) -> MonthIndex:
    """The index of a draft as it is kept, not published; raises as `index_of_issue`."""
    return replace(index_of_issue(db, issue), issue=None)


def differs(index: MonthIndex) -> bool:
    """Whether a frozen issue, computed again, does not give what was published: this version of
    the program computes otherwise than the one it was published by."""
    if index.issue is None:
        return False
    again = draft(index.result, index.period, panel="", code_version="", created_at="")
    return again.content != index.issue.content


def shown_index(
    db: Store, period: Period, method: str, preset: str | None = None, *, live: bool = False
) -> MonthIndex:
    """A month's index: its frozen issue where there is one, else (or with `live`, or under a
    preset, which is never published) as it is known now.
    """
    issue = None if live or preset else frozen_issue(db, period.name, method)
    if issue is None:
        return month_index(db, period, method, preset)
    return index_of_issue(db, issue)


def check_basis(issue: Issue, packed: bytes) -> None:
    """Raises IssueError unless the index of a published issue can be made of what was kept."""
    known = _unpacked(packed, _Basis)
    if issue.state == "draft" or known.period.name != issue.period:
        raise IssueError(f"no published issue of {known.period.name}")
    try:
        index = index_under(
            read_method(known.method, issue.method), known.period, known.inputs, known.previous
        )
    except ScoringError as error:
        raise IssueError(f"what the issue was computed from is no use: {error}") from error
    if index.result.method.id != issue.method:
        raise IssueError(f"it was computed by the method {index.result.method.id}")


def _packed(basis: _Basis) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(basis), 6)


def _unpacked(data: bytes, what: type[_Part]) -> _Part:
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(data, _MOST_UNPACKED)
        if not unpacking.eof:
            raise ValueError(f"cut off, or more than {_MOST_UNPACKED >> 20} MB")
        return msgspec.msgpack.decode(plain, type=what)
    except (zlib.error, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise IssueError(f"what the issue was computed from cannot be read: {error}") from error
