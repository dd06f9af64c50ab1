"""Articles of GDELT's list (GAL) that name a city, beside the count from the GKG. Pure.

The list has titles and first sentences in their own language, and no places: an article is about a
city where its name, Chinese or Latin, stands there and can mean no other city of the rules. Such
articles are printed beside and never added, for a name alone is no place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from media.outlets import OutletList
from media.places import PlaceRules
from media.reprints import canonical


@dataclass(frozen=True, slots=True)
class ListedText:
    """One row of the list."""

    url: str
    domain: str
    at: datetime
    text: str
    """Title and first sentence."""


@dataclass(slots=True)
class _Own:
    """Addresses of one city."""

    abroad: set[str] = field(default_factory=set)
    home: set[str] = field(default_factory=set)


def listed_beside(
    rows: Iterable[ListedText],
    rules: PlaceRules,
    outlets: OutletList,
    counted: Mapping[str, Collection[str]],
) -> dict[str, dict[str, int]]:
    """By city: `listed` abroad, `listed_home`, and `listed_only`, those abroad that are not among
    the counted ones. `counted`: canonical addresses by city. Each address counts once."""
    found: dict[str, _Own] = defaultdict(_Own)
    for row in rows:
        address = canonical(row.url)
        for city in rules.cities_named_in(row.text):
            origin = outlets.origin(row.domain or address.partition("/")[0], row.at, (), ())
            own = found[city]
            (own.home if origin.home else own.abroad).add(address)
    return {
        city: {
            "listed": len(own.abroad),
            "listed_home": len(own.home),
            "listed_only": len(own.abroad - set(counted.get(city, ()))),
        }
        for city, own in found.items()
    }
