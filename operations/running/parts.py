"""The parts as they run: writer, scheduler, one-off collection, and all of them together."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

from bus.heartbeat import Heartbeat
from crawler.browser import why_unavailable
from embedded import Stack
from embedded.supervise import Part, Supervisor
from model.messages import Visit
from model.route import Route
from model.servers import Servers
from operations.errors import Failed
from operations.health.servers import require_mongo, require_redis
from operations.remedies import GET_BROWSER, GET_PORTAL
from operations.running.clock import SystemClock
from operations.running.heartbeats import SCHEDULERS_BEAT, WRITERS_BEAT
from operations.running.installed import portal_installed
from operations.running.logs import log_folder, log_of_part, log_to_file
from operations.running.opening import runtime_of
from operations.running.stopping import in_time
from operations.runtime import Runtime, process_name
from operations.settings import Settings
from store.ingest.loop import patiently
from store.ingest.loop import run as run_writer
from store.ingest.writer import Writer

if TYPE_CHECKING:
    from operations.collect import CollectRequest

log = logging.getLogger(__name__)


def serve_writer(runtime: Runtime, stop: Event) -> None:
    """Stores the harvest until `stop` is set."""
    with in_time(stop) as held:
        held.enter_context(Heartbeat(runtime.redis, WRITERS_BEAT, process_name()))
        harvest = runtime.harvest()
        held.callback(harvest.release)
        # The database is first used here: it may be away, and is waited for.
        db = patiently(lambda: runtime.db, stop)
        if db is not None:
            run_writer(harvest, Writer(db, runtime.months), stop)


def serve_schedule(runtime: Runtime, stop: Event) -> None:
    """Plans visits and closes months until `stop` is set."""
    from operations.jobs import recurring

    with in_time(stop) as held:
        jobs = recurring(runtime, SystemClock())
        held.callback(jobs.give_up_lead)
        held.enter_context(Heartbeat(runtime.redis, SCHEDULERS_BEAT, process_name()))
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


def require_configured(settings: Settings) -> None:
    """Raises Failed for servers of the settings that cannot be worked with: parts would end over
    them again and again."""
    if settings.mongo_uri:
        require_mongo(settings.mongo_uri.get_secret_value())
    if settings.redis_uri:
        require_redis(settings.redis_uri.get_secret_value())


def make_stack(settings: Settings) -> Stack:
    """The servers of the settings, or own ones. Raises Failed as `require_configured`."""
    require_configured(settings)
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


def _logging(settings: Settings, one: Part) -> Part:
    """The part with a log file of its own."""
    file = str(log_of_part(settings, one.name))
    return replace(one, env={**(one.env or os.environ), "CITYREACH_LOG_FILE": file})


def run_all(settings: Settings, stop: Event, show: Callable[[str], None]) -> None:
    """`cityreach up`: servers, then all parts, until `stop` is set. What is said is logged too."""
    log_to_file(settings, log_of_part(settings, "up"), shown=False)

    def say(line: str) -> None:
        log.warning("%s", line)
        show(line)

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
        parts = [_logging(settings, one) for one in parts]
        say(f"{len(parts)} parts are running: {', '.join(one.name for one in parts)}")
        say(f"data: {settings.data_dir.resolve()}; logs: {log_folder(settings)}; Ctrl-C stops all")
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
    from operations.collect import collect_now

    with hosted(settings) as runtime:
        environment = part_environment(runtime.servers)

        def workers(visits: Sequence[Visit]) -> Supervisor:
            return Supervisor(_collecting_parts(settings, visits, environment), say)

        return collect_now(runtime, request, workers, stop, report)


@contextmanager
def hosted(settings: Settings) -> Iterator[Runtime]:
    """A runtime on the servers that are known, else on own ones for as long as it is entered."""
    with _servers(settings) as servers:
        runtime = runtime_of(settings, servers)
        try:
            yield runtime
        finally:
            runtime.close()


@contextmanager
def _servers(settings: Settings) -> Iterator[Servers]:
    known = runtime_of(settings)
    with make_stack(settings) if known.needs_servers else nullcontext() as stack:
        if stack is not None:
            yield stack.start()
            return
        require_mongo(known.mongo_uri)
        require_redis(known.redis_uri)
        yield Servers(known.mongo_uri, known.redis_uri)


def _collecting_parts(
    settings: Settings, visits: Sequence[Visit], environment: Mapping[str, str]
) -> list[Part]:
    """Raises Failed where pages are to be opened and there is no browser."""
    parts = [Part("write", part("write"), environment), Part("crawl", part("crawl"), environment)]
    if by_pages := {visit.platform for visit in visits if visit.route is Route.WEB}:
        if unable := by_pages - set(settings.browsable(by_pages)):
            names = ", ".join(sorted(unable))
            why = why_unavailable(settings.crawler.browser.executable)
            raise Failed(f"the public pages of {names} need a browser, and {why}: {GET_BROWSER}")
        parts.append(Part("crawl web", part("crawl", "--route", "web"), environment))
    return parts
