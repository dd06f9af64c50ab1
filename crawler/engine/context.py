"""What the entry point gives a spider: settings of its platform, clock, bus, patience."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.config import PlatformConfig
from crawler.contract import Platform
from model.clock import Clock
from model.route import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the crawler tries by itself before a visit ends without success."""

    tries: int = 4
    """Attempts of one call."""
    first_delay: float = 0.5
    """Seconds before the second attempt; doubled each time, unless the platform says otherwise."""
    longest_wait: float = 30.0
    """Seconds a limit may last to be waited for in place; longer ones end the visit."""
    drain: float = 5.0
    """Seconds that running visits are given to finish after a stop was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recycling:
    """When a process that opens pages finishes its visits and is started again."""

    visits: int = 150
    """After so many visits."""
    memory: int = 1500 * 1024 * 1024
    """Above so many bytes of browser and driver; at half as much again, the largest of their
    processes is ended at once.
    """
    look_every: float = 1.0
    """Seconds between two looks."""
    drain: float = 240.0
    """Seconds that its last visits are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlParts:
    """Everything a spider needs and does not know by itself."""

    platform: Platform
    config: PlatformConfig
    clock: Clock
    redis_uri: str = field(repr=False)
    """May hold a password."""
    consumer: str
    lease_seconds: float = 120.0
    credit: int = 200
    """Most visits held at once."""
    harvest_limit: int = 2000
    """No new visits while so many pages and outcomes wait for the writer."""
    route: Route = Route.API
    """Which visits are taken: those by the official API, or those by public pages (`web`)."""
    agent: str = "CityReach"
    """The name that robots.txt may speak to."""
    patience: Patience = Patience()
