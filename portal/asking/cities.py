"""The city that a parameter names."""

from __future__ import annotations

from portal.asking.asked import Asked
from portal.asking.choices import check_choice


def check_known_city(asked: Asked, city: str) -> None:
    """Raises AccessError for one that there is not. For whom one city is theirs, another looks like
    one that is not there: see `Reading.city`."""
    if asked.known.sees_all:
        check_choice("city", city, asked.portal.cities, may_lack=True)
