"""A month of a world with more parts than usual, as a process of its own, to be disturbed.

`python -m tests.long.month_process WORLD OUT WRITERS CRAWLERS PLANNERS` writes `measures.json` and
`run.json`, and stays until it is asked to end. `ROUTE=web` of the environment: by public pages;
`PROXY=URL HOST`: the platforms are at that host, which the proxy alone can find.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path

from cityreach.cli.output import say
from cityreach.cli.parts import stop_on_signals
from cityreach.settings import load_settings
from embedded.supervise import Part
from model.platform import PLATFORMS
from model.route import Route
from operations.rehearsal.demo import demo_settings
from operations.rehearsal.patience import patiently
from operations.rehearsal.results import run_report, write_json
from operations.rehearsal.walk import StepWalk
from operations.rehearsal.world_run import TOKEN, DemoRun, started, world_accounts
from operations.running.parts import part
from portal.month import inputs_of
from sandbox.world.file import load_world
from scheduler.calendar import instants
from store.accounts import put_accounts
from tests.long.month_plan import BROWSER_MB, PERIOD, PLAN, SELDOM

LOAD = partial(load_settings, None)


def main(world: str, out: str, writers: str, crawlers: str, planners: str) -> None:
    """Blocks until SIGTERM."""
    stop, settings, folder = stop_on_signals(), demo_settings(LOAD), Path(out)
    period, path = settings.period(PERIOD), Path(world)
    route = Route(os.environ.get("ROUTE", Route.API))
    of = SELDOM if "HOSTILE" in os.environ else PLAN
    folder.mkdir(parents=True)
    with started(LOAD, settings, path, period.start - of.edge_lead, say, route) as run:
        patiently(lambda: put_accounts(run.runtime.db, world_accounts(load_world(path))), stop)
        add_parts(run, int(writers), int(crawlers), int(planners), route)
        planner = run.runtime.planner(of)
        steps = instants(period, of)
        plan = partial(planner.run_periods, [period])
        StepWalk(run.runtime.queries, plan, steps, run.move, lambda _: None, stop).run()
        rows = patiently(lambda: inputs_of(run.runtime.db, period).rows, stop)
        write_json(folder, "measures.json", [row.plain() for row in rows])
        write_json(folder, "run.json", patiently(lambda: run_report(run.runtime, 0.0), stop))
        stop.wait()


def add_parts(run: DemoRun, writers: int, crawlers: int, planners: int, route: Route) -> None:
    """In the place of the demo's own: with spare tokens, and as many as were asked for."""
    tokens = json.dumps([f"{TOKEN}-{number}" for number in range(8)])
    spare = {f"CITYREACH_{name.upper()}__TOKENS": tokens for name in PLATFORMS if name != "tiktok"}
    short = {f"CITYREACH_{name.upper()}__TIMEOUT": "3" for name in PLATFORMS}
    environment = {**_behind_proxy(run.environment), **spare, **short, **_hostile()}
    second = (sys.executable, "-m", "tests.long.second_planner")
    for name, command, count in (
        ("write", part("write"), writers),
        ("crawl", part("crawl", "--route", route), crawlers),
        ("plan", second, planners - 1),
    ):
        for number in range(count):
            run.supervisor.add(Part(f"{name} {number + 1}", command, environment))
    for name in ("write", "crawl"):
        run.supervisor.end(name)


def _behind_proxy(environment: dict[str, str]) -> dict[str, str]:
    """As `PROXY` says; nothing of a platform is on this machine then."""
    url, _, host = os.environ.get("PROXY", "").partition(" ")
    if not url:
        return dict(environment)
    far = {
        key: value.replace("http://127.0.0.1:", f"http://{host}:")
        for key, value in environment.items()
    }
    return {**far, "CITYREACH_PROXY": url}


def _hostile() -> dict[str, str]:
    """`HOSTILE="PLATFORM URL"` of our environment: where that platform is in truth."""
    name, _, url = os.environ.get("HOSTILE", "").partition(" ")
    own = {"API_URL": url, "WEB_URL": url}
    own |= {"PAGE_TIMEOUT": "4", "QUIET": "1"}
    more = {"TRIES": "2", "LEASE_SECONDS": "20", "BROWSER__MEMORY_MB": BROWSER_MB}
    prefixed = {f"CITYREACH_CRAWLER__{k}": v for k, v in more.items()}
    return {f"CITYREACH_{name.upper()}__{k}": v for k, v in own.items()} | prefixed if name else {}


if __name__ == "__main__":
    main(*sys.argv[1:])
