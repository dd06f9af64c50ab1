"""What media abroad write about cities: files, counts, explanations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cityreach.cli.collecting import progress_of
from cityreach.cli.exits import PARTIAL
from cityreach.cli.options import JsonFlag, PeriodOption, command_runtime
from cityreach.cli.output import emit, emit_csv, emit_list, say, show_line
from cityreach.cli.parts import stop_on_signals

if TYPE_CHECKING:
    from operations.media.month import MediaMonth

media_app = typer.Typer(
    help="What media abroad write about cities, from files of GDELT.", no_args_is_help=True
)
_Folder = Annotated[
    Path | None,
    typer.Argument(
        help="Folder with GDELT's files; default: what was collected.", exists=True, file_okay=False
    ),
]
_COLUMNS = (
    "city, media_articles: articles, stories, media_countries: countries, "
    "media_languages: languages, media_outlets: outlets, mainstream_articles: mainstream, "
    "positive_articles: positive, positive_over_0: over 0, positive_over_2: over +2, "
    "positive_share: share, positive_reprinted: reprinted, country_unknown: unknown country"
)
_FILES = (
    "family, expected, whole, planned: still due, given_up: given up, rows, broken, mb: MB, "
    "outcomes"
)
_CHECKED = (
    "city, outcome, articles: by the API, of: of all, counted: counted abroad, "
    "home: of home media, files: files read"
)
_EXPLAINED = "at, verdict, why, domain, country, language, tone, reprint, url"


@media_app.command("plan")
def plan_command(
    period: PeriodOption,
    mirror: Annotated[bool, typer.Option(help="Addresses of the mirror.")] = False,
) -> None:
    """Print the addresses of a month's files, one a line, for any downloader."""
    from cityreach.settings import load_settings
    from operations.media.folder import addresses_of

    for address in addresses_of(load_settings().period(period), mirror=mirror):
        show_line(address)


@media_app.command("collect")
def collect_command(
    period: PeriodOption,
    again: Annotated[
        bool, typer.Option(help="Ask at once for files that failed or were given up, too.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Collect a month's files that are due, then count; exit code 3 where files are missing."""
    from operations.media.collecting import collect_media, renew_media
    from operations.media.files_status import file_rows
    from operations.media.stored import count_media

    runtime = command_runtime()
    month = runtime.settings.period(period)
    if again:
        say(f"{renew_media(runtime, month)} files are asked for again")
    with progress_of("files") as report:
        found = collect_media(runtime, [month], stop_on_signals(), report)
    count_media(runtime, month)
    rows = file_rows(runtime, month)
    emit(
        rows, f"{found.ended} files visited, {found.articles} new articles", _FILES, as_json=as_json
    )
    for outcome, detail in sorted(found.details.items()):
        say(f"{outcome}: {detail}")
    if any(row["whole"] < row["expected"] for row in rows):
        raise typer.Exit(PARTIAL)


@media_app.command("interest")
def interest_command(period: PeriodOption, as_json: JsonFlag = False) -> None:
    """Ask for the month's Wikipedia page views of each city's articles, then show them by city."""
    from operations.media.interest import collect_interest, interest_rows

    runtime = command_runtime()
    month = runtime.settings.period(period)
    failed = collect_interest(runtime, month, stop_on_signals())
    rows, source = interest_rows(runtime, month)
    emit(rows, source, "city, views, editions", as_json=as_json)
    for article, trouble in failed.items():
        say(f"{article}: {trouble}")
    if failed:
        raise typer.Exit(PARTIAL)


@media_app.command("check")
def check_city_command(
    city: Annotated[str, typer.Argument(help="Id of the city.")],
    period: PeriodOption,
    as_json: JsonFlag = False,
) -> None:
    """Ask GDELT's DOC API once about a city's month, beside its count; exit code 3 unanswered."""
    from operations.media.checking import check_city

    runtime = command_runtime()
    row = check_city(runtime, city, runtime.settings.period(period), stop_on_signals())
    emit([row], f"{row['question']}, by free text: a lower bound", _CHECKED, as_json=as_json)
    if row["detail"]:
        say(f"{row['outcome']}: {row['detail']}")
    if row["articles"] is None:
        raise typer.Exit(PARTIAL)


@media_app.command("trends")
def trends_command(
    file: Annotated[Path, typer.Argument(help="CSV: batch, city, term, value.", dir_okay=False)],
    period: PeriodOption,
) -> None:
    """Chain exported search trends over their anchor; prints what `indicators import` reads."""
    from operations.media.interest import trend_rows

    columns = ("city", "period", "code", "value", "source")
    emit_csv(trend_rows(file, period), columns=columns)


@media_app.command("titles")
def titles_command(
    city: Annotated[str, typer.Argument(help="Id of the city.")],
    file: Annotated[Path, typer.Argument(help="Its item of Wikidata as JSON.", dir_okay=False)],
) -> None:
    """Print rows for `media/rules/wikipedia-titles.csv` from a city's item of Wikidata."""
    from operations.media.interest import title_rows

    emit_csv(title_rows(city, file))


@media_app.command("count")
def count_command(
    period: PeriodOption,
    folder: _Folder = None,
    indicators: Annotated[
        bool, typer.Option(help="CSV as `indicators import` reads it; nothing else is printed.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Count a month's articles about each city; exit code 3 where files are missing."""
    from operations.media.month import city_rows, indicator_rows

    month = _month(folder, period)
    if indicators:
        emit_csv(indicator_rows(month), columns=("city", "period", "code", "value", "source"))
    else:
        emit(city_rows(month), month.source, _COLUMNS, as_json=as_json)
    _end(month)


@media_app.command("explain")
def explain_articles(
    city: Annotated[str, typer.Argument(help="Id of the city.")],
    period: PeriodOption,
    folder: _Folder = None,
    as_json: JsonFlag = False,
) -> None:
    """List every article that names a city, whether it counts, and by which rule."""
    from operations.media.month import article_rows

    month = _month(folder, period)
    rows = article_rows(month.of(city))
    emit_list(rows, f"articles that name {city}", _EXPLAINED, as_json=as_json)
    _end(month)


def _month(folder: Path | None, period: str) -> MediaMonth:
    from cityreach.settings import load_settings
    from operations.media.folder import read_month
    from operations.media.stored import stored_month

    if folder is not None:
        return read_month(folder, load_settings().period(period))
    runtime = command_runtime()
    return stored_month(runtime, runtime.settings.period(period))


def _end(month: MediaMonth) -> None:
    """Coverage and losses on standard error, whatever was printed."""
    say(month.source)
    lost = month.rows.broken + month.rows.too_long + month.rows.cut
    if lost:
        say(f"{lost} of {month.rows.rows} rows were broken and are left out")
    for fault in month.faults:
        say(fault)
    if month.seen < month.expected:
        raise typer.Exit(PARTIAL)
