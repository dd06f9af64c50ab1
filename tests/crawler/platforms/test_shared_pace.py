"""Two crawler processes keep the pace of one host together, and its robots.txt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from bus import keys
from bus.connection import connect_redis
from bus.dispatch import Dispatcher
from model.messages import Outcome, Visit, VisitClosed, VisitKind, decode_harvest
from model.route import Route
from tests.crawler.browser.site import HTML, Answer, Site
from tests.crawler.platforms.bad_site import NOW
from tests.servers import valkey
from tests.waiting import end, wait_until

PAUSE = 0.25
VISITS = 24
LIMIT = 120.0


class Opened:
    """When profiles were opened, and by which of the crawlers."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.by: set[str] = set()

    def profile(self, name: str) -> Callable[[Any], Answer]:
        user = {"pk": name[4:], "username": name, "follower_count": 5, "media_count": 2}
        held = json.dumps({"data": {"xig_user_by_username": user}})
        body = f'<script type="application/json" data-sjs>{held}</script>'.encode()

        def answer(request: Any) -> Answer:
            self.at.append(time.monotonic())
            self.by.add(request.headers["user-agent"])
            return 200, HTML, body

        return answer


@contextmanager
def crawlers(site: Site, folder: Path) -> Iterator[Redis]:
    """Two processes of the web route, that call themselves differently."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("CITYREACH_")}
    argv = [sys.executable, "-m", "cityreach", "crawl", "--route", "web"]
    with valkey(folder) as (uri, _), connect_redis(uri) as redis:
        plain |= {
            "CITYREACH_REDIS_URI": uri,
            "CITYREACH_DATA_DIR": str(folder),
            "CITYREACH_INSTAGRAM__WEB_URL": site.url,
            "CITYREACH_INSTAGRAM__WEB_PAUSE": str(PAUSE),
            "CITYREACH_CRAWLER__BROWSER__CONTEXTS": "1",
        }
        running = [
            subprocess.Popen(argv, env={**plain, "CITYREACH_CONTACT": contact}, cwd=folder)
            for contact in ("https://one.example.org", "https://other.example.org")
        ]
        try:
            yield redis
        finally:
            for process in running:
                end(process)


def ends(redis: Redis) -> list[VisitClosed]:
    """All visits of profiles named quay0, quay1, …, once they have come to an end."""
    visits = [
        Visit(
            platform="instagram",
            account=str(n),
            handle=f"quay{n}",
            kind=VisitKind.PROFILE,
            slot=NOW,
            route=Route.WEB,
        )
        for n in range(VISITS)
    ]
    Dispatcher(redis).dispatch(visits)
    return wait_until(lambda: _all_ended(redis), "all visits have ended")


def _all_ended(redis: Redis) -> list[VisitClosed]:
    messages = [decode_harvest(fields[b"m"]) for _, fields in redis.xrange(keys.HARVEST)]
    found = [message for message in messages if isinstance(message, VisitClosed)]
    return found if len(found) == VISITS else []


def test_the_pace_of_a_host_is_kept_by_all_together(site: Site, tmp_path: Path) -> None:
    opened = Opened()
    for n in range(VISITS):
        site.pages[f"/quay{n}/"] = opened.profile(f"quay{n}")
    with crawlers(site, tmp_path) as redis:
        assert {end.outcome for end in ends(redis)} == {Outcome.OK}
    assert len(opened.at) == VISITS
    assert len(opened.by) == 2, "both took their part"
    # Each at its own pace would take half as long.
    assert opened.at[-1] - opened.at[0] >= 0.8 * PAUSE * (VISITS - 1)


def test_what_robots_txt_forbids_is_not_opened(site: Site, tmp_path: Path) -> None:
    site.pages["/robots.txt"] = b"User-agent: CityReach\nDisallow: /quay\n"
    with crawlers(site, tmp_path) as redis:
        found = ends(redis)
    assert {end.outcome for end in found} == {Outcome.FORBIDDEN}
    assert all("robots.txt" in end.detail for end in found)
    assert set(site.asked) == {"/robots.txt"}
    assert site.asked["/robots.txt"] <= 2, "once for each process"
