"""The versions of the mappers, by platform."""

from __future__ import annotations

from collections.abc import Mapping

from model.platform import PlatformName

MAPPER_VERSIONS: Mapping[PlatformName, int] = {
    "facebook": 1,
    "x": 1,
    "instagram": 1,
    "youtube": 1,
    "tiktok": 1,
}
"""Raised whenever a mapper reads an answer differently than before; `cityreach replay` then brings
the readings of stored answers up to it and notes the version on those it changed.
"""
