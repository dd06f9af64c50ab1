"""How things stand, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.exits import ERROR
from cityreach.cli.forms import spoken
from cityreach.cli.options import JsonFlag, command_runtime, say_rehearsal
from cityreach.cli.output import emit_json, emit_table, say, shown
from model.servers import Finding
from operations.errors import Failed

if TYPE_CHECKING:
    from redis import Redis

    from model.account import Account
    from operations.runtime import Runtime


def status(as_json: JsonFlag = False) -> None:
    """What runs, what waits, what is late, what failed in the last day, and what to do about it."""
    from operations.status import status_of

    state = status_of(command_runtime())
    if as_json:
        emit_json(state)
    else:
        _show(state)
    if any(how != "ok" for how in state["servers"].values()):
        raise typer.Exit(ERROR)


def _show(state: dict[str, Any]) -> None:
    """One screen: what to do comes first, for it is what one looks for."""
    zone = state["zone"]
    say(f"{_local(state['now'], zone)} ({zone}); {_servers(state)}")
    if state["to_do"]:
        to_do = [_in_language(row, "what") for row in state["to_do"]]
        emit_table("What to do", "what: what is wrong, remedy: what to do", to_do)
    else:
        say("nothing needs to be done")
    emit_table("Platforms", _PLATFORMS, [_worded(row, zone) for row in state["platforms"]])
    if media := state["media"]:
        _table(f"Files of media, {media['period']}", _MEDIA, media["files"], zone)
    _table("Failed visits of the last day", _FAILED, state["trouble"], zone)
    alerts = [
        {**_in_language(one, "text"), "told": ", ".join(one["told"]) or "nobody"}
        for one in state["alerts"] or ()
    ]
    _table("Alerts", _ALERTS, alerts, zone)
    credentials = state["credentials"] or ()
    resting = [one for one in credentials if one["state"] not in {"live", "unused"}]
    _table("Credentials that rest or are refused", _CREDENTIALS, resting, zone)
    amiss = [job for job in state["jobs"] or () if job["state"] not in _WELL]
    if state["scheduler"]:
        _table("Jobs of the scheduler that are not as they should be", _JOBS, amiss, zone)


def _in_language(row: dict[str, Any], name: str) -> dict[str, Any]:
    """A row whose text is worded in both languages."""
    chinese = row.get(f"{name}_zh") if spoken() == "zh" else ""
    return {**row, name: chinese or row[name]}


_PLATFORMS = (
    "platform, accounts, posts, visits_waiting: visits on their way, "
    "visits_running: at work, oldest_minutes: oldest (min), due: due (24 h), "
    "missed: missed (24 h), last_success: last success, crawlers"
)
_MEDIA = "family, expected, whole, planned: still due, given_up: given up, broken, mb: MB, outcomes"
_FAILED = "platform, outcome, visits, latest, detail, remedy: what to do"
_ALERTS = "since, over, text: alert, told: told to"
_CREDENTIALS = "platform, credential, state, until, reason"
_WELL = {"ok", "not yet"}
"""States of jobs of which nothing need be said."""
_JOBS = "job, state, last: last run, error"
_INSTANTS = {"last_success", "latest", "since", "over", "until", "last"}


def _table(title: str, columns: str, rows: Sequence[dict[str, Any]] | None, zone: str) -> None:
    if rows:
        emit_table(title, columns, [_worded(row, zone) for row in rows])


def _worded(row: dict[str, Any], zone: str) -> dict[str, Any]:
    """A row for people: instants to the minute in the settings' zone, lists in words."""
    found = {k: _local(v, zone) if k in _INSTANTS and v else v for k, v in row.items()}
    if "crawlers" in row:
        found["crawlers"] = ", ".join(row["crawlers"]) or "none"
    return found


def _local(instant: str, zone: str) -> str:
    """An instant in ISO 8601 as `2025-06-04 00:00 +08:00`."""
    from portal.wording import local_stamp

    return local_stamp(datetime.fromisoformat(instant), zone)


def _servers(state: dict[str, Any]) -> str:
    """Everything but the platforms in a few words."""
    servers = state["servers"].items()
    said = [f"{name} ok" if how == "ok" else how.rpartition("; ")[0] for name, how in servers]
    queue, disk = state["queue"], state["disk"]
    if queue is not None:
        oldest, limit = queue["harvest_minutes"], queue["memory_limit_mb"]
        waits = "" if oldest is None else f", the oldest for {oldest:g} min"
        said += [
            "a scheduler leads" if state["scheduler"] else "no scheduler is running",
            f"writers at work: {queue['writers']}",
            f"harvest waiting: {queue['harvest_waiting']}{waits}",
            f"dead letters: {queue['dead_letters']}; lost: {queue['lost_letters']}",
            f"Redis memory: {queue['memory_mb']:g} of {shown(limit)} MB",
        ]
        live = sum(1 for one in state["credentials"] if one["state"] == "live")
        said.append(f"credentials live: {live} of {len(state['credentials'])}")
    if state["redelivered"]:
        said.append(f"visits of the last day delivered again: {state['redelivered']}")
    return "; ".join([*said, f"disk free: {disk['free_gb']:g} GB ({disk['percent']} %)"])


def doctor(
    online: Annotated[
        bool, typer.Option(help="Also make one profile visit to each platform, and ask robots.txt.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check servers and credentials; say what is missing and how to get it."""
    found = _findings(online)
    if as_json:
        emit_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            say(f"{'ok     ' if finding.ok else 'MISSING'} {finding.name}: {finding.text}")
            if finding.remedy:
                say(f"        what to do: {finding.remedy}")
    if not all(finding.ok for finding in found):
        raise typer.Exit(ERROR)


def _registered(runtime: Runtime) -> tuple[list[Account], Redis | None]:
    """The accounts and the queue server, as far as they can be had: tokens are tried without."""
    from operations.health.servers import require_redis

    accounts: list[Account] = []
    queue: Redis | None = None
    if not runtime.needs_servers:
        with suppress(Failed):
            accounts = list(runtime.queries.accounts())
        with suppress(Failed):
            require_redis(runtime.redis_uri)
            queue = runtime.redis
    return accounts, queue


def _findings(online: bool) -> list[Finding]:
    from cityreach.runtime import open_runtime
    from cityreach.settings import command_settings
    from embedded import server_findings
    from operations.doctor import online_findings, platform_findings
    from operations.health.env_file import env_file_findings
    from operations.running.clock import clock_from

    settings = command_settings()
    say_rehearsal(settings)
    mongo, redis = settings.mongo_uri, settings.redis_uri
    found = server_findings(
        settings.data_dir,
        mongo.get_secret_value() if mongo else None,
        redis.get_secret_value() if redis else None,
    )
    found += env_file_findings()
    found += platform_findings(settings, clock_from(settings.clock_file).now().date())
    if online:
        with closing(open_runtime(settings)) as runtime:
            found += online_findings(settings, runtime.clock, *_registered(runtime))
    return found
