"""The registry of accounts: list, import, check, verify, export."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.forms import spoken
from cityreach.cli.options import (
    DryRunFlag,
    JsonFlag,
    PlatformOption,
    any_platform,
    command_runtime,
)
from cityreach.cli.output import complain, emit, emit_csv, emit_json, say
from cityreach.cli.publishing import say_dry_run
from model.account import Account
from model.tables.numbers import many
from operations.errors import UsageError

if TYPE_CHECKING:
    from store.accounts import Imported

accounts_app = typer.Typer(
    help="Which accounts are watched: list, import, check, verify, export.", no_args_is_help=True
)


@accounts_app.command("list")
def list_accounts(as_json: JsonFlag = False) -> None:
    """All accounts that are watched."""
    now = command_runtime().clock.now()
    rows = [{**_row(account), **_paused(account, now)} for account in _stored()]
    columns = "city, platform, handle, id, class, primary, paused, paused_since, reason"
    emit(rows, many(len(rows), "accounts"), columns, as_json=as_json)


@accounts_app.command("import")
def import_accounts(
    file: Annotated[
        Path, typer.Argument(help="CSV or XLSX: city, platform, handle, id, name, class, …")
    ],
    dry_run: DryRunFlag = False,
) -> None:
    """Take accounts from a CSV or XLSX file. With a wrong row, nothing is taken."""
    from portal.users.audit import note_command
    from registry.accounts import read_accounts
    from registry.cities import load_cities
    from store.accounts import accounts_to_come, put_accounts

    found = read_accounts(file, load_cities())
    if found.problems:
        lines = "\n".join(str(problem) for problem in found.problems)
        raise UsageError(f"{lines}\nnothing was imported ({many(len(found.problems), 'problems')})")
    if dry_run:
        count = partial(accounts_to_come, new=found.rows)
        _tell_moved(say_dry_run(file, len(found.rows), "accounts", count))
        return
    runtime = command_runtime()
    now = runtime.clock.now()
    done = put_accounts(runtime.db, found.rows, at=now)
    told: dict[str, Any] = {"file": file.name, "added": done.added, "changed": done.changed}
    note_command(runtime.db, now, "accounts.import", **told)
    say(f"{file}: {done.added} accounts added, {done.changed} changed, {done.unchanged} as before")
    _tell_moved(done)
    _tell_paused(found.rows)


def _tell_moved(done: Imported | None) -> None:
    """Months that ended change with them, which a reader of those should hear of."""
    if done is None or not done.moved:
        return
    one_by_one = [f"{one.account} ({one.before} -> {one.city})" for one in done.moved]
    some = ", ".join(one_by_one[:8]) + ", …" * (len(one_by_one) > 8)
    number = len(one_by_one)
    say(
        f"{number} of them belong to another city than before: {some}; months that are not frozen "
        "count them there, also those that have ended; frozen issues stay as they are"
    )


def _tell_paused(imported: list[Account]) -> None:
    """A list does not resume what rests or was removed; it is said."""
    now, keys = command_runtime().clock.now(), {(one.platform, one.id) for one in imported}
    handles = {(one.platform, one.handle.lower()) for one in imported}
    paused = [
        one.key
        for one in _stored()
        if one.pause_at(now) is not None
        if (one.platform, one.id) in keys or (one.platform, one.handle.lower()) in handles
    ]
    if paused:
        some = ", ".join(paused[:8]) + ", …" * (len(paused) > 8)
        say(f"{len(paused)} of them rest or were removed: {some}; `accounts resume` changes that")


@accounts_app.command("template")
def accounts_template_command(
    out: Annotated[Path, typer.Option(help="The XLSX (with choices) or CSV to write.")],
) -> None:
    """An empty list to fill in."""
    from operations.documents.templates import accounts_template, write_template

    write_template(accounts_template(), out, spoken())
    say(f"{out}: fill it in, then `cityreach accounts import {out} --dry-run`")


@accounts_app.command("check")
def check_accounts(
    file: Annotated[Path | None, typer.Argument(help="CSV or XLSX; default: the registry.")] = None,
) -> None:
    """Warnings: unverified accounts, cities without any, no or several primary ones."""
    from registry.accounts import check, read_accounts
    from registry.cities import load_cities

    cities = load_cities()
    if file is None:
        now = command_runtime().clock.now()
        rows = [one for one in _stored() if not one.is_removed(now)]
    else:
        found = read_accounts(file, cities)
        if found.problems:
            raise UsageError("\n".join(str(problem) for problem in found.problems))
        rows = found.rows
    for warning in check(rows, cities):
        say(str(warning))
    say(f"{many(len(rows), 'accounts')} checked")


@accounts_app.command("verify")
def verify_command(
    platform: PlatformOption = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="`platform:id`, or `platform:@handle` while the id is not known."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask the platforms who the accounts are: ids of handles, renamed, reused and gone ones."""
    from operations.verify import in_order, verify_accounts

    name = any_platform(platform)
    rows, alarms = verify_accounts(command_runtime(), name, account or ())
    columns = "platform, handle, city, id, state, handle_now: now, name, followers, detail"
    shown = rows if as_json else _causes_once(rows)
    emit(shown, many(len(rows), "accounts"), columns, as_json=as_json)
    for alarm in alarms:
        complain(alarm)
    if not in_order(rows):
        raise typer.Exit(PARTIAL)


_ALIKE = 3
"""So many accounts of a platform that fail for the same cause have it told once."""


def _causes_once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without causes that many of them share; those are said in a line each."""
    failed = Counter((row["platform"], row["detail"]) for row in rows if row["state"] == "failed")
    common = {cause: times for cause, times in failed.items() if times >= _ALIKE and cause[1]}
    for (platform, detail), times in common.items():
        complain(f"{platform}: {times} accounts could not be verified: {detail}")
    return [
        {
            **row,
            "detail": "as said" if (row["platform"], row["detail"]) in common else row["detail"],
        }
        for row in rows
    ]


@accounts_app.command("export")
def export_command(
    out: Annotated[Path | None, typer.Option(help="File; default: standard output.")] = None,
    bom: Annotated[bool, typer.Option(help="For Excel: begin with a byte order mark.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """All accounts as the CSV that `accounts import` reads."""
    from registry.writing import account_rows, export_accounts

    accounts = _stored()
    if as_json:
        emit_json([_row(account) for account in accounts])
    elif out is None:
        emit_csv(list(account_rows(accounts)), bom=bom)
    else:
        export_accounts(accounts, out, bom=bom)
        say(f"{out}: {many(len(accounts), 'accounts')}")


def _stored() -> list[Account]:
    from store.accounts import accounts

    return accounts(command_runtime().db)


def _paused(account: Account, now: datetime) -> dict[str, Any]:
    planned = next((one for one in account.pauses if one.since > now), None)
    pause = account.pause_at(now) or planned
    return {
        "paused": "planned" if pause and pause is planned else pause and pause.kind.value,
        "paused_since": pause.since.isoformat() if pause else None,
        "reason": pause.reason if pause else None,
    }


def _row(account: Account) -> dict[str, Any]:
    return {
        "city": account.city,
        "platform": account.platform,
        "handle": account.handle,
        "id": account.id,
        "name": account.name,
        "class": account.account_class.value,
        "primary": account.primary,
        "verified_at": account.verified_at.isoformat() if account.verified_at else None,
        "source": account.source,
        "note": account.note,
    }
