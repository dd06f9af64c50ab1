"""For machines: whether the process lives, whether it can answer, and its measures."""

from __future__ import annotations

import hmac

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pymongo.errors import PyMongoError
from starlette.responses import JSONResponse, Response

from bus.connection import TROUBLE
from portal.asking.asked import Portal, adds
from portal.figures.gauges import GaugeReading, GaugeSource
from portal.rights.viewer import NotThere, Right

router = APIRouter()
_BUCKETS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


class Measures:
    """The portal's own measures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "portal_answers_total", "Answers", ["path", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "portal_seconds", "Time to answer", ["path"], buckets=_BUCKETS, registry=self.registry
        )

    def note(self, path: str, status: int, seconds: float) -> None:
        """One answer."""
        self._answers.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)


@adds(router, "GET", "/healthz", Right.OPEN)
def healthz() -> Response:
    """The process lives."""
    return JSONResponse({"alive": True})


@adds(router, "GET", "/readyz", Right.OPEN)
def readyz(request: Request) -> Response:
    """Both servers answer."""
    portal: Portal = request.app.state.portal
    found = {"mongodb": True, "redis": True}
    try:
        portal.db.command("ping")
    except PyMongoError:
        found["mongodb"] = False
    try:
        portal.redis.ping()
    except TROUBLE:
        found["redis"] = False
    return JSONResponse(found, 200 if all(found.values()) else 503)


@adds(router, "GET", "/metrics", Right.OPEN)
def metrics(request: Request) -> Response:
    """For Prometheus: with the token of the settings, or from this machine where none is set."""
    portal: Portal = request.app.state.portal
    settings = portal.settings
    if settings.metrics_token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        expected = settings.metrics_token.get_secret_value()
        allowed = hmac.compare_digest(given.encode(), expected.encode())
    else:
        allowed = request.client is not None and request.client.host in _LOOPBACK
    if not allowed:
        raise NotThere("page", "metrics")
    measured: Measures = request.app.state.measured
    text = generate_latest(measured.registry) + generate_latest(_gauges(portal))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _gauges(portal: Portal) -> CollectorRegistry:
    """State of parts and queue at this moment; of a queue server that is away, only that it is."""
    try:
        readings = [GaugeReading("cityreach_queue_up", 1.0), *portal.team.gauges()]
    except TROUBLE:
        readings = [GaugeReading("cityreach_queue_up", 0.0)]
    registry = CollectorRegistry()
    registry.register(GaugeSource(readings))
    return registry
