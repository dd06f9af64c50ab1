"""How far a month's ranks can be relied on: `cityreach analyse …`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.analyse.months import city_id
from cityreach.cli.indexing import index_of, require_data, scope_of
from cityreach.cli.options import (
    JsonFlag,
    LiveFlag,
    MethodOption,
    PeriodOption,
    ScopeOption,
    command_runtime,
)
from cityreach.cli.output import emit_json, show_line
from operations.errors import UsageError

if TYPE_CHECKING:
    from portal.month import MonthIndex
    from scoring.publish.sentences import Sentences

analyse_app = typer.Typer(
    help="How far a month's ranks can be relied on: chances, indicators, panels, data.",
    no_args_is_help=True,
)
_Lang = Annotated[str, typer.Option(help="zh or en.")]
_Runs = Annotated[int, typer.Option(min=10, help="Runs that the chances are shares of.")]


@analyse_app.command("chances")
def chances(
    period: PeriodOption,
    city: Annotated[str | None, typer.Argument(help="Against every other city.")] = None,
    method: MethodOption = None,
    scope: ScopeOption = "composite",
    runs: _Runs = 1000,
    lang: _Lang = "en",
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """How often each city is among the first ten; with CITY, how often it is ahead of each."""
    from scoring.analysis.chances import chances_of, top_chances
    from scoring.analysis.robust import drawn_ranks, standard_plan

    index, words = _month(period, method, scope, lang, live=live)
    plan = standard_plan(index.method, runs=runs)
    found = drawn_ranks(index.method, index.table, plan, _code(index, scope))
    if city is None:
        shares = sorted(top_chances(found).items(), key=lambda pair: (-pair[1], pair[0]))
        rows = [{"city": unit, "in_top_ten": share} for unit, share in shares]
        _show(rows, (words.in_top(*pair) for pair in shares if pair[1]), as_json=as_json)
        return
    pairs = chances_of(found, city_id(index, city))
    _show([asdict(pair) for pair in pairs], map(words.pair, pairs), as_json=as_json)


@analyse_app.command("indicators")
def indicators(
    period: PeriodOption,
    method: MethodOption = None,
    scope: ScopeOption = "composite",
    lang: _Lang = "en",
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Which indicators carry the ranking, and what each weighs in fact."""
    from scoring.analysis.influence import equalised_weights, removals

    index, words = _month(period, method, scope, lang, live=live)
    without = removals(index.method, index.table, _code(index, scope))
    weights = equalised_weights(index.method, index.table)
    if as_json:
        emit_json({"removals": [asdict(one) for one in without], "weights": asdict(weights)})
        return
    for sentence in (*map(words.removal, without), *words.weights(weights)):
        show_line(sentence)


@analyse_app.command("panel")
def panel(
    period: PeriodOption,
    without: Annotated[
        list[str] | None, typer.Option(help="A city that leaves; may be given several times.")
    ] = None,
    merge: Annotated[
        list[str] | None,
        typer.Option(help="CITY=INTO: its accounts count for another; may be given several times."),
    ] = None,
    method: MethodOption = None,
    scope: ScopeOption = "composite",
    lang: _Lang = "en",
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """What the month would be over another panel of cities."""
    from scoring.analysis.panel_change import PanelChange, panel_report

    index, words = _month(period, method, scope, lang, live=live)
    change = PanelChange(
        without=tuple(city_id(index, city) for city in without or ()),
        merged=dict(_merged(index, merge or ())),
    )
    report = panel_report(index.method, index.period, index.inputs, change, _code(index, scope))
    if as_json:
        emit_json(
            {
                "agreement": asdict(report.agreement),
                "moves": [asdict(move) for move in report.moves],
                "removed": list(report.removed),
                "added": list(report.added),
            }
        )
        return
    show_line(words.panel(report))


@analyse_app.command("own-weights")
def own_weights_command(
    period: PeriodOption,
    least: Annotated[float, typer.Option(min=0, max=1, help="Least share of an indicator.")] = 0.0,
    most: Annotated[float, typer.Option(min=0, max=1, help="Greatest share of one.")] = 1.0,
    method: MethodOption = None,
    scope: ScopeOption = "composite",
    lang: _Lang = "en",
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Each city under the weights that suit it best (benefit of the doubt; extra analysis)."""
    from scoring.analysis.own_weights import own_weights
    from scoring.engine.compute import compute

    index, words = _month(period, method, scope, lang, live=live)
    bounds = None if (least, most) == (0.0, 1.0) else (least, most)
    found = own_weights(compute(index.method, index.table), _code(index, scope), bounds)
    _show([asdict(one) for one in found], map(words.own, found), as_json=as_json)


@analyse_app.command("screening")
def screening(
    period: PeriodOption,
    method: MethodOption = None,
    lang: _Lang = "en",
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Gaps, zeros and correlations with denominators, by indicator."""
    from scoring.analysis.screening import screen
    from scoring.engine.compute import compute

    index, words = _month(period, method, "composite", lang, live=live)
    found = screen(compute(index.method, index.table))
    _show([asdict(one) for one in found], map(words.screening, found), as_json=as_json)


def _month(
    period: str, method: str | None, scope: str, lang: str, *, live: bool
) -> tuple[MonthIndex, Sentences]:
    from scoring.publish.sentences import Sentences

    if lang not in {"zh", "en"}:
        raise UsageError(f"--lang {lang}: expected zh or en")
    index = index_of(command_runtime(), period, method, live=live)
    require_data(index, scope_of(index, scope))
    names = {city: pair[lang == "en"] for city, pair in index.names.items()}
    return index, Sentences("zh" if lang == "zh" else "en", index.method, names)


def _code(index: MonthIndex, scope: str) -> str:
    found = scope_of(index, scope)
    return "index" if found == "composite" else found


def _merged(index: MonthIndex, given: Iterable[str]) -> Iterable[tuple[str, str]]:
    for one in given:
        city, equals, into = one.partition("=")
        if not equals:
            raise UsageError(f"--merge {one!r}: expected CITY=INTO, e.g. suzhou=nanjing")
        yield city_id(index, city), city_id(index, into)


def _show(rows: Sequence[Any], sentences: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        emit_json(rows)
        return
    for sentence in sentences:
        show_line(sentence)
