"""What analysts bring in (ratings, indicators) and publish (panels, issues)."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cityreach.cli.numbers import index_of
from cityreach.cli.options import DryRunFlag, JsonFlag, MethodOption, PeriodOption, command_runtime
from cityreach.cli.output import emit, emit_json, emit_table, say
from operations.errors import UsageError

ratings_app = typer.Typer(help="Expert ratings.", no_args_is_help=True)
indicators_app = typer.Typer(help="Indicators collected elsewhere.", no_args_is_help=True)
panel_app = typer.Typer(help="The cities and accounts of a month's index.", no_args_is_help=True)
issue_app = typer.Typer(help="Published months: draft, frozen, revised.", no_args_is_help=True)

months_app = typer.Typer(help="The months kept in the store.", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(help="CSV or XLSX.")]


def _names() -> dict[str, tuple[str, ...]]:
    from registry.cities import city_names, load_cities

    return city_names(load_cities())


def _refuse(problems: Any) -> None:
    if problems:
        lines = "\n".join(str(problem) for problem in problems)
        raise UsageError(f"{lines}\nnothing was imported ({len(problems)} problems)")


@ratings_app.command(name="import")
def import_ratings(file: _File, dry_run: DryRunFlag = False) -> None:
    """Ratings of 1 to 5: city, platform, period, rater, criterion(s). Unrated stays unrated."""
    from portal.month import RATING_PLACE
    from scoring.cities.ratings import agreement, read_ratings
    from store.records import RATINGS

    found = read_ratings(file, _names())
    _refuse(found.problems)
    shown = asdict(agreement(found.ratings))
    say("agreement of the raters: " + ", ".join(f"{k} {_shown(v)}" for k, v in shown.items()))
    _put(RATINGS, RATING_PLACE, [asdict(one) for one in found.ratings], dry_run, file)


@indicators_app.command(name="import")
def import_indicators(file: _File, dry_run: DryRunFlag = False) -> None:
    """Values of city, period, code, value, source."""
    from portal.month import INDICATOR_PLACE
    from scoring.cities.indicators import read_indicators
    from store.records import INDICATORS

    found = read_indicators(file, _names())
    _refuse(found.problems)
    _put(INDICATORS, INDICATOR_PLACE, [asdict(one) for one in found.indicators], dry_run, file)


def _put(name: str, places: Any, rows: list[dict[str, Any]], dry_run: bool, file: Path) -> None:
    from store.records import put_revisions

    if dry_run:
        say(f"{file}: {len(rows)} values are in order; nothing was imported (dry run)")
        return
    runtime = command_runtime()
    added = put_revisions(runtime.db, name, places, rows, runtime.clock.now())
    say(f"{file}: {added} values added, {len(rows) - added} as before")


def _shown(value: Any) -> str:
    return "unknown" if value is None else f"{value:.3g}"


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
    emit(rows, f"{len(rows)} months in {months.zone}", "period", as_json=as_json)


@panel_app.command(name="show")
def show_panel(period: PeriodOption, as_json: JsonFlag = False) -> None:
    """The panel that a month's index would be computed over now."""
    found = _panel(period)
    if as_json:
        emit_json(found)
    else:
        columns = "city, platform, account"
        emit_table(
            f"panel {found['id']}: {len(found['cities'])} cities", columns, found["accounts"]
        )


@panel_app.command(name="freeze")
def freeze_panel(period: PeriodOption) -> None:
    """Keep the panel under its id; an issue names it."""
    from store.records import put_panel

    found = _panel(period)
    runtime = command_runtime()
    added = put_panel(runtime.db, found)
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


@issue_app.command(name="draft")
def draft_command(period: PeriodOption, method: MethodOption = None) -> None:
    """Compute the month and keep it as a draft; a draft may be replaced."""
    from scoring.publish.issues import redraft

    runtime = command_runtime()
    new, before = _drafted(runtime, period, method)
    _keep(runtime, redraft(before, new))


@issue_app.command(name="freeze")
def freeze_issue(period: PeriodOption, method: MethodOption = None) -> None:
    """Freeze the draft: from then on it never changes."""
    from scoring.publish.issues import freeze

    runtime = command_runtime()
    before = _latest(runtime, period, method or runtime.settings.method)
    if before is None:
        raise UsageError(f"there is no draft of {period}: `cityreach issue draft` makes one")
    _keep(runtime, freeze(before))
    if runtime.settings.evidence_for_top:
        _take_evidence(runtime, period, method)


@issue_app.command(name="revise")
def revise_issue(
    period: PeriodOption,
    reason: Annotated[str, typer.Option(help="Why, for the readers.")],
    method: MethodOption = None,
) -> None:
    """Publish a correction: a new revision beside the old one, with its reason."""
    from scoring.publish.issues import revise

    runtime = command_runtime()
    new, before = _drafted(runtime, period, method)
    if before is None:
        raise UsageError(f"nothing was published of {period} yet")
    _keep(runtime, revise(before, new, reason))


@issue_app.command(name="list")
def list_issues(as_json: JsonFlag = False) -> None:
    """All issues."""
    from store.records import issues

    keys = ("period", "method", "method_version", "revision", "state", "reason", "digest")
    rows = [{key: one[key] for key in keys} for one in issues(command_runtime().db)]
    emit(rows, f"{len(rows)} issues", ", ".join(keys), as_json=as_json)


@issue_app.command(name="show")
def show_issue(period: PeriodOption, method: MethodOption = None) -> None:
    """The newest issue of a month as JSON, checked against its digest."""
    from scoring.publish.issues import to_plain

    runtime = command_runtime()
    found = _latest(runtime, period, method or runtime.settings.method)
    if found is None:
        raise UsageError(f"there is no issue of {period}")
    emit_json(to_plain(found))


def _take_evidence(runtime: Any, period: str, method: str | None) -> None:
    """Of the best posts of the month's first cities; the issue is frozen with or without it."""
    from operations.errors import Failed
    from operations.evidence import evidence_for_top

    index = index_of(runtime, period, method)
    try:
        say(f"evidence of {evidence_for_top(runtime, index, say)} posts is kept now")
    except Failed as error:
        say(f"no evidence was taken: {error}")


def _drafted(runtime: Any, period: str, method: str | None) -> tuple[Any, Any]:
    """A new draft of the month as it is known now, and the newest issue there is."""
    from portal.month import drafted

    month, name = runtime.settings.period(period), method or runtime.settings.method
    new = drafted(runtime.db, month, name, runtime.clock.now())
    return new, _latest(runtime, period, new.method)


def _latest(runtime: Any, period: str, method: str) -> Any:
    from scoring.publish.issues import from_plain
    from store.records import latest_issue

    found = latest_issue(runtime.db, period, method)
    return None if found is None else from_plain(found)


def _keep(runtime: Any, kept: Any) -> None:
    from scoring.publish.issues import to_plain
    from store.records import put_issue

    put_issue(runtime.db, to_plain(kept))
    say(f"{kept.period} {kept.method}: {kept.state}, revision {kept.revision}, {kept.digest}")
