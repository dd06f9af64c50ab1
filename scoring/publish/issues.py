"""Issues: what is published of a result, and how it may change.

A draft may be replaced any number of times. Once frozen, it stays as it is: a correction is a
revision, a new issue that names its number, its reason and the digest of the one before. All are
plain immutable values; whoever stores them keeps every one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, get_args

from model.period import Period
from scoring.engine.result import Result
from scoring.errors import IssueError
from scoring.method.tree import ROOT

IssueState = Literal["draft", "frozen", "revised"]
ISSUE_SCHEMA = 3
_SINCE = {2: ("basis", "despite", "published_at"), 3: ("scopes", "cases")}
"""Fields that issues of earlier schemas have not; their digests were made without them."""


@dataclass(frozen=True, slots=True)
class IssueEntry:
    """A unit of an issue."""

    unit: str
    scores: Mapping[str, float | None]
    """By node: the root and its children, unrounded."""
    ranks: Mapping[str, int | None]
    coverage: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A unit without a score, and why."""

    unit: str
    reason: str
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class Issue:
    """A period's index as published."""

    period: str
    method: str
    method_version: int
    method_hash: str
    panel: str
    """Id of the panel it is computed over."""
    cutoff: str
    """ISO 8601, UTC: counts are taken as of this instant."""
    input_hash: str
    """Of the table that was scored."""
    code_version: str
    created_at: str
    """ISO 8601, UTC."""
    ordered: bool
    entries: tuple[IssueEntry, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    state: IssueState = "draft"
    revision: int = 0
    """0 for the first, one more with each correction."""
    reason: str = ""
    """Why it was revised."""
    previous: str = ""
    """Digest of the issue that this one revises."""
    basis: str = ""
    """SHA-256 of all that it was computed from, under which that is kept."""
    despite: str = ""
    """Why it was drafted although something spoke against it."""
    published_at: str = ""
    """ISO 8601, UTC: when it was frozen or revised."""
    scopes: tuple[str, ...] = ()
    """The rankings that its report shows; all of them where none is named."""
    cases: Mapping[str, str] = field(default_factory=dict)
    """The editors' cities by scope, "" for none there; the rules choose everywhere else."""
    schema: int = ISSUE_SCHEMA

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the whole content."""
        left_out = [
            name for since, names in _SINCE.items() if since > self.schema for name in names
        ]
        content = {name: value for name, value in asdict(self).items() if name not in left_out}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def ranks(self) -> dict[str, dict[str, int | None]]:
        """By node and unit, for the root and its children."""
        codes = self.entries[0].ranks if self.entries else ()
        return {code: {entry.unit: entry.ranks[code] for entry in self.entries} for code in codes}

    @property
    def content(self) -> str:
        """SHA-256 over what is said of the units, whenever and in whatever state."""
        content = {
            "entries": [asdict(entry) for entry in self.entries],
            "ordered": self.ordered,
            "left_out": [asdict(entry) for entry in self.left_out],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def draft(
    result: Result,
    period: Period,
    *,
    panel: str,
    code_version: str,
    created_at: str,
    basis: str = "",
    despite: str = "",
) -> Issue:
    """A draft of a result; `created_at` is ISO 8601 in UTC."""
    method = result.method
    codes = (ROOT, *(child.code for child in method.children(ROOT)))
    return Issue(
        period=period.name,
        method=method.id,
        method_version=method.version,
        method_hash=method.hash,
        panel=panel,
        cutoff=period.cutoff.isoformat(),
        input_hash=result.table.hash,
        code_version=code_version,
        created_at=created_at,
        ordered=method.ordered,
        entries=tuple(
            IssueEntry(
                unit,
                {code: result.score(unit, code) for code in codes},
                {code: result.rank(unit, code) for code in codes},
                float(result.coverage[ROOT][row]),
            )
            for row, unit in enumerate(result.units)
        ),
        left_out=tuple(LeftOut(e.unit, e.reason, e.lacking) for e in result.exclusions),
        notes=tuple(str(note) for note in result.notes),
        basis=basis,
        despite=despite,
    )


def freeze(issue: Issue, published_at: str = "") -> Issue:
    """The draft as published; raises IssueError for anything that is not a draft."""
    if issue.state != "draft":
        raise IssueError(
            f"the issue of {issue.period} is frozen already (revision {issue.revision}): a "
            "correction is a revision, `cityreach issue revise`, with a reason"
        )
    return replace(issue, state="frozen", published_at=published_at)


def redraft(current: Issue | None, new: Issue) -> Issue:
    """A draft in place of another; raises IssueError if what there is was already published."""
    if current is not None and current.state != "draft":
        raise IssueError(
            f"the issue of {current.period} is frozen (revision {current.revision}): revise it, "
            "with a reason"
        )
    return new


def revise(published: Issue, new: Issue, reason: str, published_at: str = "") -> Issue:
    """A correction of a published issue by a new draft.

    Raises IssueError without a reason, for a draft, for another period or method, or where
    nothing that is said of the units would change.
    """
    if published.state == "draft":
        raise IssueError("a draft is not revised: make a new draft")
    if not reason.strip():
        raise IssueError("a revision needs a reason")
    if (published.period, published.method) != (new.period, new.method):
        raise IssueError(f"not the same index: {published.period} {published.method}")
    if (published.content, _choice(published)) == (new.content, _choice(new)):
        raise IssueError(
            "a revision would change nothing: no city's score, rank or coverage, no ranking or "
            "case of the report"
        )
    return replace(
        new,
        state="revised",
        revision=published.revision + 1,
        reason=reason.strip(),
        previous=published.digest,
        published_at=published_at,
    )


def _choice(issue: Issue) -> tuple[tuple[str, ...], dict[str, str]]:
    return issue.scopes, dict(issue.cases)


def with_choice(issue: Issue, scopes: Sequence[str], cases: Mapping[str, str]) -> Issue:
    """A draft with other rankings and cases in its report; raises IssueError for what is
    published."""
    if issue.state != "draft":
        raise IssueError(
            f"the issue of {issue.period} is frozen (revision {issue.revision}): its report "
            "changes by a revision, with a reason"
        )
    return replace(issue, scopes=tuple(scopes), cases=dict(cases))


def to_plain(issue: Issue) -> dict[str, Any]:
    """For storage and JSON, with the digest beside the content."""
    return {**asdict(issue), "digest": issue.digest}


def from_plain(stored: Mapping[str, Any]) -> Issue:
    """An issue out of storage; raises IssueError if it is not what was stored."""
    told = {name: value for name, value in stored.items() if name not in ("digest", "_id")}
    if told.get("schema") not in range(1, ISSUE_SCHEMA + 1):
        raise IssueError(f"an issue of schema {told.get('schema')!r:.40}, expected {ISSUE_SCHEMA}")
    try:
        told["entries"] = tuple(IssueEntry(**entry) for entry in told["entries"])
        told["left_out"] = tuple(
            LeftOut(**{**entry, "lacking": tuple(entry["lacking"])}) for entry in told["left_out"]
        )
        told |= {name: tuple(told[name]) for name in ("notes", "scopes") if name in told}
        issue = Issue(**told)
        wrong = [*_wrong_fields(issue)]
    except (TypeError, KeyError, AttributeError) as error:
        raise IssueError(f"not an issue: {error}") from error
    if wrong:
        raise IssueError(f"not an issue: {', '.join(wrong)} of another kind than expected")
    if issue.digest != stored.get("digest"):
        raise IssueError(f"the stored issue of {issue.period} was changed: its digest differs")
    return issue


def _wrong_fields(issue: Issue) -> Iterator[str]:
    """Issues come in files too: what is stored and shown of one is of the kinds stated above."""
    kinds = {"str": str, "int": int, "bool": bool}
    for one in fields(Issue):
        kind = kinds.get(str(one.type))
        if kind is not None and type(getattr(issue, one.name)) is not kind:
            yield one.name
    if issue.state not in get_args(IssueState):
        yield "state"
    texts: list[object] = [*issue.notes, *(entry.unit for entry in issue.entries)]
    texts += [text for one in issue.left_out for text in (one.unit, one.reason, *one.lacking)]
    texts += [*issue.scopes, *issue.cases, *issue.cases.values()]
    if not all(isinstance(text, str) for text in texts):
        yield "texts"
    numbers: list[Any] = [entry.coverage for entry in issue.entries]
    for entry in issue.entries:
        numbers += [*entry.scores.values(), *entry.ranks.values()]
    if not all(number is None or type(number) in (int, float) for number in numbers):
        yield "numbers"
