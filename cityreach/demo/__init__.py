"""The demo: a month of a sandboxed world, collected by the real parts on real servers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import httpx

from cityreach.clock import set_file_clock
from cityreach.cli.exits import Failed, UsageError
from cityreach.demo.results import make_folder, run_report, write_json
from cityreach.demo.walk import Progress, Walk
from cityreach.house import House
from cityreach.monthly import index_of_month, measure_rows
from cityreach.running import part, part_environment
from cityreach.settings import BaseAll, load_settings
from cityreach.stack import Servers, Stack
from cityreach.supervise import Part, Supervisor
from model.account import Account
from model.period import Period
from model.platform import PLATFORMS
from sandbox.world import World
from sandbox.worldfile import load_world
from scheduler.plan import Plan
from store.registry import upsert_accounts

SHIPPED = "small.jsonl.gz"
PLAN = Plan(
    profile_every=timedelta(days=366),
    timeline_every=timedelta(days=7),
    timeline_back=timedelta(days=8),
    refresh_every=timedelta(days=14),
    edge_lead=timedelta(),
)
"""Accounts at the edges, posts weekly, older ones fortnightly, everything at the cut-off. The clock
stands still while visits run, so that edges need no lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What `cityreach demo` was asked for."""

    world: Path | None = None
    period: str | None = None
    out: Path | None = None
    keep: bool = False


@dataclass(slots=True)
class DemoRun:
    """A demo whose parts are running."""

    options: DemoOptions
    world: World
    period: Period
    house: House
    sandbox_url: str
    clock_file: Path

    def move(self, instant: datetime) -> None:
        """Sets the sandbox's clock, then ours: no answer is ever from our future."""
        answer = httpx.post(
            f"{self.sandbox_url}/_sandbox/clock", json={"now": instant.isoformat()}, timeout=30
        )
        answer.raise_for_status()
        set_file_clock(self.clock_file, instant)


def shipped_world() -> Path:
    """The small world that comes with the project."""
    import sandbox

    return Path(sandbox.__file__).parent / "worlds" / SHIPPED


def world_accounts(world: World) -> list[Account]:
    """The accounts of a world as a registry would hold them, ids known."""
    return [
        Account(
            platform=account.platform,
            id=account.id,
            handle=account.handle,
            city=account.city,
            name=account.name,
            source=f"world {world.name}",
        )
        for platform in PLATFORMS
        for account in world.accounts[platform].values()
    ]
