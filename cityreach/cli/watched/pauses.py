"""Accounts that are not visited for a while, or watched no more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from cityreach.cli.options import command_runtime
from cityreach.cli.output import say
from cityreach.cli.watched.accounts import accounts_app
from model.account import Account, PauseKind
from operations.errors import UsageError

if TYPE_CHECKING:
    from operations.runtime import Runtime

_Names = Annotated[list[str], typer.Argument(help="platform:id or platform:@handle, one or more.")]
_Since = Annotated[
    str | None, typer.Option("--from", help="From this day on (YYYY-MM-DD); default: now.")
]
_Reason = Annotated[str, typer.Option(help="Why, for those who look at the months later.")]


@accounts_app.command("rest")
def rest_command(account: _Names, reason: _Reason, since: _Since = None) -> None:
    """Visit accounts no more until they are resumed; months keep their place, values unknown."""
    _pause(PauseKind.RESTED, account, reason, since)


@accounts_app.command("remove")
def remove_command(account: _Names, reason: _Reason, since: _Since = None) -> None:
    """Watch accounts no more; months that ended before stay as they were."""
    _pause(PauseKind.REMOVED, account, reason, since)


@accounts_app.command("resume")
def resume_command(account: _Names, since: _Since = None) -> None:
    """Visit accounts again that rest or were removed."""
    from portal.users.audit import note_command
    from store.errors import PauseError
    from store.plan.pauses import named, resume_accounts

    runtime = command_runtime()
    at = _instant(runtime, since)
    try:
        chosen = named(runtime.db, account)
        now = runtime.clock.now()
        resume_accounts(runtime.db, chosen, at, zone=runtime.settings.zone, now=now)
    except PauseError as error:
        raise UsageError(str(error)) from None
    for one in chosen:
        note_command(runtime.db, now, "accounts.resumed", one.key, since=at.isoformat())
    say(_told(runtime, chosen, "visited again", at))


def _pause(kind: PauseKind, names: list[str], reason: str, since: str | None) -> None:
    from portal.users.audit import note_command
    from store.errors import PauseError
    from store.plan.pauses import Stop, named, pause_accounts

    runtime = command_runtime()
    at = _instant(runtime, since)
    try:
        chosen = named(runtime.db, names)
        stop, now = Stop(kind, at, reason), runtime.clock.now()
        pause_accounts(runtime.db, chosen, stop, runtime.months, now=now)
    except PauseError as error:
        raise UsageError(str(error)) from None
    told = {"reason": reason, "since": at.isoformat()}
    for one in chosen:
        note_command(runtime.db, now, f"accounts.{kind.value}", one.key, **told)
    last = runtime.months.containing(at).previous()
    said = _told(runtime, chosen, kind.value, at)
    if kind is PauseKind.REMOVED:
        said += f"\nmonths up to {last.name} stay as they were"
    say(said)


def _instant(runtime: Runtime, day: str | None) -> datetime:
    """The beginning of a day in the settings' zone; without one, now."""
    if day is None:
        return runtime.clock.now()
    try:
        given = date.fromisoformat(day)
    except ValueError:
        raise UsageError(f"--from {day}: expected a day such as 2025-06-01") from None
    return datetime.combine(given, time(), ZoneInfo(runtime.settings.zone))


def _day(runtime: Runtime, at: datetime) -> str:
    zone = runtime.settings.zone
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def _told(runtime: Runtime, chosen: Iterable[Account], state: str, at: datetime) -> str:
    """A line for each account: what it is from then on."""
    day = _day(runtime, at)
    return "\n".join(
        f"{one.platform} @{one.handle or one.id} ({one.city}): {state} from {day} on"
        for one in chosen
    )
