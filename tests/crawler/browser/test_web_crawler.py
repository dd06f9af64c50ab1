"""The web crawler as a process of its own: real browser, real queue, and trouble of all kinds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from bus import keys
from bus.dispatch import Dispatcher
from crawler.browser.memory import descendants
from embedded.supervise import RECYCLED
from model.messages import (
    HarvestPage,
    Outcome,
    Visit,
    VisitClosed,
    VisitKind,
    decode_harvest,
)
from model.platform import PlatformName
from model.route import Route
from operations.rehearsal.world_run import sandbox_environment
from sandbox.world.model import WorldAccount
from tests.crawler.browser.test_pages import command
from tests.crawler.platforms.against_sandbox import in_may
from tests.crawler.platforms.opening import visit
from tests.sandbox.running import Sandbox
from tests.waiting import end, gone, wait_until


@contextmanager
def crawler(
    redis_uri: str, sandbox: Sandbox, folder: Path, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """`cityreach crawl --route web`; ended with the test."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("CITYREACH_")}
    environment = {
        **plain,
        **sandbox_environment(sandbox.base, Route.WEB),
        "CITYREACH_REDIS_URI": redis_uri,
        "CITYREACH_DATA_DIR": str(folder),
        "CITYREACH_CRAWLER__FIRST_DELAY": "0.1",
        **{f"CITYREACH_{name}": value for name, value in more.items()},
    }
    for name in ("TIKTOK", "X", "FACEBOOK"):
        environment |= {f"CITYREACH_{name}__QUIET": "2"}
    argv = [sys.executable, "-m", "cityreach", "crawl", "--route", "web"]
    process = subprocess.Popen(argv, env=environment, cwd=folder)
    try:
        yield process
    finally:
        end(process)


def harvested(redis: Redis) -> list[HarvestPage | VisitClosed]:
    return [decode_harvest(fields[b"m"]) for _, fields in redis.xrange(keys.HARVEST)]


def closed(redis: Redis) -> dict[str, VisitClosed]:
    """Ends by platform and account; each visit has one."""
    ends = [message for message in harvested(redis) if isinstance(message, VisitClosed)]
    by_visit = {end.visit.id: end for end in ends}
    assert len(by_visit) == len(ends), "a visit ended twice"
    return {f"{end.visit.platform}:{end.visit.account}": end for end in ends}


def accounts(sandbox: Sandbox, name: PlatformName, number: int) -> list[WorldAccount]:
    return list(sandbox.world.accounts[name].values())[:number]


def timelines(sandbox: Sandbox, name: PlatformName, number: int) -> list[Visit]:
    return [visit(sandbox, a, VisitKind.TIMELINE) for a in accounts(sandbox, name, number)]


def test_visits_by_pages_end_well(
    redis: Redis, redis_uri: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    chosen = [a for name in ("tiktok", "facebook") for a in accounts(sandbox, name, 3)]  # type: ignore[arg-type]
    visits = [visit(sandbox, account, VisitKind.TIMELINE) for account in chosen]
    Dispatcher(redis).dispatch(visits)
    with crawler(redis_uri, sandbox, tmp_path) as process:
        wait_until(lambda: len(closed(redis)) == len(visits), process=process)
        assert Dispatcher(redis).served(Route.WEB) >= {"tiktok", "facebook", "x"}
    ends = closed(redis)
    for account in chosen:
        end = ends[f"{account.platform}:{account.id}"]
        assert end.outcome in {Outcome.OK, Outcome.OK_NOTHING_NEW}, end.detail
        assert set(end.seen) == in_may(sandbox, account).keys()


FAULTS = {
    "login_wall": ({"kind": "login_wall"}, Outcome.LOGIN_WALL),
    "challenge": ({"kind": "challenge"}, Outcome.CHALLENGE),
    "consent": ({"kind": "consent"}, Outcome.CHALLENGE),
    "empty": ({"kind": "empty_body"}, Outcome.EMPTY_UNEXPECTED),
    "hang": ({"kind": "timeout", "seconds": 60}, Outcome.TIMEOUT),
    "broken": ({"kind": "server_error"}, Outcome.SERVER_ERROR),
    "limited": ({"kind": "rate_limited"}, Outcome.RATE_LIMITED),
}


def test_each_trouble_has_its_outcome_and_the_others_go_on(
    redis: Redis, redis_uri: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    visits = timelines(sandbox, "tiktok", len(FAULTS) + 3)
    for one, (fault, _) in zip(visits, FAULTS.values(), strict=False):
        sandbox.fault(platform="tiktok", route="web", match=f"@{one.handle}", **fault)
    Dispatcher(redis).dispatch(visits)
    with crawler(redis_uri, sandbox, tmp_path, TIKTOK__TIMEOUT="4") as process:
        wait_until(lambda: len(closed(redis)) == len(visits), process=process)
        assert process.poll() is None
    ends = closed(redis)
    found = {one.handle: ends[f"tiktok:{one.account}"].outcome for one in visits}
    wanted = {
        one.handle: outcome for one, (_, outcome) in zip(visits, FAULTS.values(), strict=False)
    }
    for name, outcome in wanted.items():
        assert found.pop(name) is outcome, name
    assert set(found.values()) <= {Outcome.OK, Outcome.OK_NOTHING_NEW}
    rows = [m for m in harvested(redis) if isinstance(m, HarvestPage) and (m.posts or m.accounts)]
    troubled = {ends[f"tiktok:{one.account}"].visit.id for one in visits[: len(FAULTS)]}
    assert not [page for page in rows if set(page.visits) & troubled], "nothing was made up"


def browsers(process: subprocess.Popen[bytes]) -> list[int]:
    """The browser's first processes, Debian's starting script before the browser itself."""
    lines = {child: command(child) for child in descendants(process.pid)}
    return [p for p, line in lines.items() if " --headless" in line and "--type=" not in line]


def test_a_killed_browser_costs_no_visit(
    redis: Redis, redis_uri: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    visits = timelines(sandbox, "facebook", 12)
    Dispatcher(redis).dispatch(visits)
    with crawler(redis_uri, sandbox, tmp_path) as process:
        wait_until(lambda: len(closed(redis)) >= 2, process=process)
        os.kill(wait_until(lambda: browsers(process), process=process)[-1], signal.SIGKILL)
        wait_until(lambda: len(closed(redis)) == len(visits), process=process)
    assert {end.outcome for end in closed(redis).values()} <= {Outcome.OK, Outcome.OK_NOTHING_NEW}


def test_an_old_process_finishes_its_visits_and_asks_to_be_started_anew(
    redis: Redis, redis_uri: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    visits = timelines(sandbox, "tiktok", 8)
    Dispatcher(redis).dispatch(visits)
    options = {"CRAWLER__BROWSER__VISITS": "4", "CRAWLER__BROWSER__CONTEXTS": "1"}
    with crawler(redis_uri, sandbox, tmp_path, **options) as process:
        wait_until(lambda: process.poll() is not None, "it ends by itself once it is worn")
        assert process.returncode == RECYCLED
        assert len(closed(redis)) >= 4
        pending: Any = redis.xpending(keys.visit_queue("tiktok", Route.WEB), keys.CRAWLERS)
        assert pending["pending"] == 0, "nothing is left behind"
    with crawler(redis_uri, sandbox, tmp_path) as process:
        wait_until(lambda: len(closed(redis)) == len(visits), process=process)
    assert {end.outcome for end in closed(redis).values()} <= {Outcome.OK, Outcome.OK_NOTHING_NEW}


def test_a_killed_crawler_leaves_no_browser(
    redis: Redis, redis_uri: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    Dispatcher(redis).dispatch(timelines(sandbox, "facebook", 12))
    with crawler(redis_uri, sandbox, tmp_path) as process:
        wait_until(lambda: closed(redis), process=process)
        left = list(descendants(process.pid))
        process.kill()
        process.wait()
        wait_until(lambda: all(gone(child) for child in left), "the browser has ended as well")
