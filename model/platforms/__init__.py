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


def platform_named(text: str) -> str | None:
    """The platform that goes by a name, in Chinese or English; None: there is none."""
    wanted = text.strip().casefold()
    for name, facts in FACTS.items():
        if wanted in (name, facts.zh.casefold(), facts.en.casefold(), *facts.aliases):
            return name
    return None
