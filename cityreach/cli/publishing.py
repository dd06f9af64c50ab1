"""What analysts bring in: indicators; and the months and panels that are kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.forms import spoken
from cityreach.cli.options import DryRunFlag, JsonFlag, MethodOption, PeriodOption, command_runtime
from cityreach.cli.output import emit, emit_json, emit_table, say
from model.tables.numbers import many
from operations.errors import Failed, UsageError

if TYPE_CHECKING:
    from store.accounts import Imported
    from store.database import Store

indicators_app = typer.Typer(help="Indicators collected elsewhere.", no_args_is_help=True)
panel_app = typer.Typer(help="The cities and accounts of a month's index.", no_args_is_help=True)
months_app = typer.Typer(help="The months kept in the store.", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(help="CSV or XLSX.")]


def _names() -> dict[str, tuple[str, ...]]:
    from registry.cities import city_names, load_cities

    return city_names(load_cities())


def refuse(problems: Any) -> None:
    """Raises UsageError with all problems of a file, if there is one."""
    if problems:
        lines = "\n".join(str(problem) for problem in problems)
        raise UsageError(f"{lines}\nnothing was imported ({many(len(problems), 'problems')})")


@indicators_app.command(name="import")
def import_indicators(
    file: _File, method: MethodOption = None, dry_run: DryRunFlag = False
) -> None:
    """Values of city, period, code, value, source; the codes are those that methods name: the
    shipped ones, the settings' and --method."""
    from portal.month import INDICATOR_PLACE
    from scoring.cities.indicators import read_indicators
    from store.records import INDICATORS

    found = read_indicators(file, _names(), _codes(method))
    refuse(found.problems)
    if found.unfilled:
        say(f"{many(found.unfilled, 'rows')} without value and source: passed over")
    _put(INDICATORS, INDICATOR_PLACE, [asdict(one) for one in found.indicators], dry_run, file)


def _codes(method: str | None) -> list[str]:
    """All codes of imported indicators that are known, in order."""
    from cityreach.settings import command_settings
    from scoring.cities.indicators import known_codes
    from scoring.method.library import load_method, methods

    of = [*methods(), load_method(command_settings().method)]
    of += [] if method is None else [load_method(method)]
    return sorted(known_codes(leaf.measure for one in of for leaf in one.leaves))


def _put(name: str, places: Any, rows: list[dict[str, Any]], dry_run: bool, file: Path) -> None:
    from portal.users.audit import note_command
    from store.records import put_revisions, revisions_to_come

    if dry_run:
        say_dry_run(file, len(rows), "values", lambda db: revisions_to_come(db, name, places, rows))
        return
    runtime = command_runtime()
    now = runtime.clock.now()
    added = put_revisions(runtime.db, name, places, rows, now)
    note_command(runtime.db, now, f"{name}.import", file=file.name, added=added)
    say_taken(runtime, file, added, len(rows), {row["period"] for row in rows})


def say_dry_run(
    file: Path, number: int, things: str, count: Callable[[Store], Imported]
) -> Imported | None:
    """What an import would do; without a database, that the file is in order, and None."""
    from pymongo.errors import PyMongoError

    from embedded import StackError

    done = None
    try:
        done = count(command_runtime().db)
        told = f"{done.added:,} new, {done.changed:,} changed, {done.unchanged:,} as before"
    except (Failed, StackError, PyMongoError):
        told = "what of it is new is not known without the database"
    are = "is" if number == 1 else "are"
    say(f"{file}: {many(number, things)} {are} in order: {told}; nothing was imported (dry run)")
    return done


def say_taken(runtime: Any, file: Path, added: int, of: int, periods: set[str]) -> None:
    """How many values of a file are new, and what waits for them."""
    say(f"{file}: {many(added, 'values')} added, {of - added} as before")
    if added:
        _say_waiting(runtime, periods)


def _say_waiting(runtime: Any, periods: set[str]) -> None:
    """Values for a month that is published already wait for a revision; a year has no issue."""
    from store.records import issues

    newest = {(one["period"], one["method"]): one for one in issues(runtime.db)}
    for (period, method), issue in sorted(newest.items()):
        if issue["state"] != "draft" and any(period.startswith(one) for one in periods):
            say(
                f"{period} {method} is frozen (revision {issue['revision']}): the values wait for "
                f"`cityreach issue revise --period {period} --reason …`"
            )


@indicators_app.command(name="template")
def indicators_template_command(
    period: PeriodOption,
    out: Annotated[Path, typer.Option(help="The XLSX or CSV to write.")],
    method: MethodOption = None,
) -> None:
    """A table to fill in: a row for each watched city and each code of the method."""
    from operations.documents.templates import indicators_template, write_template
    from scoring.method.library import load_method
    from store.accounts import accounts

    runtime = command_runtime()
    cities = sorted({one.city for one in accounts(runtime.db)})
    month, chosen = runtime.settings.period(period), load_method(method or runtime.settings.method)
    made = indicators_template(chosen, month.name, cities)
    say(f"{out}: {many(write_template(made, out, spoken()), 'rows')}")


@months_app.command(name="rebuild")
def rebuild_command(as_json: JsonFlag = False) -> None:
    """Count all months again in the settings' time zone and with their cut-off delay.

    Needed after either setting was changed. Stop the writer first. Sealed months keep their edges:
    once there is one, nothing is rebuilt.
    """
    from store.month.kept import rebuild_months

    with closing(command_runtime()) as runtime:
        months = runtime.settings.months
        rows = [{"period": name} for name in rebuild_months(runtime.db, months)]
    emit(rows, many(len(rows), f"months in {months.zone}"), "period", as_json=as_json)


@panel_app.command(name="show")
def show_panel(period: PeriodOption, as_json: JsonFlag = False) -> None:
    """The panel that a month's index would be computed over now."""
    found = _panel(period)
    if as_json:
        emit_json(found)
    else:
        title = f"panel {found['id']}: {many(len(found['cities']), 'cities')}"
        emit_table(title, "city, platform, account", found["accounts"])


@panel_app.command(name="freeze")
def freeze_panel(period: PeriodOption) -> None:
    """Keep the panel under its id; an issue names it."""
    from portal.users.audit import note_command
    from store.records import put_panel

    found = _panel(period)
    runtime = command_runtime()
    added = put_panel(runtime.db, found)
    if added:
        note_command(runtime.db, runtime.clock.now(), "panel.freeze", found["id"], period=period)
    say(f"panel {found['id']} {'is kept now' if added else 'was kept already'}")


def _panel(period: str) -> dict[str, Any]:
    from portal.month import inputs_of, panel_of

    runtime = command_runtime()
    made = panel_of(inputs_of(runtime.db, runtime.settings.period(period)), runtime.clock.now())
    accounts = [
        {"city": a.city, "platform": a.platform, "account": a.account} for a in made.accounts
    ]
    return {
        "id": made.id,
        "as_of": made.as_of.isoformat(),
        "cities": list(made.cities),
        "accounts": accounts,
    }
