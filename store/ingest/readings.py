"""Readings as documents. Pure.

A reading holds `slot`, `observed_at`, `counts` (the known values) and, only where there is
something to say, `missing` (reasons), `steps` (rounding steps above 1), `reactions`, `older`
(which of these were observed before `observed_at`, and when) and `definitions` (of counters whose
meaning changed some day: since when it is what it was at that observation, `YYYY-MM-DD`; see
`model.platforms.definitions`). Readings stored before there were definitions have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from model.count import Count, Missing
from store.database import Document
from store.ingest.merging import set_parts


def reading(
    counts: Mapping[str, Count],
    slot: datetime,
    observed_at: datetime,
    reactions: Mapping[str, int] | None = None,
    definitions: Mapping[str, str] | None = None,
) -> Document | None:
    """The reading that an answer gives; None if it read no counter at all.

    `definitions` of counters without a value are left out.
    """
    values: dict[str, int] = {}
    missing: dict[str, str] = {}
    steps: dict[str, int] = {}
    for name, count in counts.items():
        if count.value is None:
            missing[name] = str(count.missing)
        else:
            values[name] = count.value
            if count.step > 1:
                steps[name] = count.step
    if not values and all(reason == Missing.NOT_READ for reason in missing.values()):
        return None
    result: Document = {"slot": slot, "observed_at": observed_at, "counts": values}
    in_force = {name: since for name, since in (definitions or {}).items() if name in values}
    set_parts(
        result,
        missing=missing,
        steps=steps,
        reactions=dict(reactions or {}),
        definitions=in_force,
    )
    return result
