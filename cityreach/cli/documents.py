"""Documents of a month: reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cityreach.cli.indexing import index_of
from cityreach.cli.options import LiveFlag, MethodOption, PeriodOption, command_runtime
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
) -> None:
    """Write the month's report: rankings, charts, cases, method, coverage."""
    from operations.documents.reports import chosen_languages, write_reports

    langs, formats = chosen_languages(lang), [one.strip() for one in form.split(",")]
    runtime = command_runtime()
    index = index_of(runtime, period, method, live=live)
    if index.issue is None:
        say(f"{index.period.name} is not frozen: the report says that it is provisional")
    for path in write_reports(runtime, index, out, langs, formats):
        show_line(str(path))
