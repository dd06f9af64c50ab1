"""The registry of accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.output import complain, emit_csv, emit_json, emit_table, say
from cityreach.cli.parts import platform_name
from model.account import Account
from operations.errors import UsageError

app = typer.Typer(
    help="Which accounts are watched: list, import, check, verify, export.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(name="list")
def list_accounts(as_json: Json = False) -> None:
    """All accounts that are watched."""
    rows = [_row(account) for account in _stored()]
    if as_json:
        emit_json(rows)
    else:
        columns = {
            "city": "city",
            "platform": "platform",
            "handle": "handle",
            "id": "id",
            "class": "class",
            "primary": "primary",
        }
        emit_table(f"{len(rows)} accounts", columns, rows)


@app.command(name="import")
def import_accounts(
    file: Annotated[Path, typer.Argument(help="CSV: city, platform, handle, id, name, class, …")],
    dry_run: Annotated[bool, typer.Option(help="Only say what would be done.")] = False,
) -> None:
    """Take accounts from a CSV file. With a wrong row, nothing is taken."""
    from cityreach.runtime import open_runtime
    from registry.accounts import read_accounts
    from registry.cities import load_cities
    from store.accounts import put_accounts

    found = read_accounts(file, load_cities())
    if found.problems:
        lines = "\n".join(str(problem) for problem in found.problems)
        raise UsageError(f"{lines}\nnothing was imported ({len(found.problems)} problems)")
    if dry_run:
        say(f"{file}: {len(found.rows)} accounts are in order; nothing was imported (dry run)")
        return
    done = put_accounts(open_runtime().db, found.rows)
    say(f"{file}: {done.added} accounts added, {done.changed} changed, {done.unchanged} as before")


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="CSV; default: the registry.")] = None,
) -> None:
    """Warnings: unverified accounts, cities without any, no or several primary ones."""
    from registry.accounts import check as warnings_of
    from registry.accounts import read_accounts
    from registry.cities import load_cities

    cities = load_cities()
    if file is None:
        rows = _stored()
    else:
        found = read_accounts(file, cities)
        if found.problems:
            raise UsageError("\n".join(str(problem) for problem in found.problems))
        rows = found.rows
    for warning in warnings_of(rows, cities):
        say(str(warning))
    say(f"{len(rows)} accounts checked")


@app.command()
def verify(
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="`platform:id`, or `platform:@handle` while the id is not known."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask the platforms who the accounts are: ids of handles, renamed, reused and gone ones."""
    from cityreach.runtime import open_runtime
    from operations.verify import in_order, verify_accounts

    name = platform_name(platform) if platform else None
    rows, alarms = verify_accounts(open_runtime(), name, account or ())
    if as_json:
        emit_json(rows)
    else:
        columns = {
            "platform": "platform",
            "handle": "handle",
            "id": "id",
            "state": "state",
            "handle_now": "now",
            "name": "name",
            "followers": "followers",
            "detail": "detail",
        }
        emit_table(f"{len(rows)} accounts", columns, rows)
    for alarm in alarms:
        complain(alarm)
    if not in_order(rows):
        raise typer.Exit(PARTIAL)


@app.command()
def export(
    out: Annotated[Path | None, typer.Option(help="File; default: standard output.")] = None,
    bom: Annotated[bool, typer.Option(help="For Excel: begin with a byte order mark.")] = False,
    as_json: Json = False,
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
        say(f"{out}: {len(accounts)} accounts")


def _stored() -> list[Account]:
    from cityreach.runtime import open_runtime
    from store.accounts import accounts

    return accounts(open_runtime().db)


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
