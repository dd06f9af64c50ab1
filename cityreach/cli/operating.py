"""Running it for months: what is missing, what failed, mapping again, and who is told."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pymongo.errors import PyMongoError

from cityreach.cli.exits import PARTIAL
from cityreach.cli.numbers import Csv, Json, PeriodName
from cityreach.cli.output import emit_csv, emit_json, emit_table, say
from cityreach.cli.parts import platform_name
from model.messages import Outcome
from operations.errors import Failed, UsageError

PlatformOption = Annotated[str | None, typer.Option("--platform", help="Only this platform.")]
AccountOption = Annotated[
    str | None, typer.Option("--account", help="Only this account, platform:id.")
]
Since = Annotated[str | None, typer.Option("--since", help="From this instant on (ISO 8601).")]

visits = typer.Typer(help="Ended visits and dead letters.", no_args_is_help=True)
alerts = typer.Typer(help="Who is told when something is wrong.", no_args_is_help=True)


def _house() -> Any:
    from cityreach.runtime import open_runtime

    return open_runtime()


def gaps(
    period: PeriodName,
    platform: PlatformOption = None,
    account: AccountOption = None,
    flags: Annotated[
        bool, typer.Option("--flags", help="What is odd about readings instead.")
    ] = False,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """What is missing of a month and why, per account and day. Exit code 3 if its index suffers."""
    from operations.gaps import flag_rows, gap_rows, gaps_of

    runtime = _house()
    month = runtime.settings.period(period)
    name = platform_name(platform) if platform else None
    if flags:
        rows = flag_rows(runtime, month, name, account)
        shown = rows if as_json else [_flat(row) for row in rows]
        _emit(shown, _FLAGS, "flags", as_json, as_csv)
        return
    rows = gap_rows(month, gaps_of(runtime, month, name, account))
    _emit(rows, _GAPS, "gaps", as_json, as_csv)
    if any(row["harms"] != "daily" for row in rows):
        raise typer.Exit(PARTIAL)


_GAPS = {
    "day": "day",
    "account": "account",
    "kind": "kind",
    "readings": "readings",
    "state": "state",
    "outcome": "outcome",
    "harms": "harms",
    "why": "why",
    "remedy": "what to do",
}
_FLAGS = {"at": "at", "kind": "flag", "subject": "subject", "account": "account", "facts": "facts"}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A flag for people and tables: every kind has facts of its own."""
    facts = "; ".join(f"{name}: {_said(value)}" for name, value in row["facts"].items())
    return {**row, "facts": facts, "readings": " ".join(row["readings"])}


def _said(value: Any) -> str:
    return " → ".join(map(str, value)) if isinstance(value, list) else str(value)


def _emit(
    rows: list[dict[str, Any]], columns: dict[str, str], what: str, as_json: bool, as_csv: bool
) -> None:
    if as_json:
        emit_json(rows)
    elif as_csv:
        emit_csv(rows)
    elif rows:
        emit_table(f"{len(rows)} {what}", columns, rows)
    else:
        say(f"no {what}")


@visits.command("list")
def visits_list(
    platform: PlatformOption = None,
    account: AccountOption = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="Only this outcome; may be given again.")
    ] = None,
    since: Since = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those without success.")] = False,
    count: Annotated[int, typer.Option("-n", min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Visits that have ended, the newest first."""
    from operations.visits import visit_rows

    wanted = _wanted(platform, account, outcome, since, failed)
    rows = visit_rows(_house(), wanted, count)
    columns = {
        "ended_at": "ended",
        "account": "account",
        "kind": "kind",
        "slot": "slot",
        "outcome": "outcome",
        "attempts": "attempts",
        "redelivered": "delivered again",
        "detail": "detail",
        "id": "id",
    }
    _emit(rows, columns, "visits", as_json, as_csv=False)


def _wanted(
    platform: str | None,
    account: str | None,
    outcome: list[str] | None,
    since: str | None,
    failed: bool,
) -> Any:
    from cityreach.instants import instant
    from store.visits import Wanted

    return Wanted(
        platform=platform_name(platform) if platform else None,
        account=account,
        outcomes=tuple(_outcome(name) for name in outcome or ()),
        since=instant(since) if since else None,
        incomplete=failed,
    )


def _outcome(name: str) -> Outcome:
    try:
        return Outcome(name)
    except ValueError:
        known = ", ".join(Outcome)
        raise UsageError(f"--outcome {name}: expected one of {known}") from None


@visits.command("dead")
def visits_dead(
    count: Annotated[int, typer.Option("-n", min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Messages that were set aside, with the reason, the newest first."""
    from operations.visits import dead_rows

    rows = dead_rows(_house(), count)
    columns = {
        "at": "set aside",
        "from": "from",
        "about": "about",
        "reason": "reason",
        "understood": "readable",
        "id": "id",
    }
    _emit(rows, columns, "dead letters", as_json, as_csv=False)


@visits.command("requeue")
def visits_requeue(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of visits or dead letters.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All dead letters.")] = False,
    platform: PlatformOption = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="All visits that ended so; may be given again.")
    ] = None,
    since: Since = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show which.")] = False,
    as_json: Json = False,
) -> None:
    """Send ended visits out again as new attempts, and dead letters back to where they were."""
    from operations.visits import dead_rows, requeued, visit_rows

    if not (ids or dead or outcome):
        raise UsageError("visits requeue: expected ids, --dead or --outcome")
    runtime = _house()
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
    columns = {"id": "id", "what": "what", "requeued": "requeued", "why": "why"}
    _emit(rows, columns, "to requeue", as_json, as_csv=False)
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
    as_json: Json = False,
) -> None:
    """Map stored answers again with today's mappers; show what differs, and write it if asked."""
    from cityreach.instants import instant
    from operations.replay import compared, written
    from store.replay.run import Scope

    runtime = _house()
    scope = Scope(
        since=instant(since),
        until=instant(until) if until else None,
        platform=platform_name(platform) if platform else None,
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
        columns = {
            "field": "field",
            "changed": "changed",
            "before": "sum before",
            "after": "sum after",
        }
        emit_table("What today's mappers read differently", columns, summary.rows())
        columns = {"id": "reading or post", "field": "field", "before": "before", "after": "after"}
        emit_table("For instance", columns, summary.changes[:20])
    for path, times in summary.unmapped.most_common(10):
        say(f"could not be mapped, {times} times: {path}")
    if summary.sealed:
        say(f"sealed: {', '.join(summary.sealed)}; --reopen changes their posts as well")


@alerts.command("check")
def alerts_check(
    send: Annotated[
        bool, typer.Option("--send", help="Tell the channels, as the scheduler does.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What the rules find wrong now. Exit code 3 if anything is."""
    from operations.alerts import scene_of, unprepared_db, watch_of
    from operations.remedies import alert_remedy

    runtime = _house()
    watch, scene = watch_of(runtime), scene_of(runtime, unprepared_db(runtime))
    try:
        report = watch.run(scene) if send else watch.look(scene)
    except PyMongoError as error:
        raise Failed(f"MongoDB cannot be reached: {type(error).__name__}") from error
    rows = [
        {
            "rule": p.rule.id,
            "severity": p.rule.severity.value,
            "subject": p.subject,
            "text": p.rule.text["en"].format_map(dict(p.facts)),
            "facts": dict(p.facts),
            "remedy": alert_remedy(p.rule.check, p.facts),
        }
        for p in report.problems
    ]
    if as_json:
        emit_json(
            {
                "problems": rows,
                "unchecked": report.unchecked,
                "told": report.told,
                "failed": report.failed,
            }
        )
    else:
        columns = {
            "severity": "severity",
            "rule": "rule",
            "text": "what is wrong",
            "remedy": "what to do",
        }
        _emit(rows, columns, "problems", as_json=False, as_csv=False)
        for name, reason in report.failed.items():
            say(f"channel {name} was not told: {reason}")
    if rows or report.failed or report.unchecked:
        raise typer.Exit(PARTIAL)


@alerts.command("test")
def alerts_test(
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    as_json: Json = False,
) -> None:
    """Send a test message to every channel, and say which of them took it."""
    from operations.alerts import watch_of

    runtime = _house()
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
    columns = {"channel": "channel", "kind": "kind", "error": "error"}
    _emit(rows, columns, "channels", as_json, as_csv=False)
    if any(row["error"] for row in rows):
        raise typer.Exit(PARTIAL)
