"""Evidence: a picture of a post's public page, with the numbers seen on it, kept in the store."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.browser import available, browser_path, why_unavailable
from crawler.browser.settings import BrowserOptions
from crawler.contract import Answer, Browse, Call
from crawler.engine.http_download import plainly
from crawler.engine.politeness import Courtesy, OwnPace
from crawler.engine.sinks import row
from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from crawler.platforms import platform
from crawler.reading.meta_pages import wall
from crawler.reading.post_page import PostPage, post_page
from model.items import Mapped, PostItem
from model.messages import Outcome
from model.network.proxies import Proxies
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from operations.errors import Failed, UsageError
from operations.remedies import GET_BROWSER, REMEDIES
from operations.runtime import Runtime
from portal.month import MonthIndex, month_index
from store import evidence as kept
from store.evidence import Evidence, Seen
from store.month.trace import CountedPost, counted_posts

if TYPE_CHECKING:
    from crawler.browser.screenshot import PageSession

log = logging.getLogger(__name__)
_AGENT = "CityReach"
_ENDPOINT = "evidence"
_ROBOTS_SECONDS = 30.0
_TOP = 10
_FRESH = timedelta(days=31)
_LONGEST = 900.0
"""Seconds that the scheduler opens pages for evidence."""
_WEIGHED = ("likes", "comments", "shares")


@dataclass(frozen=True, slots=True)
class EvidenceTarget:
    """A post's public page."""

    platform: PlatformName
    name: str
    """The post's id, or what its address calls it."""
    url: str


def target(runtime: Runtime, given: str) -> EvidenceTarget:
    """What `platform:post id` or a public address stands for. Raises UsageError."""
    if given.startswith(("http://", "https://")):
        return _by_address(runtime, given)
    head, _, post = given.partition(":")
    name = next((one for one in PLATFORMS if one == head.lower()), None)
    if name is None or not post:
        known = ", ".join(PLATFORMS)
        raise UsageError(f"post {given!r}: expected PLATFORM:ID ({known}) or a public address")
    try:
        path = post_page(name).path(post, kept.handle_of_post(runtime.db, f"{name}:{post}"))
    except ShapeError as error:
        raise UsageError(f"post {given!r}: {error.detail}") from None
    return EvidenceTarget(name, post, f"{_root(runtime, name)}{path}")


def _by_address(runtime: Runtime, given: str) -> EvidenceTarget:
    parts = urlsplit(given)
    for name in PLATFORMS:
        page, root = post_page(name), _root(runtime, name)
        below = given.removeprefix(root) if given.startswith(f"{root}/") else ""
        if not below and page.at_home(parts.netloc):
            below = f"{parts.path}{'?' if parts.query else ''}{parts.query}"
        if below and (named := page.name_in(below)) is not None:
            return EvidenceTarget(name, named, f"{root}{below}")
    raise UsageError(f"{given}: not the address of a post of {', '.join(PLATFORMS)}")


def _root(runtime: Runtime, name: PlatformName) -> str:
    return runtime.settings.platform(name).web_url.rstrip("/")


class EvidenceTaker:
    """Opens posts in one browser, at the pace that is owed to their sites."""

    def __init__(self, runtime: Runtime, browser: Any) -> None:
        self._runtime = runtime
        self._browser = browser
        self._courtesies: dict[PlatformName, Courtesy] = {}

    async def take(self, of: EvidenceTarget) -> Evidence:
        """Stores what the page shows. Raises CrawlError if it is not the post, or takes longer than
        a page may; nothing is stored then.
        """
        limit = self._runtime.settings.platform(of.platform).page_timeout
        await self._courtesy(of.platform).before(of.url)
        try:
            async with asyncio.timeout(limit):
                jpeg, seen = await self._sight(of)
        except TimeoutError as error:
            detail = f"the page was not at its end after {limit:g} s"
            raise Retry(Outcome.TIMEOUT, detail) from error
        return kept.put(self._runtime.db, jpeg, seen)

    async def _sight(self, of: EvidenceTarget) -> tuple[bytes, Seen]:
        from crawler.browser.screenshot import sitting

        config = self._runtime.settings.platform(of.platform)
        agent = self._runtime.settings.crawler.browser.agent
        async with sitting(self._browser, agent, config.timeout, config.proxies) as page:
            html = await page.open(of.url)
            observed_at = self._runtime.clock.now()
            item, note = _read(of, page, html, observed_at)
            elements = [one.replace("{id}", of.name) for one in post_page(of.platform).elements]
            jpeg = await page.picture(elements, config.quiet)
            _refuse_login(of.url, page.url)
            by = f"Chromium {self._browser[0].version}"
            return jpeg, _seen(of, item, note, page.url, observed_at, by)

    def _courtesy(self, name: PlatformName) -> Courtesy:
        if name not in self._courtesies:
            config = self._runtime.settings.platform(name)
            self._courtesies[name] = Courtesy(
                config, _AGENT, partial(self._get, config.proxies), OwnPace()
            )
        return self._courtesies[name]

    async def _get(self, proxies: Proxies, url: str) -> tuple[int, str, bytes]:
        """A plain call for robots.txt."""
        return await plainly(self._runtime.settings.user_agent, proxies, url, _ROBOTS_SECONDS)


def _read(
    of: EvidenceTarget, page: PageSession, html: bytes, observed_at: datetime
) -> tuple[PostItem | None, str]:
    """The post as the page's data tells it, or why that tells nothing. Raises CrawlError for walls,
    dialogs, challenges, errors and pages without the post.
    """
    call = Call(endpoint=_ENDPOINT, url=of.url, route=Route.WEB, browse=Browse())
    answer = Answer(
        call=call,
        status=page.status,
        headers=page.headers,
        body=html,
        observed_at=observed_at,
        url=page.url,
    )
    platform(of.platform).check(answer)
    _refuse_login(of.url, page.url)
    about = post_page(of.platform)
    try:
        mapped = platform(of.platform).map(html, observed_at, route=Route.WEB)
    except ShapeError as error:
        if (obstacle := wall(html)) is not None:
            raise obstacle from error
        if about.numbers:
            raise
        return None, f"the page shows no numbers to visitors without an account: {error.detail}"
    return _own(of, about, mapped), ""


def _own(of: EvidenceTarget, about: PostPage, mapped: Mapped) -> PostItem:
    found = next((post for post in mapped.posts if about.is_of(post, of.name)), None)
    if found is not None:
        return found
    if of.name in mapped.gone:
        raise GiveUp(Outcome.GONE, "the page says that there is no such post")
    raise ShapeError("post", "is not what its page tells about")


def _refuse_login(asked: str, found: str) -> None:
    one, other = urlsplit(asked), urlsplit(found)
    if one.path != other.path and "login" in f"{other.netloc}{other.path}":
        raise GiveUp(Outcome.LOGIN_WALL, f"the page sends to its login: {other.path}")


def _seen(
    of: EvidenceTarget,
    item: PostItem | None,
    note: str,
    url: str,
    observed_at: datetime,
    browser: str,
) -> Seen:
    plain = {} if item is None else row(item)
    key = of.name if item is None else item.id
    return Seen(
        post=f"{of.platform}:{key}",
        platform=of.platform,
        url=url,
        observed_at=observed_at,
        counts=plain.get("counts", {}),
        missing=plain.get("missing", {}),
        granularity=plain.get("granularity", {}),
        note=note,
        browser=browser,
    )


@asynccontextmanager
async def _witness(runtime: Runtime) -> AsyncIterator[EvidenceTaker]:
    """Raises Failed where there is no browser."""
    given = runtime.settings.crawler.browser
    executable = browser_path(given.executable)
    if not available(given.executable) or executable is None:
        why = why_unavailable(given.executable)
        raise Failed(f"evidence needs a browser, and {why}: {GET_BROWSER}")
    from crawler.browser.screenshot import portraits

    options = BrowserOptions(executable=executable, agent=given.agent)
    settings = runtime.settings
    addresses = [settings.platform(name).web_url for name in settings.enabled]
    async with AsyncExitStack() as stack:
        most = given.memory_mb * 1024 * 1024 * 3 // 2
        browser = await stack.enter_async_context(portraits(options, addresses, most))
        yield EvidenceTaker(runtime, browser)


def take_evidence(runtime: Runtime, given: str) -> Evidence:
    """Opens the post's public page and keeps its picture.

    Raises UsageError for what is no post, and Failed, with nothing stored, where the page does not
    show it.
    """
    return asyncio.run(_take_one(runtime, target(runtime, given)))


async def _take_one(runtime: Runtime, of: EvidenceTarget) -> Evidence:
    async with _witness(runtime) as witness:
        try:
            return await witness.take(of)
        except CrawlError as error:
            remedy = REMEDIES.get(error.outcome)
            advice = f"; {remedy}" if remedy else ""
            raise Failed(f"no evidence of {of.url}: {error}{advice}") from error


def evidence_for_top(runtime: Runtime, index: MonthIndex, say: Callable[[str], None]) -> int:
    """Evidence of the best post on each platform of each of the ten first cities; gives how many
    were kept. What cannot be had is said, and the rest goes on.

    Raises Failed where there is no browser.
    """
    return asyncio.run(_take_all(runtime, _top_posts(runtime, index), say))


def hooks(runtime: Runtime) -> list[Callable[[Runtime, Period], None]]:
    """What the scheduler does for evidence with each month that was scored: nothing unless the
    settings want it, and not yet on a machine without a browser.
    """
    if not runtime.settings.evidence_for_top:
        return []
    if not available(runtime.settings.crawler.browser.executable):
        why = why_unavailable(runtime.settings.crawler.browser.executable)
        log.warning("no evidence of the top posts is taken: %s; %s", why, GET_BROWSER)
        return []
    return [take_top_evidence]


def take_top_evidence(runtime: Runtime, period: Period) -> None:
    """Evidence of a scored month's top posts, as far as there is none yet and time allows.

    Of months that ended long ago none is taken: their pages show today's numbers.
    """
    if runtime.clock.now() > period.cutoff + _FRESH:
        return
    index = month_index(runtime.db, period, runtime.settings.method)
    lacking = [post for post in _top_posts(runtime, index) if not kept.entries(runtime.db, post)]
    if not lacking:
        return
    try:
        taken = asyncio.run(_take_all(runtime, lacking, log.warning, _LONGEST))
    except Failed as error:
        log.warning("%s: %s", period.name, error)
    else:
        log.warning("%s: evidence of %d top posts is kept", period.name, taken)


def _top_posts(runtime: Runtime, index: MonthIndex) -> list[str]:
    cities = [str(line["city"]) for line in index.top("composite", _TOP)]
    return [post.id for post in best_posts(runtime, index, cities)]


async def _take_all(
    runtime: Runtime, posts: Iterable[str], say: Callable[[str], None], longest: float = inf
) -> int:
    """How many were taken; after `longest` seconds no further page is opened."""
    taken, end = 0, time.monotonic() + longest
    async with _witness(runtime) as witness:
        for post in posts:
            if time.monotonic() > end:
                say(f"no evidence of {post}: it took too long")
                continue
            try:
                await witness.take(target(runtime, post))
                taken += 1
            except (CrawlError, UsageError) as error:
                say(f"no evidence of {post}: {error}")
    return taken


def best_posts(runtime: Runtime, index: MonthIndex, cities: Sequence[str]) -> list[CountedPost]:
    """The post with most likes, comments and shares of each account of these cities."""
    best = []
    for line in index.inputs.rows:
        if line.city in cities:
            posts = counted_posts(runtime.db, index.period, line.account)
            counted = [post for post in posts if any(name in post.counts for name in _WEIGHED)]
            best += sorted(counted, key=_weight)[-1:]
    return best


def _weight(post: CountedPost) -> tuple[int, str]:
    """What is not known adds nothing: a post is not chosen for what nobody saw."""
    return sum(post.counts[name] for name in _WEIGHED if name in post.counts), post.id
