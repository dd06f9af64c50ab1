"""From a call to a usable answer: credential, ledger, download, check, and patience."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response

from crawler.browser import BROWSED, ORDER, Browsed, Order
from crawler.contract import Answer, Browse, Call, Pausing
from crawler.courtesy import Courtesy, OwnPace, Pace
from crawler.credentials import Credential, Credentials
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, Wait
from crawler.parts import CrawlParts
from model.messages import Outcome

Download = Callable[[Request], Awaitable[Response]]
_BROKEN = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    ResponseDataLossError,
)


_LOGIN = re.compile(r"log_?in|sign_?in|^accounts\.", re.IGNORECASE)


def _site(host: str) -> list[str]:
    """What `www.` and `m.` of one site have in common."""
    return host.split(".")[-2:]


class Booking(Protocol):
    """Where calls are entered before they leave."""

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        """The credential's units of this day, this call included."""
        ...


class Fetcher:
    """Makes calls of one platform. Raises the CrawlError that is left when patience ends."""

    def __init__(
        self, parts: CrawlParts, download: Download, booking: Booking, pace: Pace | None = None
    ) -> None:
        self._parts = parts
        self._download = download
        self._booking = booking
        self._hosts = {
            urlsplit(url).netloc for url in (parts.config.api_url, parts.config.web_url) if url
        }
        self._courtesy = Courtesy(parts.config, parts.agent, self._get, pace or OwnPace())
        token_call = parts.platform.token_call(parts.config)
        tokens = tuple(t.get_secret_value() for t in parts.config.tokens)
        self._token_call = token_call
        obtain = self._obtain if token_call else None
        self.credentials = Credentials(tokens, parts.clock, obtain)

    async def _obtain(self) -> tuple[str, float]:
        """A short-lived token by the platform's own call."""
        if self._token_call is None:
            raise Rotate(Outcome.TOKEN_INVALID, "this platform has no token call")
        call = self._token_call.call
        return self._token_call.read(await self._patiently(call, self._without_credential))

    async def fetch(self, call: Call) -> Answer:
        """The checked answer to a call."""
        return await self._patiently(call, self._with_credential)

    async def _patiently(self, call: Call, once: Callable[[Call], Awaitable[Answer]]) -> Answer:
        patience, delay = self._parts.patience, self._parts.patience.first_delay
        for left in reversed(range(patience.tries)):
            try:
                return await once(call)
            except Retry as error:
                pause = delay if error.after is None else error.after
                if not left or pause > patience.longest_wait:
                    raise
                await asyncio.sleep(pause)
                delay *= 2
            except Wait as error:
                if not left or not await self._outlast(error):
                    raise
        raise GiveUp(Outcome.GAVE_UP, f"{call.endpoint}: no attempt was allowed")

    async def _outlast(self, error: Wait) -> bool:
        """Waits for a short limit to pass; False for a long one."""
        if error.until is None:
            return False
        pause = (error.until - self._parts.clock.now()).total_seconds()
        if pause > self._parts.patience.longest_wait:
            return False
        await asyncio.sleep(max(pause, 0.0))
        return True

    async def _with_credential(self, call: Call) -> Answer:
        """One attempt; a refused or resting credential hands over to the next one."""
        if call.route != "api":
            return await self._send(call, None)
        while True:
            credential = await self.credentials.current()
            try:
                return await self._send(call, credential)
            except Rotate as error:
                self.credentials.bury(credential, error.detail)
            except Wait as error:
                self.credentials.rest(credential, error.until)
                if error.until is None:
                    raise

    async def _without_credential(self, call: Call) -> Answer:
        return await self._send(call, None)

    async def _send(self, call: Call, credential: Credential | None) -> Answer:
        self._guard(call.url)
        if call.route == "web":
            await self._courtesy.before(call.url)
        await self._spend(call, credential)
        headers = dict(call.headers)
        if credential is not None:
            headers.update(self._parts.platform.authorise(credential.token))
        request = Request(
            call.url,
            method=call.method,
            headers=headers,
            body=call.body,
            dont_filter=True,
            meta=self._meta(call.browse),
        )
        answer = self._answer(call, await self._received(request))
        self._landed(answer)
        self._parts.platform.check(answer)
        self._heed(answer, credential)
        return answer

    def _meta(self, browse: Browse | None) -> dict[str, Any]:
        config = self._parts.config
        meta: dict[str, Any] = {
            "handle_httpstatus_all": True,
            "download_timeout": config.timeout,
        }
        if browse is not None:
            meta[ORDER] = Order(browse, config.timeout, config.page_timeout, config.quiet)
        return meta

    async def _get(self, url: str) -> tuple[int, str, bytes]:
        """A plain call for robots.txt."""
        response = await self._received(Request(url, dont_filter=True, meta=self._meta(None)))
        location = (response.headers.get("location") or b"").decode("latin-1")
        return response.status, location, response.body

    def _heed(self, answer: Answer, credential: Credential | None) -> None:
        """A usable answer may say that its credential is spent for a while."""
        platform = self._parts.platform
        if credential is not None and isinstance(platform, Pausing):
            until = platform.pause(answer)
            if until is not None:
                self.credentials.rest(credential, until)

    def _guard(self, url: str) -> None:
        """A spider asks the hosts of its own platform and no other."""
        if urlsplit(url).netloc not in self._hosts:
            host = urlsplit(url).netloc
            raise GiveUp(Outcome.CHANGED_SHAPE, f"the answer leads to a foreign host: {host}")

    def _landed(self, answer: Answer) -> None:
        """A page may have sent us elsewhere: to its login, or off its site."""
        if not answer.url or answer.url == answer.call.url:
            return
        there, asked = urlsplit(answer.url), urlsplit(answer.call.url)
        if there.path != asked.path and _LOGIN.search(f"{there.netloc}{there.path}"):
            raise GiveUp(Outcome.LOGIN_WALL, f"the page sent us to {there.netloc}{there.path}")
        if _site(there.netloc) != _site(asked.netloc):
            self._guard(answer.url)

    async def _spend(self, call: Call, credential: Credential | None) -> None:
        label = credential.label if credential else "-"
        if call.route == "web":
            await self._booking.book(label, f"web.{call.endpoint}", call.units)
            return
        total = await self._booking.book(label, call.endpoint, call.units)
        budget = self._parts.config.daily_budget
        if budget is not None and total > budget:
            raise CrawlError(Outcome.QUOTA_SPENT, f"the daily budget of {budget} units is spent")

    async def _received(self, request: Request) -> Response:
        host = urlsplit(request.url).netloc
        try:
            return await self._download(request)
        except DownloadTimeoutError as error:
            why = f": {error}" if ORDER in request.meta else ""
            raise Retry(Outcome.TIMEOUT, f"no complete answer from {host} in time{why}") from error
        except _BROKEN as error:
            kind = str(error) if ORDER in request.meta else type(error).__name__
            raise Retry(Outcome.SERVER_ERROR, f"{host} could not be reached: {kind}") from error

    def _answer(self, call: Call, response: Response) -> Answer:
        browsed = response.meta.get(BROWSED) if response.request is not None else None
        if isinstance(browsed, Browsed):
            return Answer(
                call=call,
                status=browsed.status,
                headers=browsed.headers,
                body=browsed.body,
                observed_at=self._parts.clock.now(),
                captured=browsed.captured,
                url=browsed.url,
            )
        headers = {
            (name or b"").decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for name, values in response.headers.items()
        }
        return Answer(
            call=call,
            status=response.status,
            headers=headers,
            body=response.body,
            observed_at=self._parts.clock.now(),
        )
