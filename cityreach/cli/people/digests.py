"""Digests by mail and webhook: recipients, what was sent."""

from __future__ import annotations

from typing import Annotated

import typer

from cityreach.cli.exits import PARTIAL
from cityreach.cli.options import JsonFlag, command_runtime
from cityreach.cli.output import emit_list, say
from operations.errors import UsageError

digest_app = typer.Typer(
    help="What people get by mail or webhook: the week, and that an issue is out.",
    no_args_is_help=True,
)
_Name = Annotated[str, typer.Argument(help="The recipient's name.")]


@digest_app.command("add")
def digest_add(
    name: _Name,
    channel: Annotated[str, typer.Option(help="A channel of the alerts' settings.")],
    address: Annotated[str, typer.Option(help="The mail address, for a mail channel.")] = "",
    city: Annotated[
        list[str] | None, typer.Option(help="Of an operator; none: the whole month.")
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="weekly, issue; default: both.")] = None,
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    weekday: Annotated[int, typer.Option(help="Of the weekly one: 0, Monday, to 6.")] = 0,
    hour: Annotated[int, typer.Option(help="0 to 23, in the settings' zone.")] = 9,
) -> None:
    """Send somebody digests from now on."""
    from operations.people.digests import add_recipient

    values = {"address": address, "language": lang, "weekday": weekday, "hour": hour}
    kinds, cities = kind or ["weekly", "issue"], tuple(city or ())
    add_recipient(command_runtime(), name, channel, kinds, cities=cities, **values)
    say(f"{name} gets digests from now on")


@digest_app.command("list")
def digest_list(as_json: JsonFlag = False) -> None:
    """Who gets what, when, in which language."""
    from portal.digest.recipients import recipients

    fields = ("name", "channel", "address", "language", "cities", "kinds", "weekday", "hour")
    rows = [
        {field: getattr(one, field) for field in (*fields, "stopped")}
        for one in recipients(command_runtime().db)
    ]
    emit_list(rows, "recipients", ", ".join((*fields, "stopped")), as_json=as_json)


@digest_app.command("remove")
def digest_remove(name: _Name) -> None:
    """Send somebody no more digests."""
    from portal.digest.recipients import remove_recipient

    if not remove_recipient(command_runtime().db, name):
        raise UsageError(f"there is no recipient {name}: `cityreach digest list`")
    say(f"{name} gets no more digests")


@digest_app.command("send")
def digest_send() -> None:
    """Send what is due now, as the scheduler does every minute; what was sent is not sent again."""
    from operations.people.digests import send_digests

    done = send_digests(command_runtime())
    say(", ".join(f"{count} {how}" for how, count in sorted(done.items())) or "nothing is due")
    if done["failed"] or done["unknown"]:
        raise typer.Exit(PARTIAL)


@digest_app.command("sent")
def digest_sent(as_json: JsonFlag = False) -> None:
    """What was sent, what failed and why, and what may not have arrived; newest first."""
    from portal.digest.sending import sendings

    columns = "kind, recipient, slot, state, tries, claimed_at: at, error"
    names = ("kind", "recipient", "slot", "state", "tries", "claimed_at", "error")
    rows = [{key: one[key] for key in names} for one in sendings(command_runtime().db)]
    emit_list(rows, "digests", columns, as_json=as_json)
