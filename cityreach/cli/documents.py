"""Files of a month: reports, tables, issues."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cityreach.cli.indexing import index_of
from cityreach.cli.issues import issue_app
from cityreach.cli.options import BomFlag, LiveFlag, MethodOption, PeriodOption, command_runtime
from cityreach.cli.output import say, show_line


def report(
    period: PeriodOption,
    lang: Annotated[str | None, typer.Option(help="zh or en; default: both.")] = None,
    form: Annotated[
        str, typer.Option("--format", help="html, md, docx, xlsx, pdf; several with commas.")
    ] = "html",
    out: Annotated[Path, typer.Option(help="The folder of the files.")] = Path(),
    method: MethodOption = None,
    live: LiveFlag = False,
    template: Annotated[
        Path | None, typer.Option(help="A Word file of your own with {{ fields }}, for docx.")
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Of the draft as it is kept.")] = False,
) -> None:
    """Write the month's report: rankings, charts, cases, method, coverage."""
    from operations.documents.publishing import draft_index
    from operations.documents.reports import chosen_languages, write_reports

    langs, formats = chosen_languages(lang), [one.strip() for one in form.split(",")]
    runtime = command_runtime()
    if draft:
        index = draft_index(runtime, period, method)
    else:
        index = index_of(runtime, period, method, live=live)
    if index.issue is None:
        say(f"{index.period.name} is not frozen: the report says that it is provisional")
    for path in write_reports(runtime, index, out, langs, formats, template):
        show_line(str(path))


_Out = Annotated[Path | None, typer.Option(help="The file; default: named after what is in it.")]
_File = Annotated[Path, typer.Argument(help="A zip file of `issue export`.")]


def export(
    what: Annotated[
        str, typer.Argument(help="leaderboard, posts, readings, account-days, issue (a zip file).")
    ],
    period: PeriodOption,
    form: Annotated[str, typer.Option("--format", help="csv, xlsx, ndjson or parquet.")] = "csv",
    out: _Out = None,
    method: MethodOption = None,
    bom: BomFlag = False,
) -> None:
    """Write a table of the month, row by row: unknown is empty, zero is 0, ids are texts."""
    from operations.documents.exports import export_table

    if what == "issue":
        export_issue(period, method, out)
        return
    path, rows = export_table(command_runtime(), what, period, form, out, method, bom=bom)
    say(f"{rows:,} rows")
    show_line(str(path))


@issue_app.command(name="export")
def export_issue(period: PeriodOption, method: MethodOption = None, out: _Out = None) -> None:
    """A published issue as a zip file, with hashes; the same bytes each time."""
    from operations.documents import issues
    from operations.documents.publishing import known_issue

    runtime = command_runtime()
    issue = known_issue(runtime, period, method)
    path = issues.exported_issue(runtime, issue, out)
    for line in issues.lacking_in(path):
        say(f"not in it: {line}")
    show_line(str(path))


@issue_app.command(name="verify")
def verify_issue(file: _File) -> None:
    """Whether every byte of an exported issue is as it was published. Needs no server."""
    from operations.documents import issues

    issue = issues.verified_issue(file)
    show_line(f"{issue.period} {issue.method}: revision {issue.revision}, {issue.digest}, whole")


@issue_app.command(name="import")
def import_issue(file: _File) -> None:
    """Keep an issue that was exported elsewhere."""
    from operations.documents import issues

    issue = issues.imported_issue(command_runtime(), file)
    say(f"{issue.period} {issue.method}: revision {issue.revision}, {issue.digest} is kept here")
