"""Operation: gaps, visits, replay and alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.forms import spoken
from cityreach.cli.options import (
    AccountOption,
    CountOption,
    DryRunFlag,
    JsonFlag,
    PeriodOption,
    PlatformOption,
    SinceOption,
    any_instant,
    any_platform,
    command_runtime,
    given_instant,
)
from cityreach.cli.output import emit_json, emit_list, emit_table, say
from model.messages import Outcome
from operations.errors import UsageError

visits_app = typer.Typer(help="Ended visits and dead letters.", no_args_is_help=True)
alerts_app = typer.Typer(help="Alert rules and channels.", no_args_is_help=True)


def gaps_command(
    period: PeriodOption,
    platform: PlatformOption = None,
    account: AccountOption = None,
    city: Annotated[
        str | None, typer.Option("--city", help="Only this city: its id, or a name of it.")
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="How many by platform and reason, and by day.")
    ] = False,
    flags: Annotated[
        bool, typer.Option("--flags", help="What is unusual about readings, in place of gaps.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """What is missing of a month and why, per account and day. Exit code 3 if its index suffers."""
    from operations.gaps import flag_rows, gap_rows, gaps_of

    runtime = command_runtime()
    month = runtime.settings.period(period)
    name = any_platform(platform)
    if flags:
        rows = flag_rows(runtime, month, name, account)
        shown = rows if as_json else [_flat(row) for row in rows]
        emit_list(shown, "flags", _FLAGS, as_json=as_json)
        return
    rows = gap_rows(month, gaps_of(runtime, month, name, account))
    if city is not None:
        wanted = _city(city)
        rows = [row for row in rows if row["city"] == wanted]
    if summary:
        _summarise(rows, as_json)
        return
    emit_list(rows, "gaps", _GAPS, as_json=as_json)
    if any(row["harms"] != "daily" for row in rows):
        raise typer.Exit(PARTIAL)


def _city(given: str) -> str:
    """The id of the city that is called so. Raises UsageError, with the ids to choose from."""
    from registry.cities import cities_like, city_called

    try:
        return city_called(given)
    except LookupError as error:
        unknown = f"{given!r}: no city of the list is called so"
        if alike := ", ".join(cities_like(given)):
            unknown = f"{given!r}: no city of the list is called so; nearest: {alike}"
        raise UsageError(f"--city {error.args[0] if error.args else unknown}") from None


def _summarise(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Readings that lack by platform and reason, then by platform and day."""
    from portal.figures.lacking import gap_calendar, gap_sums

    sums, calendar = gap_sums(rows), gap_calendar(rows)
    if as_json:
        emit_json({"sums": sums, "calendar": calendar})
        return
    emit_list(sums, "reasons", "platform, state, outcome, accounts, readings, remedy: what to do")
    if calendar:
        days = [name for name in calendar[0] if name != "platform"]
        emit_list(calendar, "platforms by day", ", ".join(["platform", *days]))


_GAPS = (
    "day, platform, handle, city, kind, readings, state, outcome, harms, why, remedy: what to do"
)
_FLAGS = "at, kind: flag, subject, account, facts"


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A flag for people and tables: every kind has facts of its own."""
    facts = "; ".join(f"{name}: {_said(value)}" for name, value in row["facts"].items())
    return {**row, "facts": facts, "readings": " ".join(row["readings"])}


def _said(value: Any) -> str:
    return " → ".join(map(str, value)) if isinstance(value, list) else str(value)


@visits_app.command("list")
def visits_list(
    platform: PlatformOption = None,
    account: AccountOption = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="Only this outcome; may be given again.")
    ] = None,
    since: SinceOption = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those without success.")] = False,
    count: CountOption = 50,
    as_json: JsonFlag = False,
) -> None:
    """Visits that have ended, the newest first."""
    from operations.visits import visit_rows

    wanted = _wanted(platform, account, outcome, since, failed)
    runtime = command_runtime()
    rows = visit_rows(runtime, wanted, count)
    if not as_json:
        rows = [_local(row, runtime.settings.zone) for row in rows]
    columns = (
        "ended_at: ended, platform, handle, city, kind, slot, outcome, attempts, "
        "redelivered: delivered again, detail, id"
    )
    emit_list(rows, "visits", columns, as_json=as_json)


def _local(row: dict[str, Any], zone: str) -> dict[str, Any]:
    """A visit for people: its instants in the settings' zone."""
    from portal.wording import local_stamp

    instants = {
        name: local_stamp(datetime.fromisoformat(row[name]), zone) for name in ("ended_at", "slot")
    }
    return {**row, **instants}


def _wanted(
    platform: str | None,
    account: str | None,
    outcome: list[str] | None,
    since: str | None,
    failed: bool,
) -> Any:
    from store.visits import Wanted

    return Wanted(
        platform=any_platform(platform),
        account=account,
        outcomes=tuple(_outcome(name) for name in outcome or ()),
        since=any_instant(since),
        incomplete=failed,
    )


def _outcome(name: str) -> Outcome:
    try:
        return Outcome(name)
    except ValueError:
        known = ", ".join(Outcome)
        raise UsageError(f"--outcome {name}: expected one of {known}") from None


@visits_app.command("dead")
def visits_dead(
    count: CountOption = 50,
    as_json: JsonFlag = False,
) -> None:
    """Messages that were set aside, with the reason, the newest first."""
    from operations.visits import dead_rows

    rows = dead_rows(command_runtime(), count)
    columns = "at: set aside, from, about, reason, understood: readable, id"
    emit_list(rows, "dead letters", columns, as_json=as_json)


@visits_app.command("requeue")
def visits_requeue(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of visits or dead letters.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All dead letters.")] = False,
    platform: PlatformOption = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="All visits that ended so; may be given again.")
    ] = None,
    since: SinceOption = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Send ended visits out again as new attempts, and dead letters back to where they were."""
    from operations.visits import dead_rows, requeued, visit_rows

    if not (ids or dead or outcome):
        raise UsageError("visits requeue: expected ids, --dead or --outcome")
    runtime = command_runtime()
    chosen = list(ids or ())
    if dead:
        chosen += [row["id"] for row in dead_rows(runtime)]
    if outcome:
        wanted = _wanted(platform, None, outcome, since, failed=False)
        chosen += [row["id"] for row in visit_rows(runtime, wanted, 0)]
    if dry_run:
        rows = [{"id": one, "what": "", "requeued": False, "why": "dry run"} for one in chosen]
    else:
        rows = requeued(runtime, chosen)
    columns = "id, what, requeued, why"
    emit_list(rows, "visits to requeue", columns, as_json=as_json)
    if not dry_run and not all(row["requeued"] for row in rows):
        raise typer.Exit(PARTIAL)


def replay(
    since: Annotated[str, typer.Option(help="Answers had from this instant on (ISO 8601).")],
    until: Annotated[str | None, typer.Option(help="And before this one.")] = None,
    platform: PlatformOption = None,
    write: Annotated[bool, typer.Option("--write", help="Write what differs.")] = False,
    reopen: Annotated[
        bool, typer.Option("--reopen", help="With --write: change sealed months as well.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Map stored answers again with today's mappers; show what differs, and write it if asked."""
    from operations.replay import compared, written
    from store.replay.run import Scope

    runtime = command_runtime()
    scope = Scope(
        since=given_instant(since),
        until=any_instant(until),
        platform=any_platform(platform),
    )
    summary = compared(runtime, scope)
    if not as_json:
        _show(summary)
    if write and summary.fields:
        summary = written(runtime, scope, reopen=reopen)
        say(f"written: {sum(summary.fields.values())} changes")
    if as_json:
        emit_json(summary.as_json())


def _show(summary: Any) -> None:
    say(
        f"{summary.answers} answers give {summary.readings} readings; "
        f"{sum(summary.fields.values())} fields differ"
    )
    if summary.fields:
        columns = "field, changed, before: sum before, after: sum after"
        emit_table("What today's mappers read differently", columns, summary.rows())
        columns = "id: reading or post, field, before, after"
        emit_table("For instance", columns, summary.changes[:20])
    for path, times in summary.unmapped.most_common(10):
        say(f"could not be mapped, {times} times: {path}")
    if summary.sealed:
        say(f"sealed: {', '.join(summary.sealed)}; --reopen changes their posts as well")


@alerts_app.command("check")
def alerts_check(
    send: Annotated[
        bool, typer.Option("--send", help="Tell the channels, as the scheduler does.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """What the rules find wrong now. Exit code 3 if anything is."""
    from operations.alerts import look, problem_rows

    report = look(command_runtime(), send=send)
    rows = problem_rows(report.problems, "en" if as_json else spoken())
    if as_json:
        names = ("unchecked", "told", "failed")
        emit_json({"problems": rows, **{name: getattr(report, name) for name in names}})
    else:
        columns = "severity, rule, text: what is wrong, remedy: what to do"
        emit_list(rows, "problems", columns)
        for name, reason in report.failed.items():
            say(f"channel {name} did not take the message: {reason}")
    if rows or report.failed or report.unchecked:
        raise typer.Exit(PARTIAL)


@alerts_app.command("test")
def alerts_test(
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Send a test message to every channel, and say which of them took it."""
    from operations.alerts import watch_of

    runtime = command_runtime()
    watch = watch_of(runtime)
    names = list(watch.channels) if channel is None else [channel]
    if not names or not set(names) <= set(watch.channels):
        known = ", ".join(watch.channels) or "none: set CITYREACH_ALERTS__CHANNELS"
        raise UsageError(f"alerts test: the channels are {known}")
    rows = [
        {
            "channel": name,
            "kind": watch.channels[name].kind.value,
            "error": watch.trial(name, runtime.clock.now()),
        }
        for name in names
    ]
    columns = "channel, kind, error"
    emit_list(rows, "channels", columns, as_json=as_json)
    if any(row["error"] for row in rows):
        raise typer.Exit(PARTIAL)
