"""The portal as it runs: what it works with, and its server."""

from __future__ import annotations

import ctypes
import gc
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from typing import Any

import uvicorn

from bus.connection import connect_redis
from model.account import Account
from model.messages import Outcome
from operations.alerts import alert_plan, alert_rows
from operations.errors import Failed
from operations.gaps import flag_rows, gap_rows, gaps_of
from operations.health.gauges import gauges_of
from operations.quota import quota_rows
from operations.runtime import Runtime
from operations.status import status_of
from operations.visits import dead_rows, live_rows, requeued, visit_rows
from portal.app import make_app
from portal.asking.asked import Portal, TeamSource
from portal.asking.judging import fill_judged
from portal.report.files import CannotPrint
from portal.users.start import prepare_users
from registry.cities import load_cities
from scoring.publish.issues import Issue
from store.database import Store, connect_mongo
from store.schema import require_version
from store.visits import Wanted

_BACKLOG = 256
_ARENA_MAX = -8
"""M_ARENA_MAX in glibc's malloc.h."""
_NEW_OBJECTS = 5_000
"""Between two looks for garbage; a page makes some hundreds that last until it is sent."""
_MMAP_THRESHOLD = -3
"""M_MMAP_THRESHOLD."""
_LARGE = 256 * 1024
"""Bytes; what is larger is given back at once. Left alone, the library comes to keep arrays of up
to 32 MB among small things, and what lies between them is never given back."""
_PATIENCE = 3.0
"""Seconds in which MongoDB has to answer before a page says that it is away."""


def portal_of(runtime: Runtime) -> Portal:
    """The portal over a runtime; asks no server yet."""
    settings = runtime.settings

    def open_db() -> Store:
        return connect_mongo(runtime.mongo_uri, settings.mongo_database, timeout=_PATIENCE)

    return Portal(
        settings=settings.portal,
        open_db=open_db,
        open_redis=lambda: connect_redis(runtime.redis_uri),
        clock=runtime.clock,
        months=runtime.months,
        method=settings.method,
        cities=load_cities(),
        team=_team(runtime),
        channels=settings.alerts.channels,
        issue_file=partial(_issue_file, runtime),
        to_pdf=partial(_to_pdf, runtime),
    )


def _issue_file(runtime: Runtime, issue: Issue) -> bytes:
    from operations.documents.issues import issue_bytes
    from operations.documents.printing import PrintError

    try:
        return issue_bytes(runtime, issue)
    except PrintError as error:
        raise CannotPrint(error.reason) from error


def _to_pdf(runtime: Runtime, html: bytes) -> bytes:
    from operations.documents.printing import PrintError
    from operations.documents.reports import printer

    try:
        return printer(runtime)(html)
    except PrintError as error:
        raise CannotPrint(error.reason) from error


def _team(runtime: Runtime) -> TeamSource:
    def gaps(month: str, platform: str | None) -> list[dict[str, Any]]:
        period = runtime.settings.period(month)
        return gap_rows(period, gaps_of(runtime, period, platform))

    def flags(month: str, platform: str | None) -> list[dict[str, Any]]:
        return flag_rows(runtime, runtime.settings.period(month), platform)

    return TeamSource(
        status=partial(status_of, runtime),
        quota=partial(quota_rows, runtime),
        visits=partial(_visits, runtime),
        dead=partial(dead_rows, runtime),
        requeue=partial(requeued, runtime),
        live=partial(live_rows, runtime),
        gaps=gaps,
        flags=flags,
        gauges=partial(gauges_of, runtime),
        alerts=partial(alert_rows, runtime),
        alert_plan=partial(alert_plan, runtime),
        look_up=partial(_look_up, runtime),
        verify=partial(_verify, runtime),
    )


def _look_up(runtime: Runtime, account: Account) -> dict[str, Any]:
    # Crawling takes fifteen megabytes, and accounts are added now and then.
    from operations.verify import look_up

    return look_up(runtime, account)


def _verify(runtime: Runtime, key: str) -> dict[str, Any]:
    from operations.verify import verify_accounts

    return verify_accounts(runtime, keys=[key])[0][0]


def _visits(runtime: Runtime, wanted: Mapping[str, str], most: int) -> list[dict[str, Any]]:
    outcome = wanted.get("outcome")
    found = Wanted(
        platform=wanted.get("platform") or None,
        account=wanted.get("account") or None,
        outcomes=(Outcome(outcome),) if outcome else (),
        incomplete=bool(wanted.get("failed")),
    )
    return visit_rows(runtime, found, most)


def serve_portal(runtime: Runtime, say: Callable[[str], None]) -> None:
    """Answers until SIGTERM or SIGINT. Raises Failed where the address cannot be had."""
    _share_memory()
    settings, portal = runtime.settings.portal, portal_of(runtime)
    require_version(portal.db)
    prepare_users(portal.db, runtime.clock.now(), say)
    config = uvicorn.Config(
        make_app(portal),
        log_level="warning",
        server_header=False,
        proxy_headers=settings.secure,
        forwarded_allow_ips="127.0.0.1",
    )
    with _listening(settings.host, settings.port) as listening:
        port = listening.getsockname()[1]
        if not settings.secure:
            say("the portal is served without TLS: for readers on this machine alone")
        _collect_less()
        say(f"portal ready on http://{settings.host}:{port}")
        stop = Event()
        filling = Thread(target=fill_judged, args=(portal, stop), name="judging", daemon=True)
        filling.start()
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            stop.set()
            filling.join(_PATIENCE)
            portal.close()


def _share_memory() -> None:
    """Lets all threads take memory from two places: with one each, what is given back to one is of
    no use to the others, and a third of the process is air."""
    with suppress(OSError, AttributeError):  # Only glibc has this.
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_ARENA_MAX, 2)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)


def _collect_less() -> None:
    """What is there once all is imported stays, and need not be looked through for garbage again:
    a look at all of it holds up all readers for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once, without waiting for what was sent before to be acknowledged (40 ms),
    # over connections that are told to be TCP alone.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Before anybody is told that it is ready: who comes early waits, and is not refused.
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        why = f"the portal cannot listen on {host}:{port}: {error.strerror}"
        remedy = "end what listens there, or set CITYREACH_PORTAL__PORT (0: a free one)"
        raise Failed(f"{why}; {remedy}") from error
    return listening
