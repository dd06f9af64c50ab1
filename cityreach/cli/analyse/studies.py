"""How far a month's ranks can be relied on: `cityreach analyse …`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from inspect import Signature, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.analyse.months import city_id
from cityreach.cli.forms import spoken
from cityreach.cli.indexing import index_of, require_data, scope_of
from cityreach.cli.options import (
    JsonFlag,
    LiveFlag,
    MethodOption,
    PeriodOption,
    ScopeOption,
    command_runtime,
)
from cityreach.cli.output import emit, emit_json, show_line
from model.tables.numbers import many
from operations.errors import UsageError

if TYPE_CHECKING:
    from portal.month import MonthIndex
    from scoring.analysis.whatif import Move
    from scoring.publish.sentences import Sentences

analyse_app = typer.Typer(
    help="How far a month's ranks can be relied on: chances, indicators, panels, data.",
    no_args_is_help=True,
)
_Runs = Annotated[int, typer.Option(min=10, help="Runs that the chances are shares of.")]


@dataclass(frozen=True, slots=True)
class _Study:
    """What every study is asked of, and how it answers."""

    index: MonthIndex
    code: str
    """The node of the method whose ranks are studied."""
    words: Sentences
    as_json: bool

    def show(self, rows: Sequence[Any], sentences: Iterable[str]) -> None:
        if self.as_json:
            emit_json(rows)
            return
        for sentence in sentences:
            show_line(sentence)


def _opened(
    period: PeriodOption,
    method: MethodOption = None,
    scope: ScopeOption = "composite",
    live: LiveFlag = False,
    as_json: JsonFlag = False,
) -> _Study:
    """A study by the options that all of them share."""
    from scoring.publish.sentences import Sentences

    index = index_of(command_runtime(), period, method, live=live)
    found = scope_of(index, scope)
    require_data(index, found)
    names = {city: pair[spoken() == "en"] for city, pair in index.names.items()}
    words = Sentences(spoken(), index.method, names)
    return _Study(index, "index" if found == "composite" else found, words, as_json)


def _study(name: str, *without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a command of a function that takes a study and options of its own; `without`: options
    of the others that say nothing to this one."""
    every = signature(_opened, eval_str=True).parameters.values()
    shared = [one for one in every if one.name not in without]

    def register(work: Callable[..., None]) -> Callable[..., None]:
        _, *own = signature(work, eval_str=True).parameters.values()

        def command(**given: Any) -> None:
            study = _opened(**{one.name: given.pop(one.name) for one in shared})
            work(study, **given)

        options = [shared[0], *own, *shared[1:]]
        command.__doc__ = work.__doc__
        command.__annotations__ = {one.name: one.annotation for one in options}
        command.__signature__ = Signature(options)  # type: ignore[attr-defined]
        analyse_app.command(name)(command)
        return work

    return register


@_study("chances")
def chances(
    study: _Study,
    city: Annotated[str | None, typer.Argument(help="Against every other city.")] = None,
    runs: _Runs = 1000,
) -> None:
    """How often each city is among the first ten; with CITY, how often it is ahead of each."""
    from scoring.analysis.chances import chances_of, top_chances
    from scoring.analysis.robust import drawn_ranks, standard_plan

    index, words = study.index, study.words
    plan = standard_plan(index.method, runs=runs)
    found = drawn_ranks(index.method, index.table, plan, study.code)
    if city is None:
        shares = sorted(top_chances(found).items(), key=lambda pair: (-pair[1], pair[0]))
        rows = [{"city": unit, "in_top_ten": share} for unit, share in shares]
        study.show(rows, (words.in_top(*pair) for pair in shares if pair[1]))
        return
    pairs = chances_of(found, city_id(index, city))
    study.show([asdict(pair) for pair in pairs], map(words.pair, pairs))


@_study("indicators")
def indicators(study: _Study) -> None:
    """Which indicators carry the ranking, and what each weighs in fact."""
    from scoring.analysis.influence import equalised_weights, removals

    index, words = study.index, study.words
    without = removals(index.method, index.table, study.code)
    weights = equalised_weights(index.method, index.table)
    if study.as_json:
        emit_json({"removals": [asdict(one) for one in without], "weights": asdict(weights)})
        return
    for sentence in (*map(words.removal, without), *words.weights(weights)):
        show_line(sentence)


@_study("panel")
def panel(
    study: _Study,
    added: Annotated[
        list[str] | None, typer.Option("--add", help="A city that joins; may be given again.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="YYYY-MM: the cities join that its panel has not."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A city that leaves; may be given several times.")
    ] = None,
    merge: Annotated[
        list[str] | None,
        typer.Option(help="CITY=INTO: its accounts count for another; may be given several times."),
    ] = None,
) -> None:
    """What the month would be over another panel of cities."""
    from scoring.analysis.panel_change import PanelChange, panel_moves, panel_report

    index, words = study.index, study.words
    joining = [city_id(index, city) for city in added or ()]
    if since is not None:
        joining += _new_since(index, since)
    change = PanelChange(
        added=tuple(dict.fromkeys(joining)),
        without=tuple(city_id(index, city) for city in without or ()),
        merged=dict(_merged(index, merge or ())),
    )
    report = panel_report(index.method, index.period, index.inputs, change, study.code)
    if not study.as_json:
        show_line(words.panel(report))
        if change.added or change.without or change.merged:
            _show_moves(study, panel_moves(report, study.code))
        return
    emit_json(
        {
            "agreement": asdict(report.agreement),
            "moves": [asdict(move) for move in report.moves],
            "removed": list(report.removed),
            "added": list(report.added),
        }
    )


def _show_moves(study: _Study, moves: Sequence[Move]) -> None:
    columns = (
        "city, name, rank_before: rank before, rank_after: rank after, "
        "score_before: score before, score_after: score after"
    )
    rows = []
    for move in moves:
        row = asdict(move)
        rows.append({"city": row.pop("unit"), "name": study.words.city(move.unit), **row})
    emit(rows, f"{study.index.period.name}: {many(len(rows), 'cities')} of both panels", columns)


@_study("own-weights")
def own_weights_command(
    study: _Study,
    least: Annotated[float, typer.Option(min=0, max=1, help="Least share of an indicator.")] = 0.0,
    most: Annotated[float, typer.Option(min=0, max=1, help="Greatest share of one.")] = 1.0,
) -> None:
    """Each city under the weights that suit it best (benefit of the doubt; extra analysis)."""
    from scoring.analysis.own_weights import own_weights
    from scoring.engine.compute import compute

    index, words = study.index, study.words
    bounds = None if (least, most) == (0.0, 1.0) else (least, most)
    found = own_weights(compute(index.method, index.table), study.code, bounds)
    study.show([asdict(one) for one in found], map(words.own, found))


@_study("screening", "scope")
def screening(study: _Study) -> None:
    """Gaps, zeros and correlations with denominators, by indicator."""
    from scoring.analysis.screening import screen
    from scoring.engine.compute import compute

    index, words = study.index, study.words
    found = screen(compute(index.method, index.table))
    study.show([asdict(one) for one in found], map(words.screening, found))


def _new_since(index: MonthIndex, since: str) -> list[str]:
    from portal.month import inputs_of

    runtime = command_runtime()
    then = set(inputs_of(runtime.db, runtime.settings.period(since)).cities)
    return [city for city in index.inputs.cities if city not in then]


def _merged(index: MonthIndex, given: Iterable[str]) -> Iterable[tuple[str, str]]:
    for one in given:
        city, equals, into = one.partition("=")
        if not equals:
            raise UsageError(f"--merge {one!r}: expected CITY=INTO, e.g. suzhou=nanjing")
        yield city_id(index, city), city_id(index, into)
