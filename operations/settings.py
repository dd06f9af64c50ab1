"""What can be set: fields, defaults and bounds. Reading them is the entry point's business."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from crawler.browser import available
from crawler.config import PlatformConfig
from model.months import Months
from model.network.proxies import ProxyUrl
from model.period import DEFAULT_ZONE, Period
from model.platform import PLATFORMS, PlatformName
from model.version import __version__
from operations.errors import UsageError
from operations.media.settings import MediaSettings
from portal.alerts.config import AlertSettings, ChannelConfig
from portal.config import PortalSettings
from scheduler.plan_settings import PlanSettings

_Section = TypeVar("_Section", PlatformConfig, AlertSettings, ChannelConfig)
LogFormat = Literal["text", "json"]


class BrowserSettings(BaseModel):
    """How public pages are opened."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    executable: str = ""
    """The browser to start; empty: chromium-headless-shell or chromium on PATH, else
    Playwright's own."""
    agent: str = ""
    """The browser's user agent; empty: its own."""
    contexts: int = Field(default=4, ge=1, le=32)
    """Pages open at once."""
    visits: int = Field(default=150, ge=1)
    """The process that opens pages is restarted after so many visits,"""
    memory_mb: int = Field(default=1500, ge=200)
    """or when browser and driver use so much memory; at half as much again, the largest of their
    processes is ended at once."""


class CrawlerSettings(BaseModel):
    """How the crawlers work; times in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lease_seconds: float = Field(default=120.0, gt=1)
    credit: int = Field(default=200, ge=1, le=2000)
    """Visits that one process leases at once."""
    harvest_limit: int = Field(default=2000, ge=10)
    """Entries waiting for the writer at which crawlers pause."""
    tries: int = Field(default=4, ge=1, le=20)
    """Attempts of one call within a visit."""
    first_delay: float = Field(default=0.5, ge=0)
    longest_wait: float = Field(default=30.0, ge=0)
    concurrency: int = Field(default=16, ge=1, le=256)
    browser: BrowserSettings = BrowserSettings()


class Settings(BaseModel):
    """All settings; a subclass adds a section for each platform, an instance of its `Config`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mongo_uri: SecretStr | None = None
    """`mongodb://h1,h2,h3/?replicaSet=NAME`, or a mongos; empty: one of our own, run by `up`."""
    mongo_database: str = "cityreach"
    redis_uri: SecretStr | None = None
    """`redis://HOST:PORT/0`, or the Sentinels that watch it: `redis+sentinel://h1,h2,h3/NAME`;
    empty: one of our own, run by `up`."""
    data_dir: Path = Path("var")
    zone: str = DEFAULT_ZONE
    lang: Literal["", "zh", "en"] = ""
    """Of what commands print; empty: as the environment's LANG says."""
    cutoff_days: float = Field(default=3.0, ge=0, le=60)
    contact: str = "https://github.com/cityreach/cityreach"
    """Goes into the user agent, so that a platform can reach whoever runs this."""
    clock_file: Path | None = None
    """Simulated time for demo and tests: a file that holds the instant."""
    proxy: ProxyUrl | None = None
    """By which platforms and alerts are reached: `http://`, `https://`, `socks5://` or `socks5h://`
    with `HOST:PORT`; a platform's own, and that of the alerts, count instead."""
    no_proxy: str = ""
    """Hosts, domains, addresses or networks, with commas between them, that are reached directly;
    this machine always is."""
    clock_step: float = Field(default=0.0, ge=0)
    """Seconds by which simulated time moves at once: no job can be younger."""
    rehearsal: str = ""
    """What is rehearsed instead of the real collection; set by `demo` and `try` alone."""
    log_level: str = "WARNING"
    log_file: Path | None = None
    """Takes what a part logs, besides standard error; `up` gives each of its parts one."""
    log_format: LogFormat = "text"
    method: str = "giu"
    evidence_for_top: bool = False
    """Whether evidence of the best posts of a month's ten first cities is taken automatically,
    once the month is scored and again when its issue is frozen."""
    crawler: CrawlerSettings = CrawlerSettings()
    media: MediaSettings = MediaSettings()
    plan: PlanSettings = PlanSettings()
    alerts: AlertSettings = AlertSettings()
    portal: PortalSettings = PortalSettings()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        """Months are made in it; a name that is none would end the scheduler again and again."""
        Period.month("2025-01", zone)
        return zone

    def with_proxies(self) -> Self:
        """The same, with the proxy that each platform and the alerts go by in their sections."""
        sections = {name: _by_proxy(self.platform(name), self) for name in PLATFORMS}
        alerts = _by_proxy(self.alerts, self)
        channels = {name: _by_proxy(one, alerts) for name, one in alerts.channels.items()}
        alerts = alerts.model_copy(update={"channels": channels})
        return self.model_copy(update={**sections, "alerts": alerts})

    def platform(self, name: PlatformName) -> PlatformConfig:
        """The section of one platform."""
        return cast(PlatformConfig, getattr(self, name))

    @property
    def enabled(self) -> list[PlatformName]:
        """The platforms that are not switched off."""
        return [name for name in PLATFORMS if self.platform(name).enabled]

    @property
    def web_platforms(self) -> list[PlatformName]:
        """The enabled platforms of which visits by public pages can arise."""
        return [name for name in self.enabled if self.platform(name).may_need_web]

    def browsable(self, names: Iterable[PlatformName]) -> list[PlatformName]:
        """Those among them whose public pages can be opened on this machine."""
        from crawler.platforms import platform

        browser = available(self.crawler.browser.executable)
        return [name for name in names if browser or not platform(name).web.browses]

    @property
    def months(self) -> Months:
        """The months in the configured zone, with the configured cut-off."""
        return Months(self.zone, timedelta(days=self.cutoff_days))

    def period(self, name: str) -> Period:
        """The month `YYYY-MM` in the configured zone, with the configured cut-off.

        Raises UsageError for any other text.
        """
        try:
            return self.months.named(name)
        except ValueError as error:
            raise UsageError(str(error)) from None

    @property
    def user_agent(self) -> str:
        """How the crawler identifies itself to platforms."""
        return f"CityReach/{__version__} (+{self.contact})"


def _by_proxy(section: _Section, above: Settings | AlertSettings) -> _Section:
    """With the proxy from above where it names none of its own, and all hosts that are exempt."""
    exempt = ",".join(filter(None, (above.no_proxy, section.no_proxy)))
    return section.model_copy(update={"proxy": section.proxy or above.proxy, "no_proxy": exempt})
