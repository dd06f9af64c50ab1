"""The type of a platform's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from model.platforms import PLATFORMS

__all__ = ["PLATFORMS", "PlatformName"]

# Messages that name a platform that is not registered are refused when they are decoded, which
# needs a literal type; type checkers cannot read one that is made from a tuple.
if TYPE_CHECKING:
    PlatformName: TypeAlias = str
else:
    PlatformName = Literal[PLATFORMS]
