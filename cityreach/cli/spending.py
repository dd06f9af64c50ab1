"""What collecting takes of the platforms: before it runs, and while it does."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.forms import asked
from cityreach.cli.options import (
    JsonFlag,
    PlatformOption,
    any_platform,
    command_runtime,
    say_rehearsal,
)
from cityreach.cli.output import emit, emit_csv, emit_json, emit_table, say
from operations.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from model.period import Period
    from operations.cost import CostQuestion
    from operations.settings import Settings
    from scheduler.plans import Plans


def cost(
    accounts: Annotated[
        str | None,
        typer.Option(help="How many on each platform: 138, or x=138,youtube=90, or a CSV of them."),
    ] = None,
    plan: Annotated[
        str | None, typer.Option(help="A plan by name or a TOML file; default: the settings'.")
    ] = None,
    posts_per_month: Annotated[
        str, typer.Option(help="Posts of one account: 30, or x=60,youtube=20.")
    ] = "30",
    videos: Annotated[
        float, typer.Option(min=0, max=1, help="The share of posts that are videos.")
    ] = 1 / 3,
    period: Annotated[
        str | None, typer.Option("--period", help="The month, YYYY-MM; default: the present one.")
    ] = None,
    alone: Annotated[
        bool, typer.Option(help="The month by itself, without the tail of the month before.")
    ] = False,
    scale: Annotated[
        bool, typer.Option("--scale", help="For 138, 10,000 and 1,000,000: disk and machines too.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Calls, units and dollars that a month will take of each platform, before anything runs."""
    from operations.cost import CostQuestion, accounts_asked, cost_rows, posts_asked

    if (accounts is None) is not scale:
        raise UsageError("expected --accounts, or --scale instead of it")
    settings, now = _settings_now()
    month = settings.period(period) if period else settings.months.containing(now)
    question = CostQuestion(
        plans=_plans(settings, plan),
        period=month,
        accounts=accounts_asked(accounts or "0"),
        posts=posts_asked(posts_per_month),
        videos=videos,
        alone=alone,
        on=now.date(),
    )
    if scale:
        _show_scale(question, as_json=as_json)
    else:
        rows = cost_rows(question)
        _give_cost(rows, plan or settings.plan.name, month.name, as_json=as_json)
        if settings.media.enabled and not as_json and not asked.table:
            _say_media(settings, month, rows)


def _settings_now() -> tuple[Settings, datetime]:
    """The settings with the instant by their clock; those of a rehearsal are told as such."""
    from cityreach.settings import command_settings
    from operations.running.clock import clock_from

    settings = command_settings()
    say_rehearsal(settings)
    return settings, clock_from(settings.clock_file).now()


def _say_media(settings: Settings, month: Period, rows: list[dict[str, Any]]) -> None:
    """What a month of media takes beside."""
    from operations.media.cost import media_cost

    posts = sum(row["accounts"] * row["posts_per_month"] for row in rows)
    say(media_cost(settings, month, posts).sentence())


def _give_cost(rows: list[dict[str, Any]], plan: str, month: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(rows)
    elif asked.table:
        emit_csv([{k: v for k, v in row.items() if k not in ("limits", "prices")} for row in rows])
    else:
        _show_cost(rows, plan, month)


def _show_scale(question: CostQuestion, *, as_json: bool) -> None:
    from operations.database.growth import scale_rows

    columns = (
        "accounts: accounts a platform, visits, calls, dollars: US$, readings, "
        "disk_gb: GB a month, memory_gb: GB of cache, crawlers, writers, mongod_cores, valkey_cores"
    )
    emit(scale_rows(question), f"{question.period.name}, all platforms", columns, as_json=as_json)


def _plans(settings: Settings, given: str | None) -> Plans:
    """The plans that the command line names, else the settings'. Raises UsageError."""
    from scheduler.plan import PlanError
    from scheduler.plans import load_plans

    try:
        return load_plans(given) if given else settings.plan.plans()
    except PlanError as error:
        raise UsageError(f"--plan: {error}") from error


def _show_cost(rows: list[dict[str, Any]], plan: str, month: str) -> None:
    columns = (
        "platform, accounts, posts_per_month: posts a month, visits, calls, units, "
        "unit: a unit is a, dollars: US$, pass_units: one pass: units, pass_dollars: US$"
    )
    flat = [
        {**row, "pass_units": row["one_pass"]["units"], "pass_dollars": row["one_pass"]["dollars"]}
        for row in rows
    ]
    emit_table(f"{month} by plan {plan}", columns, flat)
    _show_limits(rows)
    say(f"together US$ {sum(row['dollars'] for row in rows):,.2f}")
    if any(limit["share"] > 1 for row in rows for limit in row["limits"]):
        say(
            "a share above 1: the crawler spreads these calls as far as the plan's steps leave "
            "room; beyond that it takes more credentials"
        )


def _show_limits(rows: list[dict[str, Any]]) -> None:
    """What limits there are, how near the month comes to them, and what reading costs."""
    limits = [{"platform": row["platform"], **limit} for row in rows for limit in row["limits"]]
    columns = "platform, what: limit on, limit, most: busiest, share, source, noted"
    emit_table("Limits of one credential, and the busiest time of the month", columns, limits)
    for row in rows:
        for price in row["prices"]:
            say(
                f"{row['platform']}: US$ {price['dollars']} a {price['subject']}, since "
                f"{price['from']} ({price['source']}; noted {price['noted']})"
            )


def quota(
    platform: PlatformOption = None,
    as_json: JsonFlag = False,
) -> None:
    """What was spent today, what is left, and what the plan takes until the quota is renewed."""
    from operations.quota import quota_rows

    name = any_platform(platform)
    with closing(command_runtime()) as runtime:
        rows = quota_rows(runtime, name)
    if as_json:
        emit_json(rows)
    else:
        _show_quota(rows)


def _show_quota(rows: list[dict[str, Any]]) -> None:
    columns = (
        "platform, day: its day, calls, spent: units, limit, left, forecast, "
        "resets_at: renewed at, month_spent: month, month_forecast: forecast, "
        "dollars_month: US$, dollars_forecast: forecast"
    )
    emit_table("Quotas", columns, rows)
    credentials = [{"platform": r["platform"], **c} for r in rows for c in r["credentials"]]
    columns = "platform, credential, state, until, reason, calls: calls today, units: units today"
    emit_table("Credentials", columns, credentials)
    for row in rows:
        if not row["credentials"]:
            say(
                f"{row['platform']}: no credentials, so that the official API is not asked; "
                "`cityreach doctor` says what is missing"
            )
        if row["fits"] is False:
            say(
                f"{row['platform']}: the day's plan takes {row['forecast']:,} of {row['limit']:,} "
                "units; what matters least for the month's index is given up"
            )
