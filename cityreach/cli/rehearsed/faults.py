"""`cityreach faults`: what goes wrong at the platforms of a rehearsal."""

from __future__ import annotations

from typing import Annotated

import typer

from cityreach.cli.options import JsonFlag
from cityreach.cli.output import emit_list, say

faults_app = typer.Typer(
    help="What shall go wrong at the sandbox of `demo --keep` or `try`.", no_args_is_help=True
)


@faults_app.command(name="list")
def list_faults(as_json: JsonFlag = False) -> None:
    """The faults in force, and how many calls each has hit."""
    from cityreach.settings import command_settings
    from operations.rehearsal.faults import fault_rows

    rows = fault_rows(command_settings().data_dir)
    emit_list(rows, "faults", "kind, hits: calls hit, fault: where", as_json=as_json)


@faults_app.command(name="add")
def add_command(
    kind: Annotated[str, typer.Argument(help="For instance rate_limited, server_error, timeout.")],
    where: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE...", help="platform=x endpoint=timeline ratio=0.1 …"),
    ] = None,
) -> None:
    """One more fault; without KEY=VALUE it hits every call."""
    from cityreach.settings import command_settings
    from operations.rehearsal.faults import add_fault

    add_fault(command_settings().data_dir, kind, where or [])
    say(f"{kind} is in force; `cityreach faults clear` ends it")


@faults_app.command(name="clear")
def clear_command() -> None:
    """End all faults."""
    from cityreach.settings import command_settings
    from operations.rehearsal.faults import clear_faults

    clear_faults(command_settings().data_dir)
    say("no fault is in force")
