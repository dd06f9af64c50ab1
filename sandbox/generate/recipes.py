"""The recipes of all platforms."""

from __future__ import annotations

from importlib import import_module

from model.platform import PLATFORMS, PlatformName
from sandbox.world.recipe import Recipe

RECIPES: dict[PlatformName, Recipe] = {
    name: import_module(f"sandbox.{name}.recipe").RECIPE for name in PLATFORMS
}
