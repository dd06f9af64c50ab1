"""A demo that is running: servers, sandbox and parts, and two clocks that are moved together."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from embedded.supervise import Part, Supervisor
from model.account import Account
from model.platform import PLATFORMS
from model.platforms import FACTS
from model.route import Route
from operations.errors import Failed, UsageError
from operations.running.clock import set_file_clock
from operations.running.opening import runtime_of
from operations.running.parts import make_stack, part, part_environment
from operations.runtime import Runtime
from operations.settings import Settings
from sandbox.serve import CONTROL_TOKEN_VARIABLE
from sandbox.service.access import TOKEN_HEADER
from sandbox.world.model import World
from store.accounts import accounts, put_accounts
from store.database import Store

TOKEN = os.environ.get("SANDBOX_TOKEN", "sandbox-token")
"""The sandbox takes any."""
_CREDENTIALS = {"tokens": [TOKEN], "client_key": "sandbox-key", "client_secret": f"{TOKEN}-secret"}
_OWN_ID = "17841400000000000"
"""For keys that are no credentials but name an account of the team itself."""
_LEASE = 10.0
"""Seconds; visits here take less than one, and what a killed crawler held should not wait long."""
_CLOSED = ("ALERTS", "URI", "TOKEN", "SECRET", "KEY", "PASSWORD", "PROXY", "DATA_DIR", "LOG_FILE")
_OF_A_SHELL = "CITYREACH_LANG"
"""Each says for itself in which language it is spoken to."""
_DEMO_PLAN = {"name": "demo"}
"""Accounts at the edges, posts weekly, older ones fortnightly, everything at the cut-off. The clock
stands still while visits run, so that edges need no lead."""
_PATIENCE = 120.0
"""Seconds in which the sandbox has to answer; a busy machine may take many."""
_READY = "sandbox ready on "
SettingsSource = Callable[..., Settings]
"""Reads the settings, with values that come before those of the environment."""


@dataclass(slots=True)
class DemoRun:
    """What a running demo consists of."""

    runtime: Runtime
    sandbox_url: str
    control: dict[str, str]
    """The headers that open the sandbox's `/_sandbox/…`."""
    clock_file: Path
    supervisor: Supervisor
    environment: dict[str, str]
    """The parts' environment, to start one more."""
    given: dict[str, str]
    """What of it leads here, without the servers' addresses."""

    def move(self, instant: datetime) -> None:
        """Sets the sandbox's clock, then ours: no answer is ever from our future."""
        body = {"now": instant.isoformat()}
        try:
            # Not by the environment's proxy: the sandbox is on this machine.
            with httpx.Client(trust_env=False, timeout=_PATIENCE) as client:
                answer = client.post(
                    f"{self.sandbox_url}/_sandbox/clock", json=body, headers=self.control
                )
        except httpx.HTTPError as error:
            raise Failed(f"the sandbox does not answer any more: {error}") from error
        answer.raise_for_status()
        set_file_clock(self.clock_file, instant)


def put_world_accounts(db: Store, world: World) -> None:
    """Has the accounts of a world watched. One that is there already stays as somebody may have
    changed it since."""
    known = {one.key for one in accounts(db)}
    put_accounts(db, [one for one in world_accounts(world) if one.key not in known])


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


def sandbox_sections(url: str, route: Route = Route.API) -> dict[str, dict[str, Any]]:
    """The settings that lead every platform's spider to the sandbox, by platform.

    It needs no rest between two pages.
    """
    return {
        name: {
            "api_url": url,
            "web_url": f"{url}/web/{name}",
            "route": route,
            "web_pause": 0,
            **{key: _CREDENTIALS.get(key, _OWN_ID) for key in FACTS[name].need.keys},
        }
        for name in PLATFORMS
    }


def media_section(url: str) -> dict[str, Any]:
    """The settings by which media come from the sandbox: one quarter hour of each day, and posts
    scored without a model, so that it takes seconds."""
    return {
        "enabled": True,
        "host": f"{url}/gdelt",
        "check": f"{url}/gdelt/api/v2/doc/doc",
        "page_views": f"{url}/wikimedia",
        "every": 96,
        "tone": "lexicon",
    }


def sandbox_environment(url: str, route: Route = Route.API) -> dict[str, str]:
    """The same settings for another process."""
    return {
        f"CITYREACH_{name.upper()}__{key.upper()}": v if isinstance(v, str) else json.dumps(v)
        for name, section in sandbox_sections(url, route).items()
        for key, v in section.items()
    } | {f"CITYREACH_MEDIA__{key.upper()}": str(v) for key, v in media_section(url).items()}


@contextmanager
def started(
    load: SettingsSource,
    settings: Settings,
    world: Path,
    begin: datetime,
    say: Callable[[str], None],
    route: Route = Route.API,
    plan: Mapping[str, str] = _DEMO_PLAN,
) -> Iterator[DemoRun]:
    """Servers, sandbox, crawler and writer; all stop at the end, however it comes. `plan`: what
    differs of the settings' plan; `load` gives the settings of this process."""
    clock_file = settings.data_dir.resolve() / "clock"
    token = secrets.token_urlsafe(16)
    with sandbox_process(world, token) as url, make_stack(settings) as stack:
        servers = stack.start()
        set_file_clock(clock_file, begin)
        # Whoever finds the address finds the token too.
        _write_private(settings.data_dir / "sandbox-token", token)
        (settings.data_dir / "sandbox").write_text(url, "utf-8")
        more = {
            **sandbox_environment(url, route),
            "CITYREACH_CLOCK_FILE": str(clock_file),
            "CITYREACH_CLOCK_STEP": str(settings.clock_step),
            "CITYREACH_DATA_DIR": str(settings.data_dir.resolve()),
            "CITYREACH_MONGO_DATABASE": settings.mongo_database,
            **{f"CITYREACH_PLAN__{key.upper()}": value for key, value in plan.items()},
            "CITYREACH_CRAWLER__LEASE_SECONDS": str(min(settings.crawler.lease_seconds, _LEASE)),
        }
        environment = part_environment(servers, more)
        parts = [
            Part("write", part("write"), environment),
            Part("crawl", part("crawl", "--route", route), environment),
        ]
        inside = load(
            data_dir=settings.data_dir,
            clock_file=clock_file,
            clock_step=settings.clock_step,
            mongo_database=settings.mongo_database,
            plan=dict(plan),
            **sandbox_sections(url, route),
            media=media_section(url),
        )
        with Supervisor(parts, say, servers=stack.processes) as supervisor:
            runtime = runtime_of(inside, servers)
            control = {TOKEN_HEADER: token}
            try:
                yield DemoRun(runtime, url, control, clock_file, supervisor, environment, more)
            finally:
                runtime.close()


def open_settings() -> dict[str, str]:
    """The settings of this process's environment that hold no secret and name no server: other
    shells are to judge by the same plan, zone and limits."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("CITYREACH_")
        and name != _OF_A_SHELL
        and not any(word in name for word in _CLOSED)
    }


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


@contextmanager
def sandbox_process(world: Path, control_token: str) -> Iterator[str]:
    """The sandbox as a process of its own; gives its address."""
    environment = {**os.environ, CONTROL_TOKEN_VARIABLE: control_token}
    command = [*part("sandbox", "--world", str(world), "--port", "0", "--control")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith(_READY):
                code = process.wait(timeout=30)
                reason = "see its message above"
                error = UsageError if code == 2 else Failed
                raise error(f"the sandbox did not start ({reason})")
            yield line.removeprefix(_READY).strip()
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
