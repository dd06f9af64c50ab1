"""The names of the platforms; the order is the one in which tables show them."""

from __future__ import annotations

from typing import Literal, get_args

PlatformName = Literal["facebook", "x", "instagram", "youtube", "tiktok"]
PLATFORMS: tuple[PlatformName, ...] = get_args(PlatformName)
