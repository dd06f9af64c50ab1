"""Readings as documents, and how several answers for one slot become one reading. Pure.

A reading holds `slot`, `observed_at`, `counts` (the known values) and, only where there is
something to say, `missing` (reasons), `steps` (rounding steps above 1), `reactions` and `older`
(what was told before `observed_at`, and when). Merging is commutative, associative and idempotent:
neither the order of the answers nor their repetition matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from model.count import Count, Missing
from store.database import Document
from store.errors import Unwritable

_LARGEST = 2**63 - 1
_WEIGHT = {Missing.NOT_READ.value: 0, Missing.NOT_OFFERED.value: 1, Missing.HIDDEN.value: 2}


def reading(
    counts: Mapping[str, Count],
    slot: datetime,
    observed_at: datetime,
    reactions: Mapping[str, int] | None = None,
) -> Document | None:
    """The reading that an answer gives; None if it read no counter at all."""
    values: dict[str, int] = {}
    missing: dict[str, str] = {}
    steps: dict[str, int] = {}
    for name, count in counts.items():
        if count.value is None:
            missing[name] = str(count.missing)
        else:
            values[name] = _storable(name, count.value)
            if count.step > 1:
                steps[name] = _storable(name, count.step)
    if not values and all(reason == Missing.NOT_READ for reason in missing.values()):
        return None
    result: Document = {"slot": slot, "observed_at": observed_at, "counts": values}
    _say(result, missing=missing, steps=steps, reactions=dict(reactions or {}))
    return result


def merge_readings(one: Document, other: Document) -> Document:
    """One reading of two of the same slot.

    A value outweighs a reason, an exact value a rounded one, and a newer observation an older one.
    """
    if one == other:
        return one
    observed_at = max(one["observed_at"], other["observed_at"])
    result: Document = {"slot": one["slot"], "observed_at": observed_at, "counts": {}}
    parts: dict[str, Document] = {"missing": {}, "steps": {}, "reactions": {}, "older": {}}
    for name in sorted(_names(one) | _names(other)):
        has_value, first, second, third = max(
            told for told in (_told(one, name), _told(other, name)) if told is not None
        )
        if has_value:
            result["counts"][name] = third
            if first < -1:
                parts["steps"][name] = -first
        else:
            parts["missing"][name] = third
        if second < observed_at:
            parts["older"][name] = second
    _, reacted_at, _, parts["reactions"] = max(_reactions(one), _reactions(other))
    if parts["reactions"] and reacted_at < observed_at:
        parts["older"]["reactions"] = reacted_at
    _say(result, **{name: dict(part) for name, part in parts.items()})
    return result


def later(one: Document | None, other: Document | None) -> Document | None:
    """The reading with the later slot; both merged if they share it."""
    if one is None or other is None:
        return one or other
    if one["slot"] == other["slot"]:
        return merge_readings(one, other)
    return one if one["slot"] > other["slot"] else other


def _say(result: Document, **parts: Document) -> None:
    result.update({name: part for name, part in parts.items() if part})


def _names(of: Document) -> set[str]:
    return {*of["counts"], *of.get("missing", ())}


def _told(of: Document, name: str) -> tuple[bool, int, datetime, int | str] | None:
    """How a reading tells a counter; the greater tuple is the better knowledge."""
    at = of.get("older", {}).get(name, of["observed_at"])
    if name in of["counts"]:
        return True, -of.get("steps", {}).get(name, 1), at, of["counts"][name]
    reason = of.get("missing", {}).get(name)
    return None if reason is None else (False, _WEIGHT[reason], at, reason)


def _reactions(of: Document) -> tuple[bool, datetime, list[tuple[str, int]], Document]:
    kinds = of.get("reactions", {})
    at = of.get("older", {}).get("reactions", of["observed_at"])
    return bool(kinds), at, sorted(kinds.items()), kinds


def _storable(name: str, value: int) -> int:
    if value > _LARGEST or value < 0:
        raise Unwritable(f"counter {name} is {value}; expected 0 to 2**63-1")
    return value
