"""What collecting takes of the platforms: before it runs, and while it does."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Any

import typer

from cityreach.cli.output import emit_csv, emit_json, emit_table, say
from cityreach.cli.parts import platform_name
from operations.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def cost(
    accounts: Annotated[
        str,
        typer.Option(help="How many on each platform: 138, or x=138,youtube=90, or a CSV of them."),
    ],
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
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Calls, units and dollars that a month will take of each platform, before anything runs."""
    from cityreach.clock import SystemClock
    from cityreach.settings import load_settings
    from operations.cost import Question, accounts_asked, cost_rows, posts_asked
    from scheduler.plan import PlanError
    from scheduler.plans import load_plans

    settings, now = load_settings(), SystemClock().now()
    try:
        plans = load_plans(plan) if plan else settings.plan.plans()
    except PlanError as error:
        raise UsageError(f"--plan: {error}") from error
    month = settings.period(period) if period else settings.months.containing(now)
    rows = cost_rows(
        Question(
            plans=plans,
            period=month,
            accounts=accounts_asked(accounts),
            posts=posts_asked(posts_per_month),
            videos=videos,
            alone=alone,
            on=now.date(),
        )
    )
    if as_json:
        emit_json(rows)
    elif as_csv:
        emit_csv([{k: v for k, v in row.items() if k not in ("limits", "prices")} for row in rows])
    else:
        _show_cost(rows, plan or settings.plan.name, month.name)


def _show_cost(rows: list[dict[str, Any]], plan: str, month: str) -> None:
    columns = {
        "platform": "platform",
        "accounts": "accounts",
        "posts_per_month": "posts a month",
        "visits": "visits",
        "calls": "calls",
        "units": "units",
        "unit": "a unit is a",
        "dollars": "US$",
        "pass_units": "one pass: units",
        "pass_dollars": "US$",
    }
    flat = [
        {**row, "pass_units": row["one_pass"]["units"], "pass_dollars": row["one_pass"]["dollars"]}
        for row in rows
    ]
    emit_table(f"{month} by plan {plan}", columns, flat)
    limits = [{"platform": row["platform"], **limit} for row in rows for limit in row["limits"]]
    columns = {
        "platform": "platform",
        "what": "limit on",
        "limit": "limit",
        "most": "busiest",
        "share": "share",
        "source": "source",
        "noted": "noted",
    }
    emit_table("Limits of one credential, and the busiest stretch of the month", columns, limits)
    for row in rows:
        for price in row["prices"]:
            say(
                f"{row['platform']}: US$ {price['dollars']} a {price['subject']}, since "
                f"{price['from']} ({price['source']}; noted {price['noted']})"
            )
    say(f"together US$ {sum(row['dollars'] for row in rows):,.2f}")
    if any(limit["share"] > 1 for limit in limits):
        say(
            "a share above 1: the crawler spreads these calls as far as the plan's steps leave "
            "room; beyond that it takes more credentials"
        )


def quota(
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    as_json: Json = False,
) -> None:
    """What was spent today, what is left, and what the plan takes until the quota is renewed."""
    from cityreach.runtime import open_runtime
    from operations.quota import quota_rows

    name = platform_name(platform) if platform else None
    with closing(open_runtime()) as runtime:
        rows = quota_rows(runtime, name)
    if as_json:
        emit_json(rows)
        return
    columns = {
        "platform": "platform",
        "day": "its day",
        "calls": "calls",
        "spent": "units",
        "limit": "limit",
        "left": "left",
        "forecast": "forecast",
        "resets_at": "renewed at",
        "month_spent": "month",
        "month_forecast": "forecast",
        "dollars_month": "US$",
        "dollars_forecast": "forecast",
    }
    emit_table("Quotas", columns, rows)
    credentials = [{"platform": r["platform"], **c} for r in rows for c in r["credentials"]]
    columns = {
        "platform": "platform",
        "credential": "credential",
        "state": "state",
        "until": "until",
        "reason": "reason",
        "calls": "calls today",
        "units": "units today",
    }
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
