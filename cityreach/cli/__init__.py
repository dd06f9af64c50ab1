"""The command line. Exit codes: 0 ok, 1 error, 2 usage or bad input, 3 partial."""

from __future__ import annotations

import sys
from functools import cache

import typer

from cityreach import __version__
from cityreach.cli import (
    collecting,
    documents,
    evidence,
    indices,
    issues,
    numbers,
    operating,
    parts,
    portal,
    publishing,
    spending,
    watching,
)
from cityreach.cli.analyse import months, studies
from cityreach.cli.database import keeping
from cityreach.cli.exits import ERROR, exit_code, sentence_of
from cityreach.cli.forms import (
    Lang,
    add_forms,
    add_language,
    escape_colons,
    expect_language,
    forget,
    spoken,
)
from cityreach.cli.media import media_app
from cityreach.cli.media.tone import tone_app
from cityreach.cli.options import close_runtimes
from cityreach.cli.output import complain
from cityreach.cli.people.digests import digest_app
from cityreach.cli.people.ratings import ratings_app
from cityreach.cli.rehearsed import demo, faults
from cityreach.cli.watched import accounts_app
from cityreach.secrecy import guard_process, redacted

app = typer.Typer(
    name="cityreach",
    help="Watches the official overseas social-media accounts of Chinese cities, month by month.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(demo.demo)
app.command("try")(demo.try_command)
app.add_typer(faults.faults_app, name="faults")
app.command()(parts.up)
app.command()(parts.schedule)
app.command()(parts.crawl)
app.command()(parts.write)
app.command()(parts.sandbox)
app.command("portal")(portal.portal_command)
app.command("mcp")(portal.assist_command)
app.add_typer(portal.user_app, name="user")
app.add_typer(portal.token_app, name="token")
app.add_typer(accounts_app, name="accounts")
app.command()(collecting.collect)
app.command(name="map")(collecting.map_file)
app.command()(numbers.measures)
app.command()(numbers.score)
app.command()(numbers.top)
app.command()(documents.report)
app.command()(documents.export)
app.command()(indices.index)
app.command("explain")(months.explain_command)
app.command()(months.raw)
app.command("diff")(months.diff_command)
app.command("whatif")(months.whatif_command)
app.command()(months.robust)
app.add_typer(studies.analyse_app, name="analyse")
app.command()(evidence.evidence)
app.add_typer(ratings_app, name="ratings")
app.add_typer(publishing.indicators_app, name="indicators")
app.add_typer(media_app, name="media")
app.add_typer(tone_app, name="tone")
app.add_typer(publishing.months_app, name="months")
app.add_typer(publishing.panel_app, name="panel")
app.add_typer(issues.issue_app, name="issue")
app.command("gaps")(operating.gaps_command)
app.add_typer(operating.visits_app, name="visits")
app.command()(operating.replay)
app.add_typer(operating.alerts_app, name="alerts")
app.add_typer(digest_app, name="digest")
app.command()(keeping.backup)
app.command()(keeping.restore)
app.command()(keeping.migrate)
app.command()(spending.cost)
app.command()(spending.quota)
app.command()(watching.status)
app.command()(watching.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cityreach {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    del version


@cache
def command_line(lang: Lang = "en") -> typer.core.TyperGroup:
    """All commands, with the forms in which tables are given, and help in this language."""
    group = typer.main.get_command(app)
    if not isinstance(group, typer.core.TyperGroup):
        raise TypeError("the program has no commands")
    add_forms(group)
    add_language(group)
    if lang == "zh":
        from cityreach.cli.language import translate

        translate(group)
    return escape_colons(group)


def _run() -> None:
    expect_language(sys.argv)
    if spoken() == "en":
        command_line()(standalone_mode=True)
    else:
        from cityreach.cli.language import run_in_chinese

        run_in_chinese(command_line("zh"))


def main() -> None:
    """Runs a command; turns every error of ours into one message and an exit code."""
    guard_process()
    try:
        forget()
        _run()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        code, said = exit_code(error), str(error)
        if code is None and (sentence := sentence_of(error)) is not None:
            code, said = ERROR, sentence
        if code is None:
            raise
        complain(redacted(said))
        sys.exit(code)
    finally:
        close_runtimes()
