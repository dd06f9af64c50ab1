"""From a call to a usable answer: credential, ledger, download, check, and repeated attempts."""

from __future__ import annotations

import asyncio
import math
import re
import traceback
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response

from bus.credentials import CredentialState
from bus.ledger import next_reset
from crawler.browser import BROWSED, ORDER, Browsed, Order
from crawler.contract import Answer, Browse, Call, Versioned
from crawler.engine.context import CrawlParts
from crawler.engine.credentials import Credential, Credentials
from crawler.engine.politeness import Courtesy, OwnPace, Pace
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, Wait
from crawler.proxied import PROXY, ProxyFailed, Way
from crawler.redaction import Redaction, secrets_in
from crawler.sites import origin_of, same_site
from model.backoff import Backoff
from model.messages import Outcome
from model.route import Route

Download = Callable[[Request], Awaitable[Response]]
_BROKEN = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    ResponseDataLossError,
)
_UNDECODABLE = (EOFError, OSError, zlib.error)
"""A compressed answer that is none, or is cut off (`gzip.BadGzipFile` is an OSError)."""


_LOGIN = re.compile(r"log_?in|sign_?in|^accounts\.", re.IGNORECASE)


class Booking(Protocol):
    """Where calls are entered before they leave; every `Sink` is one."""

    async def book(self, credential: str, endpoint: str, units: int) -> int:
        """Enters a call; gives the credential's units of this day, this call included."""
        ...


@runtime_checkable
class Board(Protocol):
    """A booking that also keeps how the credentials stand."""

    async def note(self, state: CredentialState) -> None:
        """Takes the place of what was noted before."""
        ...

    async def noted(self) -> Iterable[CredentialState]:
        """What was noted last, by whichever crawler."""
        ...


class Fetcher:
    """Makes calls of one platform. Raises the CrawlError that is left when patience ends."""

    def __init__(
        self, parts: CrawlParts, download: Download, booking: Booking, pace: Pace | None = None
    ) -> None:
        self._parts = parts
        self._download = download
        self._booking = booking
        self._origins = {
            origin_of(url) for url in (parts.config.api_url, parts.config.web_url) if url
        }
        self._redaction = Redaction(secrets_in(parts.config))
        self._courtesy = Courtesy(parts.config, parts.agent, self._get, pace or OwnPace())
        token_call = parts.platform.token_call(parts.config)
        tokens = tuple(t.get_secret_value() for t in parts.config.tokens)
        self._token_call = token_call
        obtain = self._obtain if token_call else None
        self.credentials = Credentials(tokens, parts.clock, obtain)
        self._shown: dict[str, str] = {}
        self._recalled = False
        # Told once: to ask what a protocol has takes longer than to book a call.
        self._board = booking if isinstance(booking, Board) else None
        self._versioned = parts.platform if isinstance(parts.platform, Versioned) else None

    async def _obtain(self) -> tuple[str, float]:
        """A short-lived token by the platform's own call."""
        if self._token_call is None:
            raise Rotate(Outcome.TOKEN_INVALID, "this platform has no token call")
        call = self._token_call.call
        try:
            answer = await self._patiently(call, self._send)
            token, lifetime = self._token_call.read(answer)
        except CrawlError as error:
            # Such an answer may repeat the client's secret.
            error.detail = self._redaction.text(error.detail)
            raise
        self._redaction.add([token])
        return token, lifetime

    async def fetch(self, call: Call) -> Answer:
        """The checked answer to a call."""
        return await self._patiently(call, self._with_credential)

    async def _patiently(self, call: Call, once: Callable[[Call], Awaitable[Answer]]) -> Answer:
        patience, retries = self._parts.patience, 0
        backoff = Backoff(first=patience.first_delay, most=math.inf)
        for left in reversed(range(patience.tries)):
            try:
                return await once(call)
            except Retry as error:
                pause = backoff.delay(retries) if error.after is None else error.after
                if not left or pause > patience.longest_wait:
                    raise
                await asyncio.sleep(pause)
                retries += 1
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
        if call.route is not Route.API:
            return await self._send(call)
        await self._recall()
        attempts = len(self.credentials) + self._parts.patience.tries
        for left in reversed(range(attempts)):
            credential = await self.credentials.current()
            try:
                answer = await self._send(call, credential)
            except Rotate as error:
                self.credentials.bury(credential, error)
                await self._show(credential)
            except Wait as error:
                self.credentials.rest(credential, error.until, error)
                await self._show(credential)
                if error.until is None or not left:
                    raise
            else:
                self.credentials.worked(credential)
                await self._show(credential)
                return answer
        raise GiveUp(Outcome.GAVE_UP, f"{call.endpoint}: refused {attempts} times")

    async def _recall(self) -> None:
        """Before the first call: a limit that was met before a restart is still in force."""
        if not self._recalled and self._board is not None:
            self.credentials.recall(await self._board.noted())
        self._recalled = True

    async def _show(self, credential: Credential) -> None:
        """Lets others know how a credential stands, if it is news."""
        state = credential.state(self._parts.clock.now())
        news = f"{state.state} {state.until}"
        if self._board is not None and self._shown.get(credential.label) != news:
            self._shown[credential.label] = news
            await self._board.note(state)

    async def _send(self, call: Call, credential: Credential | None = None) -> Answer:
        self._guard(call.url)
        if call.route is Route.WEB:
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
            meta=self._meta(call.url, call.browse),
        )
        answer = self._answer(call, await self._received(request))
        if credential is not None:
            answer = self._without_secrets(answer)
        self._refuse_redirect(answer)
        self._parts.platform.check(answer)
        if credential is not None:
            self._rest_if_spent(answer, credential)
            answer = self._with_version(answer)
        return answer

    def _with_version(self, answer: Answer) -> Answer:
        """A retired version is answered as the next one is, without an error."""
        other = "" if self._versioned is None else self._versioned.other_version(answer)
        return replace(answer, version=other) if other else answer

    def _meta(self, url: str, browse: Browse | None = None) -> dict[str, Any]:
        config = self._parts.config
        meta: dict[str, Any] = {
            "handle_httpstatus_all": True,
            "download_timeout": config.timeout,
        }
        if browse is not None:
            times = (config.timeout, config.page_timeout, config.quiet)
            meta[ORDER] = Order(browse, *times, config.proxies)
        if proxy := config.proxies.to_url(url):
            meta[PROXY] = Way(proxy)
        return meta

    async def _get(self, url: str) -> tuple[int, str, bytes]:
        """A plain call for robots.txt."""
        response = await self._received(Request(url, dont_filter=True, meta=self._meta(url)))
        location = (response.headers.get("location") or b"").decode("latin-1")
        return response.status, location, response.body

    def _rest_if_spent(self, answer: Answer, credential: Credential) -> None:
        """A usable answer may say that its credential is spent for a while."""
        until = self._parts.platform.pause(answer)
        if until is not None:
            reason = "the usage headers say that all is used up"
            self.credentials.rest(credential, until, Wait(Outcome.RATE_LIMITED, reason, until))

    def _guard(self, url: str) -> None:
        """A spider asks the hosts of its own platform and no other, and none of them in clear."""
        if origin_of(url) not in self._origins:
            host = urlsplit(url).netloc
            raise GiveUp(Outcome.CHANGED_SHAPE, f"the answer leads to a foreign host: {host}")

    def _refuse_redirect(self, answer: Answer) -> None:
        """Raises GiveUp if a page led elsewhere: to its login, or off its site."""
        if not answer.url or answer.url == answer.call.url:
            return
        there, asked = urlsplit(answer.url), urlsplit(answer.call.url)
        if there.path != asked.path and _LOGIN.search(f"{there.netloc}{there.path}"):
            raise GiveUp(Outcome.LOGIN_WALL, f"the page sent us to {there.netloc}{there.path}")
        if not same_site(answer.url, answer.call.url):
            self._guard(answer.url)

    async def _spend(self, call: Call, credential: Credential | None) -> None:
        label = credential.label if credential else "-"
        if call.route is Route.WEB:
            await self._booking.book(label, f"web.{call.endpoint}", call.units)
            return
        total = await self._booking.book(label, call.endpoint, call.units)
        budget = self._parts.config.daily_budget
        if budget is not None and total > budget:
            until = next_reset(self._parts.platform.name, self._parts.clock.now())
            detail = f"the daily budget of {budget} units is spent"
            raise Wait(Outcome.QUOTA_SPENT, detail, until)

    async def _received(self, request: Request) -> Response:
        host = urlsplit(request.url).netloc
        try:
            return await self._downloaded(request)
        except DownloadTimeoutError as error:
            why = f": {error}" if ORDER in request.meta else ""
            raise Retry(Outcome.TIMEOUT, f"no complete answer from {host} in time{why}") from error
        except (DownloadCancelledError, IgnoreRequest) as error:
            # Scrapy ignores what grows beyond all bounds as it is decompressed.
            raise GiveUp(Outcome.GAVE_UP, f"{host} sent more than any answer holds") from error
        except ProxyFailed as error:
            by = "" if ORDER in request.meta else "by the proxy "
            detail = f"{host} was not reached {by}{error}"
            raise Retry(Outcome.PROXY_FAILED, detail) from error
        except _BROKEN as error:
            kind = str(error) if ORDER in request.meta else type(error).__name__
            raise Retry(Outcome.SERVER_ERROR, f"{host} could not be reached: {kind}") from error
        except _UNDECODABLE as error:
            detail = f"what {host} sent cannot be decompressed: {type(error).__name__}"
            raise Retry(Outcome.SERVER_ERROR, detail) from error

    async def _downloaded(self, request: Request) -> Response:
        try:
            return await self._download(request)
        except Exception as error:
            _release(error)
            raise

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
        if call.browse is not None and call.browse.capture:
            raise GiveUp(Outcome.GAVE_UP, "this page needs a browser, and there is none here")
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

    def _without_secrets(self, answer: Answer) -> Answer:
        """Answers may repeat what they were asked with, as `paging.next` does."""
        headers = {name: self._redaction.text(value) for name, value in answer.headers.items()}
        return replace(answer, headers=headers, body=self._redaction.data(answer.body))


def _release(error: BaseException) -> None:
    """Frees what the frames of a failed download hold: bodies of tens of megabytes, in cycles that
    the collector, which counts objects and not bytes, may leave for long.
    """
    failed: BaseException | None = error
    while failed is not None:
        traceback.clear_frames(failed.__traceback__)
        failed = failed.__cause__ or failed.__context__
