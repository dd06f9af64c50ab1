"""Objects of the Graph API by batches of 50 and one a call: time, calls, units, bytes.

Profiles of all Facebook pages of the shipped world, and a refresh of all their posts, by the
crawler's own steps against the sandbox; once on loopback, once with the time that an answer takes
from far away. Posts of a visit are asked for one call after the other, as visits do.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr
from scrapy import Request
from scrapy.http import Response

from bus.lease import Lease
from crawler.contract import Page
from crawler.engine.context import CrawlParts
from crawler.engine.fetcher import Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.http_download import downloading
from crawler.engine.sinks import Ends
from crawler.platforms.facebook.config import BATCH, FacebookConfig
from crawler.platforms.facebook.platform import PLATFORM
from model.messages import Visit, VisitKind
from operations.rehearsal.demo import SHIPPED
from sandbox.serve import CONTROL_TOKEN_VARIABLE
from sandbox.service.access import TOKEN_HEADER
from sandbox.world.file import load_world

SMALL = SHIPPED.with_name("small.jsonl.gz")

FAR = 0.15
"""Seconds until an answer has come from another continent."""
_NOW = datetime(2025, 6, 3, 16, tzinfo=UTC)
_READY = "sandbox ready on "


class _Still:
    def now(self) -> datetime:
        return _NOW


@dataclass
class _Counted:
    """A sink that keeps figures alone."""

    calls: int = 0
    units: int = 0
    bytes: int = 0
    rows: int = 0
    ended: set[str] = field(default_factory=set)

    async def deliver(self, pages: Sequence[Page], ends: Ends) -> None:
        for page in pages:
            self.bytes += len(page.answer.body)
            self.rows += len(page.mapped.accounts) + len(page.mapped.posts)
        self.ended |= {closed.outcome.value for _, closed in ends}

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        self.calls += 1
        self.units += units
        return self.units


@contextmanager
def served() -> Iterator[str]:
    """The address of a sandbox with the shipped world, its clock at the cut-off."""
    command = [sys.executable, "-m", "sandbox", "--world", str(SMALL), "--control"]
    environment = {**os.environ, CONTROL_TOKEN_VARIABLE: "bench"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base = process.stdout.readline().removeprefix(_READY).strip()
        said = {"now": f"{_NOW:%Y-%m-%dT%H:%M:%SZ}"}
        httpx.post(f"{base}/_sandbox/clock", json=said, headers={TOKEN_HEADER: "bench"})
        yield base
    finally:
        process.terminate()
        process.wait()


def visits(kind: VisitKind) -> list[Visit]:
    """One visit a page; a refresh reads all of its posts."""
    world = load_world(SMALL)
    return [
        Visit(
            platform="facebook",
            account=one.id,
            handle=one.handle,
            kind=kind,
            slot=_NOW,
            posts=tuple(p.id for p in one.posts) if kind is VisitKind.REFRESH else (),
        )
        for one in world.accounts["facebook"].values()
    ]


async def collect(base: str, kind: VisitKind, at_once: int, far: float) -> tuple[_Counted, float]:
    """All visits of a kind; what it took, and the seconds."""
    config = FacebookConfig(api_url=base, objects_a_call=at_once, tokens=(SecretStr("token"),))
    parts = CrawlParts(
        platform=PLATFORM, config=config, clock=_Still(), redis_uri="", consumer="bench"
    )
    counted = _Counted()
    async with downloading("CityReach bench") as download:

        async def from_afar(request: Request) -> Response:
            await asyncio.sleep(far)
            return await download(request)

        fetcher = Fetcher(parts, from_afar, counted)
        began = time.monotonic()
        for group in PLATFORM.groups(visits(kind), config):
            leases = [Lease("", visit) for visit in group]
            await GroupRun(parts, fetcher, counted, leases).run()
        return counted, time.monotonic() - began


def main() -> None:
    """Prints a line a way."""
    with served() as base:
        print(f"sandbox at {urlsplit(base).netloc}; one visit after the other")
        heads = ("calls", "units", "rows", "kB", "s")
        print(" " * 24 + "".join(f"{head:>8}" for head in heads) + f"{f's, {FAR:g} s far':>15}")
        for kind in (VisitKind.PROFILE, VisitKind.REFRESH):
            for at_once in (BATCH, 1):
                near, seconds = asyncio.run(collect(base, kind, at_once, 0.0))
                _, far = asyncio.run(collect(base, kind, at_once, FAR))
                print(
                    f"{kind.value} by {at_once:2} a call".ljust(24)
                    + f"{near.calls:8}{near.units:8}{near.rows:8}{near.bytes / 1000:8.0f}"
                    + f"{seconds:8.2f}{far:15.1f}   {', '.join(sorted(near.ended))}"
                )


if __name__ == "__main__":
    main()
