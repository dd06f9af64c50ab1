"""Which platforms are read by their public pages here, and whether they can be."""

from __future__ import annotations

from collections.abc import Iterable

from cityreach.settings import BaseAll
from crawler.browser import available
from crawler.platforms import platform
from model.platform import PLATFORMS, PlatformName


def enabled(settings: BaseAll) -> list[PlatformName]:
    """The platforms that the settings do not switch off."""
    return [name for name in PLATFORMS if settings.platform(name).enabled]


def wants_web(settings: BaseAll) -> list[PlatformName]:
    """The platforms of which visits by public pages can arise."""
    return [name for name in enabled(settings) if settings.platform(name).may_need_web]


def able_to_browse(settings: BaseAll, names: Iterable[PlatformName]) -> list[PlatformName]:
    """Those among them whose public pages can be opened on this machine."""
    browser = available(settings.crawler.browser.executable)
    return [name for name in names if browser or not platform(name).web.browses]
