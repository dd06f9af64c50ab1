"""The parts as they run: writer, scheduler, one-off collection, and all of them together."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from threading import Event
from typing import Any

from cityreach.clock import SystemClock
from cityreach.installed import portal_installed
from cityreach.runtime import open_runtime
from cityreach.stopping import in_time
from cityreach.supervise import Part, Supervisor
from embedded import Stack
from model.messages import Visit
from model.route import Route
from model.servers import Servers
from operations.collect import CollectRequest, collect_now
from operations.errors import Failed
from operations.jobs import recurring
from operations.remedies import GET_BROWSER, GET_PORTAL
from operations.runtime import Runtime
from operations.settings import Settings
from store.ingest.loop import patiently
from store.ingest.loop import run as run_writer
from store.ingest.writer import Writer


def serve_writer(runtime: Runtime, stop: Event) -> None:
    """Stores the harvest until `stop` is set."""
    with in_time(stop) as held:
        harvest = runtime.harvest()
        held.callback(harvest.release)
        # The database is first used here: it may be away, and is waited for.
        db = patiently(lambda: runtime.db, stop)
        if db is not None:
            run_writer(harvest, Writer(db, runtime.months), stop)


def serve_schedule(runtime: Runtime, stop: Event) -> None:
    """Plans visits and closes months until `stop` is set."""
    with in_time(stop) as held:
        jobs = recurring(runtime, SystemClock())
        held.callback(jobs.give_up_lead)
        jobs.serve(stop)


def part(*command: str) -> tuple[str, ...]:
    """The command line of one part."""
    return (sys.executable, "-m", "cityreach", *command)


def part_environment(servers: Servers, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of parts, with the servers' addresses: command lines hold no password."""
    return {
        **os.environ,
        "CITYREACH_MONGO_URI": servers.mongo_uri,
        "CITYREACH_REDIS_URI": servers.redis_uri,
        **(more or {}),
    }


def make_stack(settings: Settings) -> Stack:
    """The servers of the settings, or own ones."""
    mongo, redis = settings.mongo_uri, settings.redis_uri
    return Stack(
        settings.data_dir,
        mongo.get_secret_value() if mongo else None,
        redis.get_secret_value() if redis else None,
    )


def _web_parts(
    settings: Settings, environment: Mapping[str, str], say: Callable[[str], None]
) -> list[Part]:
    """The crawler of public pages, where visits may need it and it can run; says what cannot."""
    wanted = settings.web_platforms
    able = settings.browsable(wanted)
    if unable := [name for name in wanted if name not in able]:
        say(f"no browser for the public pages of {', '.join(unable)}: {GET_BROWSER}")
    return [Part("crawl web", part("crawl", "--route", "web"), environment)] if able else []


def run_all(settings: Settings, stop: Event, say: Callable[[str], None]) -> None:
    """`cityreach up`: servers, then all parts, until `stop` is set."""
    with make_stack(settings) as stack:
        servers = stack.start()
        environment = part_environment(servers)
        parts = [Part("write", part("write"), environment)]
        parts += [
            Part(f"crawl {name}", part("crawl", "--platform", name), environment)
            for name in settings.enabled
        ]
        parts += _web_parts(settings, environment, say)
        parts.append(Part("schedule", part("schedule"), environment))
        if settings.portal.enabled and not portal_installed():
            say(f"no portal: {GET_PORTAL}")
        elif settings.portal.enabled:
            parts.append(Part("portal", part("portal"), environment))
        say(f"{len(parts)} parts are running; Ctrl-C stops them")
        with Supervisor(parts, say, servers=stack.processes):
            stop.wait()
        say("all parts have stopped")


def run_collection(
    settings: Settings,
    request: CollectRequest,
    stop: Event,
    say: Callable[[str], None],
    report: Callable[[int, int], None],
) -> list[dict[str, Any]]:
    """`cityreach collect`: starts servers and parts that are not running, for as long as needed."""
    with _servers(settings) as servers:
        runtime = open_runtime(settings, servers)
        environment = part_environment(servers)

        def workers(visits: Sequence[Visit]) -> Supervisor:
            return Supervisor(_collecting_parts(settings, visits, environment), say)

        try:
            return collect_now(runtime, request, workers, stop, report)
        finally:
            runtime.close()


@contextmanager
def _servers(settings: Settings) -> Iterator[Servers]:
    known = open_runtime(settings)
    with make_stack(settings) if known.needs_servers else nullcontext() as stack:
        yield stack.start() if stack else Servers(known.mongo_uri, known.redis_uri)


def _collecting_parts(
    settings: Settings, visits: Sequence[Visit], environment: Mapping[str, str]
) -> list[Part]:
    """Raises Failed where pages are to be opened and there is no browser."""
    parts = [Part("write", part("write"), environment), Part("crawl", part("crawl"), environment)]
    if by_pages := {visit.platform for visit in visits if visit.route is Route.WEB}:
        if unable := by_pages - set(settings.browsable(by_pages)):
            names = ", ".join(sorted(unable))
            raise Failed(f"no browser for the public pages of {names}: {GET_BROWSER}")
        parts.append(Part("crawl web", part("crawl", "--route", "web"), environment))
    return parts
