"""GDELT's files over HTTP below `/gdelt`, up to the sandbox's present, with their faults."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.gdelt.articles import QUARTER_HOUR, WrittenArticle, batch_written, written_cities
from sandbox.gdelt.files import gkg_file, graph_file, list_file
from sandbox.service.exchange import PlatformRequest
from sandbox.service.faults import MEDIA_PLATFORM, Fault, FaultKind
from sandbox.service.platform import Services

_STAMP = "%Y%m%d%H%M%S"
_BATCH_NAME = re.compile(r"(\d{14})(\.translation)?\.gkg\.csv\.zip")
_DAY_NAME = re.compile(r"(\d{8})\.ggg\.v1\.english\.json\.gz")
_LIST_NAME = re.compile(r"(\d{12}00)\.gal\.json\.gz")
_LISTS_AT = (0, 1)
"""Minutes of a quarter hour in which a list of articles appears; each has half of them."""
_DAY = timedelta(days=1)
_REFUSAL = "Please limit requests to one every 5 seconds or contact the operator.\n"


class SandboxGdelt:
    """The files of one world."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._world = services.directory.world
        self._cities = written_cities(self._world)

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/gdelt/gdeltv2/lastupdate.txt", self.last),
            Route("/gdelt/gdeltv2/masterfilelist.txt", self.master),
            Route("/gdelt/gdeltv2/masterfilelist-translation.txt", self.master_translated),
            Route("/gdelt/gdeltv3/ggg/MASTERFILELIST.TXT", self.days),
            Route("/gdelt/gdeltv2/{name}", self.batch),
            Route("/gdelt/gdeltv3/ggg/{name}", self.day),
            Route("/gdelt/gdeltv3/gal/{name}", self.listed),
        ]

    async def batch(self, request: Request) -> Response:
        """A quarter hour of one stream."""
        name = _BATCH_NAME.fullmatch(request.path_params["name"])
        at = _time(name[1], _STAMP) if name else None
        if (
            name is None
            or at is None
            or at.minute % 15
            or at.second
            or not self._over(at, QUARTER_HOUR)
        ):
            return _absent()
        endpoint = "gkg-translated" if name[2] else "gkg"
        body = gkg_file(self._quarter(at), at, translated=bool(name[2]))
        return await self._answer(request, endpoint, body)

    async def day(self, request: Request) -> Response:
        """A day of the geographic graph."""
        name = _DAY_NAME.fullmatch(request.path_params["name"])
        at = _time(name[1], "%Y%m%d") if name else None
        if at is None or not self._over(at, _DAY):
            return _absent()
        return await self._answer(request, "ggg", graph_file(self._world, self._cities, at))

    async def listed(self, request: Request) -> Response:
        """A minute's list of articles; in most minutes there is none."""
        name = _LIST_NAME.fullmatch(request.path_params["name"])
        at = _time(name[1], _STAMP) if name else None
        if at is None or at.minute % 15 not in _LISTS_AT or not self._over(at, QUARTER_HOUR):
            return _absent()
        half = at.minute % 15
        written = self._quarter(at - timedelta(minutes=half))[half::2]
        return await self._answer(request, "gal", list_file(written))

    async def last(self, request: Request) -> Response:
        """The newest batch of the English stream."""
        at = self._floor(self._services.clock.now()) - QUARTER_HOUR
        return PlainTextResponse(self._line(request, at, translated=False))

    async def master(self, request: Request) -> Response:
        """All batches of the English stream so far."""
        return StreamingResponse(self._lines(request, translated=False), media_type="text/plain")

    async def master_translated(self, request: Request) -> Response:
        """All batches of the translated stream so far."""
        return StreamingResponse(self._lines(request, translated=True), media_type="text/plain")

    async def days(self, request: Request) -> Response:
        """All days of the graph so far."""
        lines, at = [], self._world.start.replace(hour=0, minute=0, second=0, microsecond=0)
        while self._over(at, _DAY):
            lines.append(f"{_root(request)}/gdeltv3/ggg/{at:%Y%m%d}.ggg.v1.english.json.gz\n")
            at += _DAY
        return PlainTextResponse("".join(lines))

    def _quarter(self, at: datetime) -> list[WrittenArticle]:
        return batch_written(self._world, self._cities, at)

    def _over(self, at: datetime, length: timedelta) -> bool:
        """Whether a file that begins then is written: within the world, and not of the future."""
        begin = self._floor(self._world.start) - _DAY
        return begin <= at and at + length <= min(self._services.clock.now(), self._world.end)

    @staticmethod
    def _floor(at: datetime) -> datetime:
        return at - (at - datetime.min.replace(tzinfo=UTC)) % QUARTER_HOUR

    async def _lines(self, request: Request, *, translated: bool) -> AsyncIterator[str]:
        for at in self._batches():
            yield self._line(request, at, translated=translated)

    def _batches(self) -> Iterator[datetime]:
        at = self._floor(self._world.start)
        while self._over(at, QUARTER_HOUR):
            yield at
            at += QUARTER_HOUR

    def _line(self, request: Request, at: datetime, *, translated: bool) -> str:
        """Size, MD5 and address, as in GDELT's lists."""
        body = gkg_file(self._quarter(at), at, translated=translated)
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        stream = ".translation" if translated else ""
        name = f"{at:%Y%m%d%H%M%S}{stream}.gkg.csv.zip"
        return f"{len(body)} {digest} {_root(request)}/gdeltv2/{name}\n"

    async def _answer(self, request: Request, endpoint: str, body: bytes) -> Response:
        asked = PlatformRequest("GET", request.url.path, {}, {}, {})
        faults, now = self._services.faults, self._services.clock.now()
        fault = faults.pick(MEDIA_PLATFORM, endpoint, "api", asked, now)
        return Response(body) if fault is None else _disturbed(fault, body)


def _disturbed(fault: Fault, body: bytes) -> Response:
    """A missing batch, half an archive, a text with status 200, rows of another width."""
    kind = fault.kind
    if kind is FaultKind.SERVER_ERROR:
        return PlainTextResponse("no such file\n", status_code=fault.status)
    if kind is FaultKind.RATE_LIMITED:
        return PlainTextResponse(_REFUSAL, status_code=200 if fault.number == 200 else 429)
    if kind in (FaultKind.TRUNCATED, FaultKind.CUT):
        return Response(body[: len(body) // 2])
    if kind is FaultKind.EMPTY_BODY:
        return Response(b"")
    if kind is FaultKind.MISSING_FIELDS:
        return Response(_narrower(body))
    return PlainTextResponse(_REFUSAL)


def _narrower(body: bytes) -> bytes:
    """The same batch with a column less."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        name = archive.namelist()[0]
        rows = archive.read(name).split(b"\n")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"\n".join(row.rpartition(b"\t")[0] for row in rows if row))
    return out.getvalue()


def _root(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/gdelt"


def _absent() -> Response:
    return PlainTextResponse("<?xml version='1.0'?><Error>NoSuchKey</Error>", status_code=404)


def _time(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None
