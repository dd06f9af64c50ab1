"""The platforms, in the order in which tables show them, and what is known about each.

A platform is one line in `PLATFORMS` and its own files: `model/platforms/<name>.py` with its
`FACTS`, the folders `crawler/platforms/<name>/` and `sandbox/<name>/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from model.platforms.facts import Facts

PLATFORMS: tuple[str, ...] = (
    "facebook",
    "x",
    "instagram",
    "youtube",
    "tiktok",
)
FACTS: Mapping[str, Facts] = {
    name: import_module(f"model.platforms.{name}").FACTS for name in PLATFORMS
}
