"""The parts as they run: writer, scheduler, and all of them under one roof."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from threading import Event

from cityreach.settings import BaseAll
from cityreach.stack import Servers, Stack
from cityreach.stopping import in_time
from cityreach.supervise import Part, Supervisor
from operations.jobs import recurring
from operations.remedies import GET_BROWSER
from operations.routes import able_to_browse, enabled, wants_web
from operations.runtime import Runtime
from store.ingest.loop import run as run_writer
from store.ingest.writer import Writer

Say = Callable[[str], None]


def serve_writer(runtime: Runtime, stop: Event) -> None:
    """Stores the harvest until `stop` is set."""
    with in_time(stop) as held:
        harvest = runtime.harvest()
        held.callback(harvest.release)
        writer = Writer(runtime.db, runtime.settings.zone, runtime.delay)
        run_writer(harvest, writer, stop)


def serve_schedule(runtime: Runtime, stop: Event) -> None:
    """Plans visits and closes months until `stop` is set."""
    with in_time(stop) as held:
        jobs = recurring(runtime)
        held.callback(jobs.give_up_lead)
        jobs.serve(stop)


def part(*command: str) -> tuple[str, ...]:
    """The command line of one part."""
    return (sys.executable, "-m", "cityreach", *command)


def part_environment(servers: Servers, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the parts are told: where the servers are. Passwords travel in no command line."""
    return {
        **os.environ,
        "CITYREACH_MONGO_URI": servers.mongo_uri,
        "CITYREACH_REDIS_URI": servers.redis_uri,
        **(more or {}),
    }


def make_stack(settings: BaseAll) -> Stack:
    """The servers of the settings, or ours."""
    mongo, redis = settings.mongo_uri, settings.redis_uri
    return Stack(
        settings.data_dir,
        mongo.get_secret_value() if mongo else None,
        redis.get_secret_value() if redis else None,
    )


def web_parts(settings: BaseAll, environment: Mapping[str, str], say: Say) -> list[Part]:
    """The crawler of public pages, where visits may need it and it can run; says what cannot."""
    wanted = wants_web(settings)
    able = able_to_browse(settings, wanted)
    if unable := [name for name in wanted if name not in able]:
        say(f"no browser for the public pages of {', '.join(unable)}: {GET_BROWSER}")
    return [Part("crawl web", part("crawl", "--route", "web"), environment)] if able else []


def run_all(settings: BaseAll, stop: Event, say: Say) -> None:
    """`cityreach up`: servers, then all parts, until `stop` is set."""
    with make_stack(settings) as stack:
        servers = stack.start()
        environment = part_environment(servers)
        parts = [Part("write", part("write"), environment)]
        parts += [
            Part(f"crawl {name}", part("crawl", "--platform", name), environment)
            for name in enabled(settings)
        ]
        parts += web_parts(settings, environment, say)
        parts.append(Part("schedule", part("schedule"), environment))
        say(f"{len(parts)} parts are running; Ctrl-C stops them")
        with Supervisor(parts, say, servers=stack.processes):
            stop.wait()
        say("all parts have stopped")
