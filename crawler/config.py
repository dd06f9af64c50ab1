"""What every platform can be configured with; each platform's folder adds its own keys."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from model.network.proxies import Proxies, ProxyUrl, proxies_of
from model.route import RouteSetting


class PlatformConfig(BaseModel):
    """Settings of one platform, read from the environment by the front door."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    route: RouteSetting = RouteSetting.AUTO
    """`api`: the official API alone; `web`: the public pages, never logged in; `auto`: the API
    where there are credentials, and where it refuses, or there are none, the public pages."""
    routes: dict[str, RouteSetting] = {}
    """The same for single accounts, by id: `{"1234":"web"}`."""
    api_url: str = ""
    """Scheme and host of the official API; the sandbox is reached by setting it."""
    web_url: str = ""
    """Scheme and host of the public pages."""
    tokens: tuple[SecretStr, ...] = ()
    """Credentials of the official API, used in turn."""
    tokens_expire_on: date | None = None
    """On which day the first of them expires, as the platform said when it was made; alerts come
    ahead of it."""
    daily_budget: int | None = None
    """Most units a day; None: the platform's own limit alone."""
    concurrency: int = Field(default=8, ge=1, le=64)
    proxy: ProxyUrl | None = None
    """By which proxy the platform is reached, in place of `CITYREACH_PROXY`; `none`: directly."""
    no_proxy: str = ""
    """Hosts that are reached without it; `CITYREACH_NO_PROXY` says so for all platforms."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds until a call, or the first answer of a page in the browser, has come."""
    page_timeout: float = Field(default=180.0, gt=0)
    """Seconds for a page in the browser, scrolling to its end included."""
    visit_pages: int = Field(default=2_000, ge=1)
    """Most calls and scrolled pages of one visit; at this bound, or one of the next two, it ends as
    `gave_up` with what it has read."""
    visit_units: int = Field(default=20_000, ge=1)
    """Most units of the official API that one visit spends, as the platform bills them."""
    visit_seconds: float = Field(default=14_400.0, gt=0)
    """Seconds after which a visit makes no further call."""
    quiet: float = Field(default=8.0, gt=0)
    """Seconds without anything new after which a scrolled page counts as at its end."""
    web_pause: float = Field(default=2.0, ge=0)
    """Seconds between two pages of the same host, all crawlers together; a longer `Crawl-delay` of
    its robots.txt counts instead."""
    robots: bool = True
    """Whether pages that robots.txt forbids are left alone."""
    robots_free: tuple[str, ...] = ()
    """Hosts whose robots.txt is not asked, for instance by their written permission."""

    @property
    def proxies(self) -> Proxies:
        """How the platform's hosts are reached."""
        return proxies_of(self.proxy, self.no_proxy)

    @property
    def may_need_web(self) -> bool:
        """Whether visits by the public pages can arise from these settings."""
        settings = (self.route, *self.routes.values())
        return any(setting is not RouteSetting.API for setting in settings)

    @property
    def has_credentials(self) -> bool:
        """Whether the official route can be tried at all."""
        return bool(self.tokens)
