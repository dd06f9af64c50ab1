"""The long-running parts: all of them (`up`), or one process each."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from threading import Event, Thread
from typing import Annotated

import typer

from cityreach.cli.options import (
    RouteOption,
    any_instant,
    command_runtime,
    platform_name,
    route_name,
)
from cityreach.cli.output import say
from model.platform import PLATFORMS
from model.route import Route
from operations.errors import Failed, UsageError


def stop_on_signals() -> Event:
    """Set by the first SIGTERM or SIGINT; the second ends the process at once."""
    stop = Event()
    asked: list[bool] = []

    def handle(*_: object) -> None:
        if asked:
            os._exit(1)
        asked.append(True)
        # Not from here: the interrupted code may hold the event's lock.
        Thread(target=stop.set).start()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stop


def up() -> None:
    """Run everything: servers the machine lacks, scheduler, crawlers, writer. Ctrl-C stops all."""
    from cityreach.settings import load_settings
    from operations.running.parts import run_all

    run_all(load_settings(), stop_on_signals(), say)


def schedule() -> None:
    """Run the scheduler alone: plans visits as they fall due, closes months."""
    from operations.health.servers import require_mongo, require_redis
    from operations.running.logs import log_to_file
    from operations.running.parts import serve_schedule

    runtime = command_runtime()
    log_to_file(runtime.settings)
    require_mongo(runtime.mongo_uri)
    require_redis(runtime.redis_uri)
    serve_schedule(runtime, stop_on_signals())


def crawl(
    platform: Annotated[
        str | None, typer.Option(help="Only this platform; otherwise all that are enabled.")
    ] = None,
    route: RouteOption = "api",
) -> None:
    """Run the crawlers alone: they lease visits from Redis and harvest into it."""
    from cityreach.runtime import open_runtime
    from cityreach.settings import command_settings
    from embedded.supervise import RECYCLED
    from operations.health.servers import require_redis
    from operations.running.crawling import run_crawlers, run_web_crawler
    from operations.running.logs import log_to_file

    settings = command_settings()
    wanted = [platform_name(platform)] if platform else list(PLATFORMS)
    enabled = [name for name in wanted if settings.platform(name).enabled]
    if not enabled:
        raise UsageError("every platform that was asked for is disabled in the settings")
    by = route_name(route)
    able = settings.browsable(enabled) if by is Route.WEB else enabled
    if not able:
        from operations.remedies import GET_BROWSER

        raise UsageError(f"the public pages of {', '.join(enabled)} need a browser: {GET_BROWSER}")
    redis_uri = open_runtime(settings).redis_uri
    log_to_file(settings, shown=False)
    require_redis(redis_uri)
    if by is Route.API:
        run_crawlers(settings, redis_uri, able)
    elif run_web_crawler(settings, redis_uri, able):
        raise typer.Exit(RECYCLED)


def write() -> None:
    """Run the writer alone: it stores the harvest in MongoDB."""
    from operations.health.servers import require_mongo, require_redis
    from operations.running.logs import log_to_file
    from operations.running.parts import serve_writer

    runtime = command_runtime()
    log_to_file(runtime.settings)
    require_mongo(runtime.mongo_uri)
    require_redis(runtime.redis_uri)
    serve_writer(runtime, stop_on_signals())


def sandbox(
    world: Annotated[Path, typer.Option(help="World file (.jsonl or .jsonl.gz).")],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 picks a free one.")] = 8940,
    now: Annotated[
        str | None, typer.Option(help="The sandbox's time (ISO 8601); default: the world's start.")
    ] = None,
    control: Annotated[
        bool,
        typer.Option(
            help="Offer /_sandbox/ (clock, faults, limits) to whoever sends the token it prints."
        ),
    ] = False,
) -> None:
    """Serve the five platforms' official APIs on this machine, from a world file."""
    from operations.errors import UsageError
    from sandbox.serve import serve

    if not world.is_file():
        raise UsageError(f"--world {world}: there is no such file")
    try:
        serve(world, port, now=any_instant(now), control=control)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise Failed(f"port {port} is in use: choose another; --port 0 takes a free one") from None
