"""What is published of a month: checked, drafted, frozen, revised, compared."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.indexing import index_of
from cityreach.cli.options import JsonFlag, MethodOption, PeriodOption, command_runtime
from cityreach.cli.output import emit, emit_json, say
from operations.errors import UsageError

if TYPE_CHECKING:
    from operations.runtime import Runtime
    from portal.month import MonthIndex
    from portal.published import Draft
    from portal.readiness import Question
    from scoring.publish.issues import Issue

issue_app = typer.Typer(
    help="Published months: check, draft, freeze, revise, compare.", no_args_is_help=True
)
_Despite = Annotated[
    str | None,
    typer.Option(help="Go on although something speaks against it; the issue carries the reason."),
]
_Revision = Annotated[
    int | None, typer.Option("--revision", min=0, help="This revision; default: the newest.")
]


@issue_app.command(name="check")
def check_issue(
    period: PeriodOption, method: MethodOption = None, as_json: JsonFlag = False
) -> None:
    """What speaks against publishing the month: cut-off, data, ranks, coverage, ratings."""
    from portal.month import month_index
    from portal.readiness import readiness

    runtime = command_runtime()
    month, name = runtime.settings.period(period), method or runtime.settings.method
    found = readiness(month_index(runtime.db, month, name), runtime.clock.now())
    rows = [asdict(one) for one in found]
    columns = "name: asked, ok: in order, text: found, remedy: what to do"
    emit(rows, f"{period}: may it be published?", columns, as_json=as_json)
    if not all(one.ok for one in found):
        raise typer.Exit(PARTIAL)


@issue_app.command(name="draft")
def draft_command(
    period: PeriodOption, method: MethodOption = None, despite: _Despite = None
) -> None:
    """Compute the month and keep it as a draft; a draft may be replaced."""
    from portal.published import keep_issue
    from scoring.publish.issues import redraft

    runtime = command_runtime()
    new, before = _drafted(runtime, period, method, despite)
    redraft(before, new.issue)
    _require(new.index, runtime, despite)
    keep_issue(runtime.db, new.issue, new.basis)
    _say_kept(new.issue)


@issue_app.command(name="withdraw")
def withdraw_issue(period: PeriodOption, method: MethodOption = None) -> None:
    """Take a draft away. What is frozen stays."""
    from store.records import withdraw_draft

    runtime = command_runtime()
    issue = _issue(runtime, period, method)
    if issue is None:
        raise UsageError(f"there is no issue of {period}")
    if not withdraw_draft(runtime.db, period, issue.method):
        raise UsageError(
            f"the issue of {period} is frozen (revision {issue.revision}) and stays; a correction "
            "is `cityreach issue revise`"
        )
    say(f"the draft of {period} {issue.method} is withdrawn")


@issue_app.command(name="freeze")
def freeze_issue(
    period: PeriodOption, method: MethodOption = None, despite: _Despite = None
) -> None:
    """Freeze the draft: from then on it never changes."""
    from dataclasses import replace

    from portal.published import index_of_issue, keep_issue
    from scoring.publish.issues import freeze

    runtime = command_runtime()
    before = _issue(runtime, period, method)
    if before is None:
        raise UsageError(f"there is no draft of {period}: `cityreach issue draft` makes one")
    frozen = freeze(before, runtime.clock.now().isoformat())
    reason = _reason(despite) or frozen.despite
    _require(index_of_issue(runtime.db, before), runtime, reason)
    frozen = replace(frozen, despite=reason)
    keep_issue(runtime.db, frozen)
    _say_kept(frozen)
    if runtime.settings.evidence_for_top:
        _take_evidence(runtime, period, method)


@issue_app.command(name="revise")
def revise_issue(
    period: PeriodOption,
    reason: Annotated[str, typer.Option(help="Why, for the readers.")],
    method: MethodOption = None,
    despite: _Despite = None,
) -> None:
    """Publish a correction: a new revision beside the old one, with its reason."""
    from portal.published import keep_issue
    from scoring.publish.issues import revise

    runtime = command_runtime()
    new, before = _drafted(runtime, period, method, despite)
    if before is None:
        raise UsageError(f"nothing was published of {period} yet")
    revised = revise(before, new.issue, reason, runtime.clock.now().isoformat())
    _require(new.index, runtime, despite)
    keep_issue(runtime.db, revised, new.basis)
    _say_kept(revised)


@issue_app.command(name="list")
def list_issues(as_json: JsonFlag = False) -> None:
    """All issues."""
    from store.records import issues

    keys = ("period", "method", "method_version", "revision", "state", "reason", "despite")
    rows = [
        {key: one.get(key, "") for key in (*keys, "digest")} for one in issues(command_runtime().db)
    ]
    told = [{**row, "digest": row["digest"][:12]} for row in rows]
    noun = "1 issue" if len(rows) == 1 else f"{len(rows)} issues"
    emit(rows if as_json else told, noun, ", ".join((*keys, "digest")), as_json=as_json)


@issue_app.command(name="show")
def show_issue(
    period: PeriodOption, method: MethodOption = None, revision: _Revision = None
) -> None:
    """An issue of a month as JSON, checked against its digest."""
    from scoring.publish.issues import to_plain

    runtime = command_runtime()
    emit_json(to_plain(_known(runtime, period, method, revision)))


@issue_app.command(name="diff")
def diff_issues(
    period: PeriodOption,
    method: MethodOption = None,
    since: Annotated[
        int | None, typer.Option("--from", min=0, help="Revision; default: the newest published.")
    ] = None,
    until: Annotated[
        int | None, typer.Option("--to", min=0, help="Revision; default: today's knowledge.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Which cities differ between two revisions of a month, or between one and today."""
    from portal.drift import drift_between, drift_rows
    from portal.month import month_index
    from portal.published import index_of_issue
    from portal.wording import word_causes

    runtime = command_runtime()
    month, name = runtime.settings.period(period), method or runtime.settings.method
    one = index_of_issue(runtime.db, _known(runtime, period, method, since))
    if until is None:
        two = month_index(runtime.db, month, name)
    else:
        two = index_of_issue(runtime.db, _known(runtime, period, method, until))
    rows = drift_rows(one, two)
    columns = (
        "city, name_zh: 城市, name_en: name, rank_before: rank before, rank_after: rank after, "
        "score_before: score before, score_after: score after"
    )
    emit(rows, f"{period}: {len(rows)} cities differ", columns, as_json=as_json)
    if (drift := drift_between(one, two)) is not None:
        say(f"because of {word_causes(drift, 'en')}")


def _take_evidence(runtime: Runtime, period: str, method: str | None) -> None:
    """Of the best posts of the month's first cities; the issue is frozen with or without it."""
    from operations.errors import Failed
    from operations.evidence import evidence_for_top

    index = index_of(runtime, period, method)
    try:
        say(f"evidence of {evidence_for_top(runtime, index, say)} posts is kept now")
    except Failed as error:
        say(f"no evidence was taken: {error}")


def _drafted(
    runtime: Runtime, period: str, method: str | None, despite: str | None
) -> tuple[Draft, Issue | None]:
    """A new draft of the month as it is known now, and the newest issue there is."""
    from portal.published import drafted

    month, name = runtime.settings.period(period), method or runtime.settings.method
    new = drafted(runtime.db, month, name, runtime.clock.now(), _reason(despite))
    return new, _issue(runtime, period, method)


def _reason(despite: str | None) -> str:
    """Raises UsageError for an empty one."""
    if despite is not None and not despite.strip():
        raise UsageError("--despite: expected a reason, for the readers of the issue")
    return (despite or "").strip()


def _require(index: MonthIndex, runtime: Runtime, despite: str | None) -> None:
    """Raises UsageError with all that speaks against publishing, unless there is a reason to."""
    from portal.readiness import readiness, refused

    questions: list[Question] = readiness(index, runtime.clock.now())
    against = refused(questions)
    if against and not despite:
        listed = "\n".join(f"- {line}" for line in against)
        raise UsageError(
            f"{index.period.name} is not to be published yet:\n{listed}\n"
            'nothing was kept; --despite "reason" goes on all the same, and the issue carries the '
            "reason"
        )
    for line in against:
        say(f"published all the same: {line}")


def _issue(
    runtime: Runtime, period: str, method: str | None, revision: int | None = None
) -> Issue | None:
    from portal.published import issue_of

    name = runtime.settings.period(period).name
    return issue_of(runtime.db, name, method or runtime.settings.method, revision)


def _known(runtime: Runtime, period: str, method: str | None, revision: int | None) -> Issue:
    """Raises UsageError where there is no such issue."""
    found = _issue(runtime, period, method, revision)
    if found is None:
        which = "" if revision is None else f", revision {revision}"
        raise UsageError(f"there is no issue of {period}{which}: `cityreach issue list`")
    return found


def _say_kept(issue: Issue) -> None:
    say(f"{issue.period} {issue.method}: {issue.state}, revision {issue.revision}, {issue.digest}")
