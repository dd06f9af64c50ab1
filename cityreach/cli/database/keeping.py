"""Backup, restore and upgrade of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cityreach.cli.options import DryRunFlag, JsonFlag
from cityreach.cli.output import emit, say, show_line

_Backup = Annotated[Path, typer.Argument(help="A folder that `cityreach backup` has made.")]


def backup(
    into: Annotated[Path, typer.Argument(help="The folder in which each backup has its own.")],
    keep: Annotated[
        int | None, typer.Option(min=1, help="Remove the oldest beyond so many; default: none.")
    ] = None,
) -> None:
    """Write all that is in the database to files, as it was at one instant; parts may go on."""
    from cityreach.settings import command_settings
    from operations.database.backups import back_up
    from operations.running.parts import hosted

    with hosted(command_settings()) as runtime:
        folder, manifest, gone = back_up(runtime, into, keep)
    say(f"{len(manifest.collections)} collections, {manifest.documents:,} documents, checked")
    for path in gone:
        say(f"removed {path}")
    show_line(str(folder))


def restore(
    folder: _Backup,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put the backup in the place of what is there.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only see whether every byte is as it was written.")
    ] = False,
) -> None:
    """Bring a backup back into the database, whole or not at all. Stop all parts first."""
    from cityreach.settings import command_settings
    from operations.database.backups import checked_backup, restore_backup
    from operations.running.parts import hosted

    manifest = checked_backup(folder)
    held = f"{len(manifest.collections)} collections, {manifest.documents:,} documents"
    if check:
        say(f"{folder} is whole: {held} of {manifest.made_at}")
        return
    with hosted(command_settings()) as runtime:
        restore_backup(runtime, folder, replace=replace)
        say(f"{held} of {manifest.made_at} are in database {runtime.unindexed_db.name} again")


def migrate(
    dry_run: DryRunFlag = False,
    shard: Annotated[
        bool, typer.Option("--shard", help="Only print the commands that spread it over shards.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a database of an earlier version one of this version. Cut short, it goes on."""
    from cityreach.settings import command_settings
    from operations.database.backups import upgraded
    from operations.running.parts import hosted
    from store.sharding import shard_commands

    if shard:
        for line in shard_commands(command_settings().mongo_database):
            show_line(line)
        return
    with hosted(command_settings()) as runtime:
        rows = list(upgraded(runtime, dry_run=dry_run))
    if not rows and not as_json:
        say("the documents are of this version")
        return
    emit(
        rows, "would change" if dry_run else "changed", "to, piece, changed, title", as_json=as_json
    )
