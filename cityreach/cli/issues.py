"""What is published of a month: checked, drafted, frozen, revised, compared."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.forms import spoken
from cityreach.cli.options import JsonFlag, MethodOption, PeriodOption, command_runtime
from cityreach.cli.output import emit, emit_json, emit_list, say
from model.tables.numbers import many
from operations.documents.publishing import (
    cases_given,
    kept_issue,
    known_issue,
    take_evidence,
)

if TYPE_CHECKING:
    from operations.runtime import Runtime
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
    """What speaks against publishing it: cut-off, data, ranks, coverage, ratings, choice."""
    from operations.documents.publishing import newest_issue
    from portal.month import month_index
    from portal.published import index_of_issue
    from portal.readiness import readiness

    runtime = command_runtime()
    month, name = runtime.settings.period(period), method or runtime.settings.method
    issue = newest_issue(runtime, period, method)
    live, lang = month_index(runtime.db, month, name), "en" if as_json else spoken()
    if issue is not None and issue.state == "draft":
        index = index_of_issue(runtime.db, issue)
        found = readiness(index, runtime.clock.now(), lang, issue, live)
    else:
        found = readiness(live, runtime.clock.now(), lang, issue)
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
    from portal.desk import draft_month

    runtime = command_runtime()
    issue = kept_issue(runtime, period, method, despite, draft_month, say)
    _note(runtime, "draft", issue, despite)
    _say_kept(issue)


@issue_app.command(name="choose")
def choose_command(
    period: PeriodOption,
    method: MethodOption = None,
    chart: Annotated[
        list[str] | None, typer.Option(help="A ranking of the report; default: all of them.")
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(help="SCOPE=CITY, SCOPE= for none; default: the rules choose."),
    ] = None,
) -> None:
    """Choose the rankings and cases of the draft's report; `report --draft` shows it."""
    from portal.desk import choose_report

    runtime = command_runtime()
    month, name = runtime.settings.period(period), method or runtime.settings.method
    issue = choose_report(runtime.db, month, name, chart or (), cases_given(case or ()))
    _note(runtime, "choose", issue)
    _say_kept(issue)


@issue_app.command(name="withdraw")
def withdraw_issue(period: PeriodOption, method: MethodOption = None) -> None:
    """Take a draft away. What is frozen stays."""
    from portal.desk import withdraw_month

    runtime = command_runtime()
    month, name = runtime.settings.period(period), method or runtime.settings.method
    issue = withdraw_month(runtime.db, month, name)
    _note(runtime, "withdraw", issue)
    say(f"the draft of {period} {issue.method} is withdrawn")


@issue_app.command(name="freeze")
def freeze_issue(
    period: PeriodOption, method: MethodOption = None, despite: _Despite = None
) -> None:
    """Freeze the draft: from then on it never changes."""
    from portal.desk import freeze_month

    runtime = command_runtime()
    frozen = kept_issue(runtime, period, method, despite, freeze_month, say)
    _note(runtime, "freeze", frozen, despite)
    _say_kept(frozen)
    if runtime.settings.evidence_for_top:
        take_evidence(runtime, frozen, say)


@issue_app.command(name="revise")
def revise_issue(
    period: PeriodOption,
    reason: Annotated[str, typer.Option(help="Why, for the readers.")],
    method: MethodOption = None,
    despite: _Despite = None,
    case: Annotated[
        list[str] | None, typer.Option(help="SCOPE=CITY; default: the cases of the last one.")
    ] = None,
) -> None:
    """Publish a correction: a new revision beside the old one, with its reason."""
    from functools import partial

    from portal.desk import revise_month

    cases = None if case is None else cases_given(case)
    keep = partial(revise_month, reason=reason, cases=cases)
    runtime = command_runtime()
    issue = kept_issue(runtime, period, method, despite, keep, say)
    _note(runtime, "revise", issue, despite, reason)
    _say_kept(issue)


@issue_app.command(name="list")
def list_issues(as_json: JsonFlag = False) -> None:
    """All issues."""
    from store.records import issues

    keys = ("period", "method", "method_version", "revision", "state", "reason", "despite")
    rows = [
        {key: one.get(key, "") for key in (*keys, "digest")} for one in issues(command_runtime().db)
    ]
    told = [{**row, "digest": row["digest"][:12]} for row in rows]
    emit_list(rows if as_json else told, "issues", ", ".join((*keys, "digest")), as_json=as_json)


@issue_app.command(name="show")
def show_issue(
    period: PeriodOption, method: MethodOption = None, revision: _Revision = None
) -> None:
    """An issue of a month as JSON, checked against its digest."""
    from scoring.publish.issues import to_plain

    runtime = command_runtime()
    emit_json(to_plain(known_issue(runtime, period, method, revision)))


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
    one = index_of_issue(runtime.db, known_issue(runtime, period, method, since))
    if until is None:
        two = month_index(runtime.db, month, name)
    else:
        two = index_of_issue(runtime.db, known_issue(runtime, period, method, until))
    rows = drift_rows(one, two)
    columns = (
        "city, name_zh: 城市, name_en: name, rank_before: rank before, rank_after: rank after, "
        "score_before: score before, score_after: score after"
    )
    emit(rows, f"{period}: differences of {many(len(rows), 'cities')}", columns, as_json=as_json)
    if (drift := drift_between(one, two)) is not None:
        say(f"because of {word_causes(drift, spoken())}")


def _note(
    runtime: Runtime, what: str, issue: Issue, despite: str | None = None, reason: str | None = None
) -> None:
    """In the audit log, with what was given of the reasons."""
    from portal.users.audit import note_command

    given = {"method": issue.method, "revision": issue.revision}
    told = {key: value for key, value in (("despite", despite), ("reason", reason)) if value}
    now = runtime.clock.now()
    note_command(runtime.db, now, f"issue.{what}", issue.period, **given, **told)


def _say_kept(issue: Issue) -> None:
    say(f"{issue.period} {issue.method}: {issue.state}, revision {issue.revision}, {issue.digest}")
