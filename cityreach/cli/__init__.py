"""The command line. Exit codes: 0 ok, 1 error, 2 usage or bad input, 3 partial."""

from __future__ import annotations

import sys
from functools import cache

import typer

from cityreach import __version__
from cityreach.cli.commands import add_commands, typed_command
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
from cityreach.cli.options import close_runtimes
from cityreach.cli.output import complain
from cityreach.quick_start import leave_out_revocation, look_seldom_for_garbage
from cityreach.secrecy import guard_process, redacted


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cityreach {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    del version


def plain_commands(only: str | None = None) -> typer.core.TyperGroup:
    """All commands as their functions say.

    `only`: the one that was typed; empty: all by name and help, none of which can be run.
    """
    app = typer.Typer(
        name="cityreach",
        help="Watches the official overseas social-media accounts of Chinese cities, "
        "month by month.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_options)
    group = typer.main.get_command(add_commands(app, only))
    if not isinstance(group, typer.core.TyperGroup):
        raise TypeError("the program has no commands")
    return group


@cache
def command_line(lang: Lang = "en", only: str | None = None) -> typer.core.TyperGroup:
    """The same, with the forms in which tables are given, and help in this language."""
    group = add_forms(plain_commands(only))
    add_language(group)
    if lang == "zh":
        from cityreach.cli.language import translate

        translate(group)
    return escape_colons(group)


def _run() -> None:
    expect_language(sys.argv)
    only = typed_command(sys.argv)
    if spoken() == "en":
        command_line(only=only)(standalone_mode=True)
    else:
        from cityreach.cli.language import run_in_chinese

        run_in_chinese(command_line("zh", only))


def main() -> None:
    """Runs a command; turns every error of ours into one message and an exit code."""
    guard_process()
    look_seldom_for_garbage()
    leave_out_revocation()
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
