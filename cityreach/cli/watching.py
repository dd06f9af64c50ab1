"""How things stand, and what is missing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cityreach.cli.exits import ERROR
from cityreach.cli.output import emit_json, emit_table, say

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def status(as_json: Json = False) -> None:
    """What runs, what waits, what failed in the last day and what to do about it."""
    from cityreach.house import House
    from cityreach.settings import load_settings
    from cityreach.status import status_of

    state = status_of(House(load_settings()))
    if as_json:
        emit_json(state)
        return
    running = "a scheduler leads" if state["scheduler"] else "no scheduler is running"
    say(f"{state['now']} UTC; {running}; {state['harvest_waiting']} harvest entries wait for the "
        f"writer; {state['dead_letters']} dead letters")  # fmt: skip
    columns = {"platform": "platform", "accounts": "accounts", "posts": "posts",
               "visits_waiting": "visits waiting", "last_success": "last success"}  # fmt: skip
    emit_table("Platforms", columns, state["platforms"])
    if state["trouble"]:
        columns = {"platform": "platform", "outcome": "outcome", "visits": "visits",
                   "latest": "latest", "detail": "detail", "remedy": "what to do"}  # fmt: skip
        emit_table("Trouble of the last day", columns, state["trouble"])
    else:
        say("no trouble in the last day")


def doctor(
    online: Annotated[
        bool, typer.Option(help="Also make one profile visit to each platform.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check servers and credentials; say what is missing and how to get it."""
    from cityreach.doctor import findings, try_online
    from cityreach.house import House
    from cityreach.settings import load_settings

    settings = load_settings()
    found = list(findings(settings))
    if online:
        accounts = {a.platform: a for a in House(settings).truth.accounts() if a.id}
        found += [
            try_online(settings, account)
            for name, account in accounts.items()
            if settings.platform(name).enabled and settings.platform(name).has_credentials
        ]
    if as_json:
        emit_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            say(f"{'ok     ' if finding.ok else 'MISSING'} {finding.name}: {finding.text}")
            if finding.remedy:
                say(f"        what to do: {finding.remedy}")
    if not all(finding.ok for finding in found):
        raise typer.Exit(ERROR)
