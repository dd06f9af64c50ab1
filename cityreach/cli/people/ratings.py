"""Expert ratings."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cityreach.cli.options import DryRunFlag, JsonFlag, PeriodOption, command_runtime
from cityreach.cli.output import column_head, emit_json, emit_table, say
from cityreach.cli.publishing import refuse, say_dry_run, say_taken

ratings_app = typer.Typer(help="Expert ratings.", no_args_is_help=True)
_LANGUAGES = ("zh", "en")


@ratings_app.command(name="sheet")
def sheet_command(
    period: PeriodOption,
    rater: Annotated[str, typer.Option(help="Who fills it in.")],
    out: Annotated[Path, typer.Option(help="The XLSX to write.")],
    rubric: Annotated[
        Path | None, typer.Option(help="TOML with criteria and anchors; default: the shipped one.")
    ] = None,
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """A sheet for a rater: the month's accounts, one column a criterion, drop-downs of 1 to 5."""
    from operations.errors import UsageError
    from operations.people.ratings import make_sheet
    from scoring.cities.rubric import RUBRIC, load_rubric

    if lang not in _LANGUAGES:
        raise UsageError(f"--lang {lang}: expected zh or en")
    found, runtime = load_rubric(rubric or RUBRIC), command_runtime()
    name = runtime.settings.period(period).name
    sheet = make_sheet(runtime, name, rater, found, "zh" if lang == "zh" else "en", out)
    say(f"{out}: {sheet.places} accounts, {len(sheet.criteria)} criteria for {sheet.rater}")


@ratings_app.command(name="import")
def import_ratings(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX.")], dry_run: DryRunFlag = False
) -> None:
    """Ratings of 1 to 5: city, platform, period, rater, criterion(s). Unrated stays unrated."""
    from operations.people.ratings import read_sheet_file, take_ratings
    from portal.users.audit import note_command
    from scoring.cities.raters import agreement
    from store.ratings import ratings_to_come

    found = read_sheet_file(file)
    refuse(found.problems)
    if dry_run:
        rows = [asdict(one) for one in found.ratings]
        say_dry_run(file, len(rows), "values", partial(ratings_to_come, rows=rows))
    else:
        runtime = command_runtime()
        added = take_ratings(runtime, found.ratings)
        now = runtime.clock.now()
        note_command(runtime.db, now, "ratings.import", file=file.name, added=added)
        say_taken(runtime, file, added, len(found.ratings), {one.period for one in found.ratings})
    shown = asdict(agreement(found.ratings))
    named = [f"{column_head(name)} {_shown(value)}" for name, value in shown.items()]
    say(f"agreement of the raters: {', '.join(named)}")


@ratings_app.command(name="status")
def status_of_ratings(period: PeriodOption, as_json: JsonFlag = False) -> None:
    """Who has rated what of a month, and how well the raters agree (Krippendorff's alpha)."""
    from operations.people.ratings import rating_state

    runtime = command_runtime()
    name = runtime.settings.period(period).name
    state = rating_state(runtime, name)
    raters = [{**asdict(one), "missing": one.missing} for one in state.raters]
    of = {"all": state.all, **state.criteria}
    rows = [{"criterion": code, **asdict(found)} for code, found in of.items()]
    if as_json:
        emit_json({"locked": state.locked, "raters": raters, "agreement": rows})
        return
    columns = "rater, rated, of, missing, milder: milder than others by"
    emit_table(f"{name}: {'locked' if state.locked else 'open'}", columns, raters)
    columns = "criterion, raters, items, exact, within_one: within 1, alpha, ordinal: alpha ordinal"
    emit_table("agreement of the raters", columns, rows)
    for line in state.against:
        say(line)


@ratings_app.command(name="lock")
def lock_command(
    period: PeriodOption,
    despite: Annotated[
        str, typer.Option(help="Go on although something speaks against it; the reason is kept.")
    ] = "",
) -> None:
    """From now on the month takes no ratings. Refused while raters are missing or disagree."""
    from operations.people.ratings import lock_ratings

    runtime = command_runtime()
    name = runtime.settings.period(period).name
    for line in lock_ratings(runtime, name, despite):
        say(f"locked all the same: {line}")
    say(f"the ratings of {name} are locked")


@ratings_app.command(name="unlock")
def unlock_command(
    period: PeriodOption, reason: Annotated[str, typer.Option(help="Why; it is kept.")]
) -> None:
    """The month takes ratings again."""
    from operations.people.ratings import unlock_ratings

    runtime = command_runtime()
    name = runtime.settings.period(period).name
    unlock_ratings(runtime, name, reason)
    say(f"the ratings of {name} are open again")


def _shown(value: float | None) -> str:
    return "—" if value is None else f"{value:.3g}"
