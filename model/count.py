"""One public counter, as a platform showed it. Missing is never zero."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from model.bounds import check_number


class Missing(StrEnum):
    """Why a counter has no value."""

    HIDDEN = "hidden"
    """The owner or the platform hides it on this account or post."""
    NOT_OFFERED = "not_offered"
    """The route does not offer this counter for this kind of post at all."""
    NOT_READ = "not_read"
    """It exists, but this answer did not carry it."""


class Count(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A value, or `None` with the reason; `step` is the rounding step ("541.2K" has 100)."""

    value: int | None = None
    missing: Missing | None = None
    step: int = 1

    def __post_init__(self) -> None:
        if (self.value is None) == (self.missing is None):
            raise ValueError("a count has either a value or a reason why it has none")
        if self.value is not None:
            check_number("a count", self.value)
        check_number("the rounding step of a count", self.step, least=1)

    @classmethod
    def hidden(cls) -> Count:
        """A counter that the owner or the platform hides."""
        return cls(missing=Missing.HIDDEN)

    @classmethod
    def not_offered(cls) -> Count:
        """A counter that this route never shows here."""
        return cls(missing=Missing.NOT_OFFERED)

    @classmethod
    def not_read(cls) -> Count:
        """A counter that this answer does not carry."""
        return cls(missing=Missing.NOT_READ)


MEDIA_LEAVES = (
    "media_articles",
    "media_countries",
    "media_languages",
    "media_outlets",
    "mainstream_articles",
    "positive_articles",
    "positive_share",
    "positive_reprinted",
    "positive_reprinted_mainstream",
)
"""Indicators of an index that are counted from articles in media."""
