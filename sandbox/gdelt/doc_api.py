"""GDELT's DOC API for one mode, `timelinevolraw`: articles a day by a city's name and province."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.gdelt.articles import QUARTER_HOUR, SandboxCity, batch_written, written_cities
from sandbox.service.exchange import PlatformRequest
from sandbox.service.faults import MEDIA_PLATFORM, Fault, FaultKind
from sandbox.service.platform import Services

_STAMP = "%Y%m%d%H%M%S"
_WORDS = re.compile(r'"(?P<city>[^"]+)"(?: "?(?P<province>[^"]+?)"?)?')
_LIMIT = "Please limit requests to one every 5 seconds or contact the operator.\n"
_REFUSED = "One or more of your keywords were too short, too long or too common.\n"
_KINDS = frozenset({"plain", "reprint", "passing", "home"})
"""Kinds of articles that name the city with its province."""
_A_DAY = 300_000
"""All articles of a day, as the API tells them."""
_LONGEST = timedelta(days=92)


class SandboxDocApi:
    """Answers about the articles of one world."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._world = services.directory.world
        self._cities = {city.name.casefold(): city for city in written_cities(self._world)}

    def routes(self) -> list[Route]:
        """The one path."""
        return [Route("/gdelt/api/v2/doc/doc", self.answer)]

    async def answer(self, request: Request) -> Response:
        """A timeline, `{}` where nothing is found, or a sentence with status 200."""
        asked = PlatformRequest("GET", request.url.path, {}, {}, {})
        now = self._services.clock.now()
        fault = self._services.faults.pick(MEDIA_PLATFORM, "doc", "api", asked, now)
        given = request.query_params
        words = _WORDS.fullmatch(given.get("query", ""))
        start, end = (_time(given.get(name, "")) for name in ("startdatetime", "enddatetime"))
        if words is None or given.get("mode") != "timelinevolraw" or not start or not end:
            return PlainTextResponse(_REFUSED)
        city = self._cities.get(words["city"].casefold())
        days = self._days(city, start, min(end, now)) if city else Counter()
        body = json.dumps(_timeline(days, given["query"]) if days else {}).encode()
        return Response(body, media_type="application/json") if fault is None else _off(fault, body)

    def _days(self, city: SandboxCity, start: datetime, end: datetime) -> Counter[str]:
        """Articles by day; those of the world's months alone."""
        found: Counter[str] = Counter()
        at = start - (start - datetime.min.replace(tzinfo=UTC)) % QUARTER_HOUR
        while at < min(end, start + _LONGEST):
            written = batch_written(self._world, [city], at)
            number = sum(one.kind in _KINDS for one in written)
            if number:
                found[f"{at:%Y%m%d}T000000Z"] += number
            at += QUARTER_HOUR
        return found


def _timeline(days: Counter[str], query: str) -> dict[str, object]:
    data = [{"date": day, "value": n, "norm": _A_DAY} for day, n in sorted(days.items())]
    return {
        "query_details": {"title": query, "date_resolution": "day"},
        "timeline": [{"series": "Article Count", "data": data}],
    }


def _off(fault: Fault, body: bytes) -> Response:
    """A refusal with either status, a silent failure, JSON with a stray byte, or half of it."""
    if fault.kind is FaultKind.RATE_LIMITED:
        return PlainTextResponse(_LIMIT, 200 if fault.number == 200 else 429)
    if fault.kind is FaultKind.EMPTY_BODY:
        return Response(b"{}", media_type="application/json")
    if fault.kind is FaultKind.MALFORMED:
        return Response(
            body.replace(b"Article", b"Art\x01\\icle", 1), media_type="application/json"
        )
    if fault.kind in (FaultKind.TRUNCATED, FaultKind.CUT):
        return Response(body[: len(body) // 2])
    return PlainTextResponse("", status_code=fault.status)


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
