"""`cityreach quota` with and without credentials, a platform switched off, a budget set."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from redis import Redis

from bus.connection import connect_async
from bus.ledger import Ledger
from cityreach.cli import command_line
from crawler.engine.credentials import label_of
from model.account import Account
from model.platform import PLATFORMS
from operations.running.clock import set_file_clock
from store.accounts import put_accounts
from store.database import Store

NOON = datetime(2025, 5, 14, 12, tzinfo=UTC)
ACCOUNTS = 10


@pytest.fixture(autouse=True)
def surroundings(
    db: Store,
    mongod: Any,
    redis: Redis,
    redis_uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten accounts a platform; no settings but these."""
    set_file_clock(tmp_path / "clock", NOON)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "MONGO_URI": mongod.uri,
        "MONGO_DATABASE": db.name,
        "REDIS_URI": redis_uri,
        "CLOCK_FILE": str(tmp_path / "clock"),
        "DATA_DIR": str(tmp_path),
    }.items():
        monkeypatch.setenv(f"CITYREACH_{name}", value)
    put_accounts(
        db,
        [
            Account(platform=name, id=str(n), handle=f"h{n}", city="nanjing")
            for name in PLATFORMS
            for n in range(ACCOUNTS)
        ],
    )


def rows() -> dict[str, dict[str, Any]]:
    done = CliRunner().invoke(command_line(), ["quota", "--json"])
    assert done.exit_code == 0, done.output
    return {row["platform"]: row for row in json.loads(done.stdout)}


def table() -> str:
    done = CliRunner().invoke(command_line(), ["quota"])
    assert done.exit_code == 0, done.output
    return done.output


def test_without_credentials_nothing_is_expected_and_that_is_said() -> None:
    found = rows()
    assert list(found) == list(PLATFORMS)
    for row in found.values():
        assert (row["spent"], row["forecast"], row["month_forecast"]) == (0, 0, 0)
        assert (row["credentials"], row["dollars_forecast"]) == ([], 0)
    shown = table()
    for name in PLATFORMS:
        assert f"{name}: no credentials, so that the official API is not asked" in shown


def test_a_platform_that_is_switched_off_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYREACH_TIKTOK__ENABLED", "false")
    assert list(rows()) == [name for name in PLATFORMS if name != "tiktok"]
    assert "tiktok" not in table()


def test_with_a_credential_the_days_plan_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYREACH_YOUTUBE__TOKENS", '["one"]')
    row = rows()["youtube"]
    # A page of uploads each at 13, 15, … 23, 1, 3 and 5 h; the channels' own counters at 15 h.
    assert (row["forecast"], row["limit"], row["fits"]) == (9 * ACCOUNTS + 1, 10_000, True)
    assert row["resets_at"] == "2025-05-15T07:00:00+00:00"
    assert [(c["credential"], c["state"]) for c in row["credentials"]] == [
        (label_of("one"), "unused")
    ]
    assert "youtube: no credentials" not in table()


def test_accounts_read_by_their_pages_take_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYREACH_YOUTUBE__TOKENS", '["one"]')
    monkeypatch.setenv("CITYREACH_YOUTUBE__ROUTES", '{"3":"web","4":"web"}')
    assert rows()["youtube"]["forecast"] == 9 * (ACCOUNTS - 2) + 1


async def test_a_budget_that_the_days_plan_exceeds(
    monkeypatch: pytest.MonkeyPatch, redis_uri: str
) -> None:
    monkeypatch.setenv("CITYREACH_YOUTUBE__TOKENS", '["one","two"]')
    monkeypatch.setenv("CITYREACH_YOUTUBE__DAILY_BUDGET", "60")
    client = connect_async(redis_uri)
    await Ledger(client, "youtube").enter(NOON, label_of("two"), "videos", 25)
    await client.aclose()
    row = rows()["youtube"]
    assert (row["limit"], row["spent"], row["left"]) == (60, 25, 35)
    assert (row["forecast"], row["fits"]) == (25 + 91, False)
    assert [credential["units"] for credential in row["credentials"]] == [0, 25]
    assert "the day's plan takes 116 of 60 units" in " ".join(table().split())
