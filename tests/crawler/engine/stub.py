"""A platform of the tests' own: answers are lines `id likes`; visits ask for them one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response
from scrapy.http.response.text import TextResponse

from bus.lease import Lease
from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Call, Close, Fetch, Lookup, Page, TokenCall, WebTraits
from crawler.engine.context import CrawlParts, Patience
from crawler.engine.fetcher import Fetcher
from crawler.engine.group_run import GroupRun
from crawler.engine.sinks import Ends
from crawler.errors import GiveUp, Retry, Rotate, ShapeError, Wait
from model.count import Count
from model.items import Mapped, PostItem
from model.messages import Outcome, Visit, VisitClosed, VisitKind
from model.route import Route

AT = datetime(2025, 5, 1, tzinfo=UTC)
HOST = "https://api.example.org"


class Hand:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        return self.at


class Stub:
    """Satisfies `crawler.contract.Platform`."""

    name = "x"
    Config = PlatformConfig
    profile_rides_along = False
    refresh_by_id = True
    web = WebTraits()
    lookup = Lookup()
    together = False
    """Whether all visits of a group share one call."""

    def groups(self, visits: Sequence[Visit], config: Any) -> Iterator[list[Visit]]:
        yield list(visits)

    def start(self, visits: Sequence[Visit], config: Any) -> Iterable[Action]:
        if self.together:
            yield self._fetch("-".join(v.account for v in visits), tuple(visits))
            return
        for visit in visits:
            yield self._fetch(visit.account, (visit,))

    def _fetch(self, name: str, visits: tuple[Visit, ...]) -> Fetch:
        call = Call(endpoint="lines", url=f"{HOST}/{name}")
        return Fetch(call, lambda answer: self._then(answer, visits), visits)

    def _then(self, answer: Answer, visits: tuple[Visit, ...]) -> Iterator[Action]:
        mapped = self.map(answer.body, answer.observed_at)
        yield Page(answer, mapped, visits)
        if mapped.next:
            yield self._fetch(mapped.next, visits)
            return
        for visit in visits:
            yield Close(visit, Outcome.OK, seen=tuple(p.id for p in mapped.posts))

    def check(self, answer: Answer) -> None:
        until = answer.observed_at + timedelta(seconds=float(answer.headers.get("wait", "0")))
        if answer.status == 500:
            raise Retry(Outcome.SERVER_ERROR, "status 500")
        if answer.status == 429:
            raise Wait(Outcome.RATE_LIMITED, "status 429", until)
        if answer.status == 401:
            raise Rotate(Outcome.TOKEN_INVALID, "status 401")
        if answer.status == 404:
            raise GiveUp(Outcome.GONE, "status 404")

    def map(self, body: bytes, observed_at: datetime, *, route: Route | None = None) -> Mapped:
        if body == b"bug":
            raise ZeroDivisionError("a fault of ours")
        posts, following = [], None
        for line in body.decode().splitlines():
            name, _, likes = line.partition(" ")
            if name == "next":
                following = likes
            elif not likes.isdigit():
                raise ShapeError(f"lines[{len(posts)}].likes")
            else:
                posts.append(
                    PostItem(
                        platform="x",
                        id=name,
                        observed_at=observed_at,
                        counts={"likes": Count(int(likes))},
                    )
                )
        return Mapped(shape="stub.lines", posts=tuple(posts), next=following)

    def authorise(self, token: str) -> Mapping[str, str]:
        return {"authorization": f"Bearer {token}"}

    def pause(self, answer: Answer) -> datetime | None:
        return None

    def token_call(self, config: Any) -> TokenCall | None:
        return None

    def minimum(self, kind: str, accounts: int, posts: Sequence[int], windows: int = 1) -> int:
        return accounts


class Memory:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.closed: dict[str, VisitClosed] = {}
        self.booked: list[tuple[str, str, int]] = []

    async def deliver(self, pages: Sequence[Page], ends: Ends) -> None:
        self.pages += pages
        for lease, closed in ends:
            assert lease.visit.account not in self.closed, "closed twice"
            self.closed[lease.visit.account] = closed

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        self.booked.append((credential, endpoint, units))
        return sum(u for c, _, u in self.booked if c == credential)


Serve = Callable[[Request], Response | Exception]


def answers(**bodies: object) -> Serve:
    """Serves by path; a list is served one after the other, a number is a status."""
    queues = {name: list(b) if isinstance(b, list) else [b] for name, b in bodies.items()}

    def serve(request: Request) -> Response | Exception:
        queue = queues[request.url.removeprefix(f"{HOST}/")]
        given = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(given, Exception):
            return given
        if isinstance(given, int):
            return TextResponse(request.url, status=given, body=b"", headers={"wait": "0"})
        return TextResponse(request.url, body=str(given).encode())

    return serve


def download_from(serve: Serve) -> Callable[[Request], Awaitable[Response]]:
    """As the engine downloads."""

    async def download(request: Request) -> Response:
        await asyncio.sleep(0)
        answer = serve(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return download


def parts(stub: Stub, clock: Hand, **config: Any) -> CrawlParts:
    """Parts without waiting."""
    settings = PlatformConfig(api_url=HOST, **{"tokens": ("secret-token",), **config})
    patience = Patience(tries=3, first_delay=0.0, longest_wait=5.0)
    return CrawlParts(
        platform=stub,
        config=settings,
        clock=clock,
        redis_uri="redis://unused",
        consumer="test",
        patience=patience,
    )  # type: ignore[arg-type]


def visit(account: str) -> Visit:
    """A profile visit."""
    return Visit(platform="x", account=account, handle=account, kind=VisitKind.PROFILE, slot=AT)


async def run(stub: Stub, serve: Serve, *accounts: str, **config: Any) -> Memory:
    """Runs visits of these accounts to their ends."""
    memory, given = Memory(), parts(stub, Hand(), **config)
    fetcher = Fetcher(given, download_from(serve), memory)
    leases = [Lease(str(n), visit(name)) for n, name in enumerate(accounts)]
    await GroupRun(given, fetcher, memory, leases).run()
    return memory
