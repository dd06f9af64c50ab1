"""Whether everything that is needed is there, and what to do where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import date
from urllib.parse import urlsplit

from redis import Redis

from crawler.browser import why_unavailable
from crawler.contract import Fetch
from crawler.engine.http_download import plainly
from crawler.engine.politeness import Courtesy, OwnPace
from crawler.errors import CrawlError
from crawler.platforms import platform
from model.account import Account
from model.clock import Clock
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from model.route import Route, RouteSetting
from model.servers import Finding
from operations.health.tokens import token_findings
from operations.health.trial import closed_by, profile_visit
from operations.remedies import GET_BROWSER, REMEDIES
from operations.settings import Settings

AGENT = "CityReach"
"""The name that robots.txt may speak to."""
_VERSION_DAYS = 90
"""A version that ends within so many days is to be replaced."""
_ROBOTS_SECONDS = 10.0


def online_findings(
    settings: Settings, clock: Clock, accounts: Iterable[Account], redis: Redis | None = None
) -> list[Finding]:
    """How each token stands, one profile visit to each enabled platform, and whether robots.txt
    permits its pages."""
    accounts = list(accounts)
    chosen = {account.platform: account for account in accounts if account.id}
    tried = [chosen[name] for name in chosen if settings.platform(name).enabled]
    return [
        *token_findings(settings, clock, accounts, redis),
        *(
            try_online(settings, clock, account)
            for account in tried
            if settings.platform(account.platform).has_credentials
        ),
        *(
            try_pages(settings, clock, account)
            for account in tried
            if settings.platform(account.platform).may_need_web
        ),
    ]


def platform_findings(settings: Settings, today: date | None = None) -> Iterator[Finding]:
    """Each platform's routes, by the settings and what this machine has; nothing is requested.

    `today` (UTC): the versions of the official APIs are looked at too.
    """
    for name in PLATFORMS:
        yield _official(settings, name)
        if today is not None:
            yield from _version(settings, name, today)
        yield from _pages(settings, name)


def _official(settings: Settings, name: PlatformName) -> Finding:
    """Whether the official route can work."""
    config, need = settings.platform(name), FACTS[name].need
    if not config.enabled:
        return Finding(name, True, "disabled in the settings")
    if config.route is RouteSetting.WEB:
        return Finding(name, True, "official API not used: the settings want the public pages")
    if config.has_credentials:
        text = f"credentials are set; they need {need.permission} and show {_shown(name)}"
        return Finding(name, True, text)
    prefix = f"CITYREACH_{name.upper()}"
    lacking = [f"{prefix}__{key.upper()}" for key in need.keys if not getattr(config, key)]
    wanted, verb = " and ".join(lacking), "are" if len(lacking) > 1 else "is"
    return Finding(
        name,
        False,
        f"no credentials: {wanted} {verb} not set; without that there is no official route",
        f"{need.remedy}; then set {wanted}, or {prefix}__ROUTE=web to read the public pages alone, "
        f"or {prefix}__ENABLED=false",
    )


def _version(settings: Settings, name: PlatformName, today: date) -> Iterator[Finding]:
    """How long the version of the official API is served, where versions end."""
    config, ends = settings.platform(name), FACTS[name].version_ends
    version = getattr(config, "api_version", "")
    if not (ends and config.enabled and version in ends):
        return
    left = (ends[version] - today).days
    lasts = left > _VERSION_DAYS
    yield Finding(
        f"{name} version",
        lasts,
        f"{version} is served until {ends[version]:%Y-%m-%d}, {left} days from now",
        "" if lasts else f"set CITYREACH_{name.upper()}__API_VERSION to a later one",
    )


def _shown(name: PlatformName) -> str:
    """The counters that the official route can show."""
    shown = FACTS[name].shows[Route.API.value]
    return f"of accounts {', '.join(shown.account)}; of posts {', '.join(shown.post)}"


def _pages(settings: Settings, name: PlatformName) -> Iterator[Finding]:
    """Whether the public pages can be read, and what they show; nothing where none are wanted."""
    config = settings.platform(name)
    if not config.enabled or not config.may_need_web:
        return
    title, prefix = f"{name} pages", f"CITYREACH_{name.upper()}"
    if settings.browsable([name]):
        rules = "as far as robots.txt allows" if config.robots else "whatever robots.txt says"
        if config.robots and config.robots_free:
            rules += f" (not asked on {', '.join(config.robots_free)})"
        yield Finding(title, True, f"can be read logged out, {rules}: {FACTS[name].pages}")
        return
    only = config.route is RouteSetting.WEB or not config.has_credentials
    role = "no other route is left" if only else "nothing to fall back on where the API refuses"
    why = why_unavailable(settings.crawler.browser.executable)
    text = f"cannot be read here: {why}; {role}"
    yield Finding(title, not only, text, f"{GET_BROWSER}; or set {prefix}__ROUTE=api")


def try_online(settings: Settings, clock: Clock, account: Account) -> Finding:
    """One profile visit to the platform, by the same steps as the crawler's."""
    visit, began = profile_visit(account, clock.now()), clock.now()
    closed = asyncio.run(closed_by(settings, settings.platform(account.platform), clock, visit))
    if closed is None or not closed.outcome.complete:
        outcome = closed.outcome if closed else None
        detail = closed.detail if closed else "no outcome"
        remedy = REMEDIES.get(outcome, "") if outcome else ""
        name = f"{account.platform} online"
        return Finding(name, False, f"{outcome.value if outcome else '-'}: {detail}", remedy)
    took = (clock.now() - began).total_seconds()
    way = _way(settings, account.platform)
    text = f"{account.handle} was read {way} in {took:.1f} s"
    return Finding(f"{account.platform} online", True, text)


def _way(settings: Settings, name: PlatformName) -> str:
    """By which proxy its API is reached."""
    config = settings.platform(name)
    through = config.proxies.to_url(config.api_url)
    return f"by the proxy {config.proxies.shown}" if through else "directly"


def try_pages(settings: Settings, clock: Clock, account: Account) -> Finding:
    """Whether robots.txt lets the account's public page be opened. The page is left alone."""
    config, name = settings.platform(account.platform), f"{account.platform} robots.txt"
    url = _page_of(settings, clock, account)
    host = urlsplit(url).netloc
    if not config.robots or host in config.robots_free:
        return Finding(name, True, f"not asked on {host}: the settings say so")
    try:
        asyncio.run(_ask_robots(settings, account.platform, url))
    except CrawlError as error:
        switch = f"CITYREACH_{account.platform.upper()}__ROBOTS_FREE"
        remedy = (
            f"use the official route; or, if the site has permitted it to you in writing, "
            f"set {switch}='[\"{host}\"]'"
        )
        return Finding(name, config.has_credentials, error.detail, remedy)
    return Finding(name, True, f"{host} lets the page of {account.handle} be opened")


def _page_of(settings: Settings, clock: Clock, account: Account) -> str:
    visit = profile_visit(account, clock.now(), Route.WEB)
    actions = platform(account.platform).start([visit], settings.platform(account.platform))
    return next((action.call.url for action in actions if isinstance(action, Fetch)), "")


async def _ask_robots(settings: Settings, name: PlatformName, url: str) -> None:
    """Raises GiveUp where it is forbidden, Retry where that cannot be found out."""
    config = settings.platform(name)

    async def get(address: str) -> tuple[int, str, bytes]:
        return await plainly(settings.user_agent, config.proxies, address, _ROBOTS_SECONDS)

    await Courtesy(config, AGENT, get, OwnPace()).before(url)
