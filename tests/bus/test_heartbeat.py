"""Which processes are alive: each once, whatever the number of its parts; none that has ended."""

from __future__ import annotations

from contextlib import ExitStack

from redis import Redis

from bus.heartbeat import Heartbeat, living
from tests.waiting import wait_until


def test_a_process_of_several_parts_is_named_once(redis: Redis) -> None:
    parts = (("crawl.x", "host-1"), ("crawl.youtube", "host-1"), ("write", "host-2"))
    with ExitStack() as alive:
        for part, process in parts:
            alive.enter_context(Heartbeat(redis, part, process))
        wait_until(lambda: len(redis.keys("*")) == len(parts), "all have said that they are alive")
        assert living(redis, "*") == ["host-1", "host-2"]
        assert living(redis, "crawl.x") == ["host-1"]
    wait_until(lambda: living(redis, "*") == [], "none says so any more")
