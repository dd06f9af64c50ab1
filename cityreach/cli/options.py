"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cityreach.cli.forms import asked
from cityreach.cli.output import say
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from operations.errors import UsageError

if TYPE_CHECKING:
    from model.servers import Servers
    from operations.runtime import Runtime
    from operations.settings import Settings

PeriodOption = Annotated[str, typer.Option("--period", help="The month, YYYY-MM.")]
PlatformOption = Annotated[str | None, typer.Option("--platform", help="Only this platform.")]
AccountOption = Annotated[
    str | None, typer.Option("--account", help="Only this account, platform:id.")
]
MethodOption = Annotated[
    str | None, typer.Option("--method", help="Method; default: the settings'.")
]
PresetOption = Annotated[
    str | None,
    typer.Option("--preset", help="Platform weights: a preset of the method, e.g. with-tiktok."),
]
ScopeOption = Annotated[
    str,
    typer.Option("--scope", help="composite, a platform, or any other inner node of the method."),
]
LiveFlag = Annotated[
    bool,
    typer.Option("--live", help="Today's knowledge, also of a month whose issue is frozen."),
]
RouteOption = Annotated[
    str,
    typer.Option("--route", help="api: the official APIs; web: the public pages, in a browser."),
]
SinceOption = Annotated[
    str | None, typer.Option("--since", help="From this instant on (ISO 8601).")
]
CountOption = Annotated[int, typer.Option("-n", min=1, help="At most so many.")]
DryRunFlag = Annotated[bool, typer.Option(help="Only show what would be done.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BomFlag = Annotated[bool, typer.Option(help="With --csv, for Excel: begin with a byte order mark.")]


def command_runtime() -> Runtime:
    """The runtime by the environment's settings, closed when the command has ended; imported late,
    so that `--help` is quick."""
    from cityreach.runtime import open_runtime

    runtime = open_runtime()
    _opened.callback(runtime.close)
    asked.setting = runtime.settings.lang or asked.setting
    say_rehearsal(runtime.settings)
    return runtime


def say_rehearsal(settings: Settings) -> None:
    """The first line of every command beside a rehearsal: whose numbers and settings these are."""
    if not settings.rehearsal or asked.rehearsal:
        return
    from operations.running.clock import clock_from
    from portal.wording import local_stamp

    asked.rehearsal = settings.rehearsal
    shown = local_stamp(clock_from(settings.clock_file).now(), settings.zone)
    say(f"rehearsal: {settings.rehearsal}; the clock shows {shown}")


_opened = ExitStack()


def close_runtimes() -> None:
    """Closes what `command_runtime` opened, at the end of the command."""
    _opened.close()


def known_servers() -> Servers:
    """The servers by the environment's settings, those that run for the data directory among
    them; empty addresses where there are none."""
    from cityreach.runtime import addresses

    return addresses()


def platform_name(value: str) -> PlatformName:
    """A platform as it is called on the command line, in either language. Raises UsageError."""
    from model.platforms import platform_named

    found = platform_named(value)
    if found is not None:
        return found
    raise UsageError(f"platform {value!r}: expected one of {', '.join(PLATFORMS)}")


def any_platform(value: str | None) -> PlatformName | None:
    """As `platform_name`; None where no platform is named."""
    return platform_name(value) if value else None


def route_name(value: str) -> Route:
    """A route as given on the command line. Raises UsageError."""
    try:
        return Route(value)
    except ValueError:
        raise UsageError(f"--route {value}: expected api or web") from None


def given_instant(text: str) -> datetime:
    """ISO 8601 to UTC; a date alone is its midnight in UTC. Raises UsageError."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        expected = "expected ISO 8601, for instance 2025-05-01T00:00:00+08:00"
        raise UsageError(f"time {text!r}: {expected}") from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def any_instant(text: str | None) -> datetime | None:
    """As `given_instant`; None where no time is given."""
    return given_instant(text) if text else None
