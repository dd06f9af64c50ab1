"""What `cost` says beforehand is what the sandbox's meter counts when the plan is carried out."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from bus.ledger import is_api, spending
from cityreach.cli import command_line
from cityreach.settings import load_settings
from model.period import Period
from model.platform import PLATFORMS
from operations.cost import CostQuestion, cost_rows
from operations.rehearsal.walk import StepWalk
from operations.rehearsal.world_run import started, world_accounts
from sandbox.world.file import load_world
from scheduler.calendar import instants
from scheduler.plan import Plan, Tier
from scheduler.plans import Plans, named_plans
from store.accounts import put_accounts
from tests.long.month import tell
from tests.scheduler.even_world import write_world
from tests.scheduler.known import DAY, HOUR

MONTH = Period.month("2025-05")
SHORT = Plan(bands=(Tier(4 * DAY, 4 * DAY), Tier(35 * DAY, 12 * DAY)), edge_lead=timedelta())
DENSE = Plan(bands=(Tier(2 * DAY, 6 * HOUR), Tier(10 * DAY, 12 * HOUR), Tier(35 * DAY, DAY)))
"""The default plan, at a third of its pace."""
ACCOUNTS, POSTS = 6, 62


CITIES, PER_MONTH = 138, 31


def run(
    folder: Path, plan: Plan, accounts: int, posts: int
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Calls and units by platform as the sandbox counted them, and units as our ledger did."""
    world = write_world(folder / "even.jsonl", MONTH, accounts, posts)
    load = partial(load_settings, None)
    settings = load(data_dir=folder, mongo_database="cityreach_cost")
    with started(
        partial(load_settings, None), settings, world, MONTH.start - plan.edge_lead, lambda _: None
    ) as running:
        put_accounts(running.runtime.db, world_accounts(load_world(world)))
        planner = running.runtime.planner(plan, retry_scale=0.0)
        steps = instants(MONTH, plan)
        plan_pass = partial(planner.run_periods, [MONTH])
        StepWalk(
            running.runtime.queries, plan_pass, steps, running.move, lambda _: None, Event()
        ).run()
        running.supervisor.end("crawl")
        answer = httpx.get(
            f"{running.sandbox_url}/_sandbox/usage", headers=running.control, timeout=30
        ).json()
        booked = Counter[str]()
        for row in spending(running.runtime.redis):
            if is_api(row.endpoint):
                booked[row.platform] += row.units
    calls, units = Counter[str](), Counter[str]()
    for used in answer["calls"]:
        if used["endpoint"] != "token":
            # Parts of a batch are one call together; each is a unit.
            calls[used["platform"]] += 0 if used["endpoint"] == "node" else used["calls"]
            units[used["platform"]] += used["units"]
    return calls, units, booked


def said(plan: Plan) -> dict[str, dict[str, Any]]:
    question = CostQuestion(
        plans=Plans(plan),
        period=MONTH,
        accounts=dict.fromkeys(PLATFORMS, ACCOUNTS),
        posts=dict.fromkeys(PLATFORMS, POSTS),
        alone=True,
        on=date(2026, 11, 22),
    )
    return {row["platform"]: row for row in cost_rows(question)}


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(SHORT, id="short"),
        pytest.param(DENSE, id="dense", marks=pytest.mark.long),
        pytest.param(
            Plan(bands=(Tier(7 * DAY, 12 * HOUR),), at_end=False),
            id="thrifty",
            marks=pytest.mark.long,
        ),
    ],
)
def test_the_meter_agrees_within_five_per_cent(plan: Plan, tmp_path: Path) -> None:
    expected = said(plan)
    assert_metered(expected, *run(tmp_path, plan, ACCOUNTS, POSTS))


@pytest.mark.long
@pytest.mark.parametrize("plan", ["weekly", "thrifty"])
def test_138_cities_on_five_platforms(plan: str, tmp_path: Path) -> None:
    """As the command says it and as the plan is carried out, in full size."""
    args = [
        "cost",
        "--json",
        "--alone",
        "--period",
        MONTH.name,
        "--plan",
        plan,
        "--accounts",
        str(CITIES),
        "--posts-per-month",
        str(PER_MONTH),
    ]
    done = CliRunner().invoke(command_line(), args)
    assert done.exit_code == 0, done.output
    expected = {row["platform"]: row for row in json.loads(done.stdout)}
    assert_metered(expected, *run(tmp_path, named_plans()[plan].base, CITIES, PER_MONTH))


def assert_metered(
    expected: dict[str, dict[str, Any]],
    calls: Counter[str],
    units: Counter[str],
    booked: Counter[str],
) -> None:
    """What was said, what the sandbox's meter counted, and what our ledger did."""
    assert set(calls) == set(PLATFORMS)
    for name in PLATFORMS:
        beforehand = (expected[name]["calls"], expected[name]["units"])
        tell(f"{name}: calls and units {beforehand} said, {(calls[name], units[name])} metered")
    for name in PLATFORMS:
        assert expected[name]["calls"] == pytest.approx(calls[name], rel=0.05), name
        assert expected[name]["units"] == pytest.approx(units[name], rel=0.05), name
        assert booked[name] == pytest.approx(units[name], rel=0.02), name
