"""`cost` and `quota` as people ask for them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from redis import Redis

from bus.connection import connect_async
from bus.credentials import CredentialBoard, CredentialState
from bus.ledger import Ledger
from cityreach.cli import command_line
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from crawler.engine.credentials import label_of
from model.account import Account
from model.platform import PLATFORMS
from model.servers import Servers
from operations.budgets import LedgerBudgets, closed_until
from operations.cost import accounts_asked, posts_asked
from operations.errors import UsageError
from operations.quota import quota_rows
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from store.accounts import put_accounts
from store.database import Store
from store.ingest.writer import Writer
from tests.scheduler.known import DAY, HOUR
from tests.store.harvest import page, post, visit

pytestmark = pytest.mark.slow

NOON = datetime(2025, 5, 14, 12, tzinfo=UTC)
runner = CliRunner()


def asked(*args: str) -> list[dict[str, Any]]:
    done = runner.invoke(command_line(), ["cost", "--json", "--period", "2025-06", *args])
    assert done.exit_code == 0, done.output
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


# --- cost


def test_138_cities_on_five_platforms() -> None:
    """One pass, by the platforms' own rules: 60 posts on X, Facebook, Instagram, 30 elsewhere."""
    posts = "x=60,facebook=60,instagram=60,youtube=30,tiktok=30"
    rows = {row["platform"]: row for row in asked("--accounts", "138", "--posts-per-month", posts)}
    assert {name: row["one_pass"]["units"] for name, row in rows.items()} == {
        "facebook": 414,
        "x": 8418,
        "instagram": 276,
        "youtube": 224,
        "tiktok": 182,
    }
    assert rows["x"]["one_pass"] == {"calls": 140, "units": 8418, "dollars": 42.78}
    assert all(row["calls"] > 20 * row["one_pass"]["calls"] for row in rows.values())
    assert sum(row["dollars"] for row in rows.values()) == rows["x"]["dollars"] > 500
    (daily,) = rows["youtube"]["limits"]
    assert (daily["limit"], daily["share"] < 0.25) == (10_000, True)


def test_a_thriftier_plan_costs_less() -> None:
    default, thrifty = (
        asked("--accounts", "x=138", "--posts-per-month", "60", "--plan", plan)
        for plan in ("default", "thrifty")
    )
    assert thrifty[0]["dollars"] == pytest.approx(374, rel=0.05)
    assert default[0]["dollars"] > 2 * thrifty[0]["dollars"]


def test_cost_by_a_plan_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('bands = []\nat_end = false\nprofile_every = "366d"\n')
    (row,) = asked("--accounts", "youtube=138", "--plan", str(file))
    # June's edge, and the cut-off of May: 31 days at a post a day, 50 a page and 50 videos a call.
    assert row["calls"] == 3 + 138 + 86


def test_accounts_are_counted_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("city,platform,handle\nnanjing,x,a\nwuhan,x,b\nnanjing,youtube,@channel\n")
    assert [(row["platform"], row["accounts"]) for row in asked("--accounts", str(file))] == [
        ("x", 2),
        ("youtube", 1),
    ]
    file.write_text("city,platform,handle\nnowhere,x,a\n")
    with pytest.raises(UsageError, match=r"accounts\.csv"):
        accounts_asked(str(file))


def test_the_table_and_the_csv_name_prices_and_sources() -> None:
    args = ["cost", "--accounts", "138", "--period", "2025-06"]
    table = runner.invoke(command_line(), args)
    assert table.exit_code == 0
    assert "0.005 a post" in table.output
    assert "together US$" in table.output
    rows = list(csv.DictReader(io.StringIO(runner.invoke(command_line(), [*args, "--csv"]).stdout)))
    assert [row["platform"] for row in rows] == list(PLATFORMS)
    assert rows[1]["one_pass.dollars"] == "22.08"


@pytest.mark.parametrize(
    ("read", "text", "told"),
    [
        (accounts_asked, "many", "expected a number, such as 138"),
        (accounts_asked, "x=many", "expected a whole number"),
        (accounts_asked, "myspace=3", "expected PLATFORM=NUMBER"),
        (posts_asked, "few", "expected a number, 0 or more"),
        (posts_asked, "-3", "expected a number, 0 or more"),
        (posts_asked, "x=", "expected PLATFORM=NUMBER"),
    ],
)
def test_what_cannot_be_understood_is_named(read: Any, text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read(text)


def test_an_unknown_plan_is_named() -> None:
    done = runner.invoke(command_line(), ["cost", "--accounts", "1", "--plan", "hourly"])
    assert isinstance(done.exception, UsageError)
    assert "--plan: plan 'hourly': expected one of" in str(done.exception)


# --- quota


@pytest.fixture
def runtime(
    db: Store, mongod: Any, redis_uri: str, redis: Redis, tmp_path: Path
) -> Iterator[Runtime]:
    set_file_clock(tmp_path / "clock", NOON)
    settings = load_settings(
        None,
        data_dir=tmp_path,
        clock_file=tmp_path / "clock",
        mongo_database=db.name,
        youtube={"tokens": [SecretStr("one"), SecretStr("two")]},
        x={"tokens": [SecretStr("bearer")], "daily_budget": 500},
    )
    found = open_runtime(settings, Servers(mongod.uri, redis_uri))
    put_accounts(
        db,
        [
            Account(platform=name, id=str(n), handle=f"h{n}", city="nanjing")
            for name in ("x", "youtube")
            for n in range(20)
        ],
    )
    yield found
    found.close()


async def spend(redis_uri: str) -> None:
    client = connect_async(redis_uri)
    youtube, x = Ledger(client, "youtube"), Ledger(client, "x")
    for credential, units in ((label_of("one"), 7), (label_of("two"), 5)):
        await youtube.enter(NOON, credential, "videos", units)
    await youtube.enter(NOON - DAY, label_of("one"), "videos", 100)
    await x.enter(NOON, label_of("bearer"), "timeline", 1)
    x.answered(NOON, [str(n) for n in range(40)], ["1", "2"])
    await x.flush()
    board = CredentialBoard(client, "youtube")
    await board.note(
        CredentialState(
            label=label_of("one"),
            state="resting",
            at=NOON,
            until=NOON + HOUR,
            outcome="quota_spent",
            reason="spent",
        )
    )
    await client.aclose()


async def test_what_was_spent_and_what_is_left(runtime: Runtime, redis_uri: str) -> None:
    await spend(redis_uri)
    rows = {row["platform"]: row for row in quota_rows(runtime)}
    youtube, x = rows["youtube"], rows["x"]
    assert (youtube["spent"], youtube["limit"], youtube["left"]) == (12, 20_000, 19_988)
    assert youtube["resets_at"] == "2025-05-15T07:00:00+00:00"
    assert youtube["month_spent"] == 112
    assert youtube["fits"] is True
    assert youtube["forecast"] > 12 + 9 * 20, "nine more slots today, a page for each channel"
    assert [(c["state"], c["units"], c["reason"]) for c in youtube["credentials"]] == [
        ("resting", 7, "spent"),
        ("unused", 5, ""),
    ]
    assert (x["calls"], x["spent"], x["limit"], x["dollars_today"]) == (1, 42, 500, 0.22)
    assert rows["tiktok"]["credentials"] == []
    assert rows["facebook"]["limit"] is None


def test_the_forecast_follows_the_pace_of_publishing(runtime: Runtime) -> None:
    before = quota_rows(runtime, "x")[0]
    items = [post(str(n), NOON, NOON - DAY, platform="x", account="1", likes=1) for n in range(600)]
    Writer(runtime.db).write([page(visit(NOON, platform="x"), NOON, posts=items)])
    after = quota_rows(runtime, "x")[0]
    assert after["month_forecast"] > before["month_forecast"] + 600
    assert after["dollars_forecast"] > before["dollars_forecast"] + 3


async def test_the_planner_is_told_the_same(runtime: Runtime, redis_uri: str, redis: Redis) -> None:
    await spend(redis_uri)
    budget_source = LedgerBudgets(runtime.settings, redis)
    budget = budget_source.budget("youtube", NOON)
    assert budget is not None
    assert (budget.left, budget.closed_until) == (19_988, None)
    of_x = budget_source.budget("x", NOON)
    assert of_x is not None
    assert of_x.left == 500 - 42
    assert budget_source.budget("facebook", NOON) is None


def state(label: str, state: str, until: datetime | None) -> CredentialState:
    return CredentialState(label=label, state=state, at=NOON, until=until)


@pytest.mark.parametrize(
    ("states", "until"),
    [
        ([], None),
        ([state("a", "resting", NOON + HOUR)], None),
        ([state("a", "resting", NOON + HOUR), state("b", "live", None)], None),
        ([state("a", "resting", NOON + 2 * HOUR), state("b", "dead", NOON + HOUR)], NOON + HOUR),
        ([state("a", "resting", NOON + HOUR), state("b", "resting", NOON)], None),
        ([state("c", "resting", NOON + HOUR)], None),
    ],
)
def test_a_platform_is_closed_while_all_its_credentials_rest(
    states: list[CredentialState], until: datetime | None
) -> None:
    assert closed_until(states, ["a", "b"], NOON) == until
    assert closed_until(states, [], NOON) is None
