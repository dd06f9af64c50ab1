"""One folder a platform. Each is found by its name in `model.platform.PLATFORMS`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from crawler.config import PlatformConfig
from model.platform import PlatformName

if TYPE_CHECKING:
    from crawler.contract import Platform


@cache
def platform(name: PlatformName) -> Platform:
    """The platform of that name."""
    return cast("Platform", import_module(f"crawler.platforms.{name}.platform").PLATFORM)


@cache
def config_class(name: PlatformName) -> type[PlatformConfig]:
    """Its settings alone; whoever reads these imports none of what maps its answers."""
    kind = import_module(f"crawler.platforms.{name}.config").CONFIG
    return cast(type[PlatformConfig], kind)
