"""What answers that were mapped again change of what is stored. Pure.

What an answer told at an instant, today's mapper tells anew for the same instant, and that counts.
An answer that does not carry a counter says nothing about it: what is stored then stays. So the
result is what would be stored if today's mapper had been at work when the answer came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model.count import Missing
from model.items import VIDEO_TYPES, PostType
from store.database import Document
from store.ingest import merging

_SAYS_NOTHING = Missing.NOT_READ.value


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that replaying changes; `before` and `after` are values, reasons or None."""

    collection: str
    id: str
    field: str
    before: Any
    after: Any


def new_row(stored: Document, anew: Document, whole: bool) -> Document:
    """A reading's row with what its answers tell today; the same document if that is the same.

    `whole`: all the answers the reading was made from are among those mapped again. If one is
    missing, an exact value that may have come from it does not give way to a rounded one.
    """
    core = _reading(merging.core(stored), merging.core(anew), whole)
    if _told_alone(core) == _told_alone(merging.core(stored)):
        return stored
    kept = {name: value for name, value in stored.items() if name not in merging.CORE}
    result = {**kept, **core}
    for name in ("raw", "visits"):
        result[name] = sorted({*stored[name], *anew[name]})
    return {**result, "mapper": anew["mapper"]}


def _told_alone(core: Document) -> Document:
    """Without the definitions in force: they follow from the day, and readings stored before there
    were definitions are no reason to write all rows again."""
    return {name: value for name, value in core.items() if name != "definitions"}


def _reading(stored: Document, anew: Document, whole: bool) -> Document:
    counts, missing = dict(stored["counts"]), dict(stored.get("missing", {}))
    steps, older = dict(stored.get("steps", {})), dict(stored.get("older", {}))
    definitions = dict(stored.get("definitions", {}))
    for name in sorted({*anew["counts"], *anew.get("missing", ())}):
        at = _told_at(anew, name)
        if not _counts(stored, anew, name, at, whole):
            continue
        for part in (counts, missing, steps, older, definitions):
            part.pop(name, None)
        if name in anew["counts"]:
            counts[name] = anew["counts"][name]
            if name in anew.get("steps", ()):
                steps[name] = anew["steps"][name]
            if name in anew.get("definitions", ()):
                definitions[name] = anew["definitions"][name]
        else:
            missing[name] = anew["missing"][name]
        if at < stored["observed_at"]:
            older[name] = at
    reactions = anew.get("reactions") or stored.get("reactions", {})
    parts = {
        "missing": missing,
        "steps": steps,
        "reactions": reactions,
        "older": older,
        "definitions": definitions,
    }
    result = {"slot": stored["slot"], "observed_at": stored["observed_at"], "counts": counts}
    return {**result, **{name: part for name, part in parts.items() if part}}


def _counts(stored: Document, anew: Document, name: str, at: datetime, whole: bool) -> bool:
    """Whether what is told anew of a counter takes the place of what is stored of it."""
    if name not in anew["counts"] and anew["missing"][name] == _SAYS_NOTHING:
        return False
    known = name in stored["counts"] or name in stored.get("missing", ())
    if not known:
        return True
    coarser = anew.get("steps", {}).get(name, 1) > stored.get("steps", {}).get(name, 1)
    return at >= _told_at(stored, name) and (whole or not coarser)


def _told_at(of: Document, name: str) -> datetime:
    at: datetime = of.get("older", {}).get(name, of["observed_at"])
    return at


def new_post(stored: Document, anew: Document) -> Document:
    """A post with the facts its answers tell today. Its latest reading is taken from its rows."""
    return _facts(stored, anew, merging.POST_FACTS)


def new_account(stored: Document, anew: Document) -> Document:
    """An account with what its answers tell today; what the registry says of it stays."""
    result = dict(stored)
    if "observed" in stored and "observed" in anew:
        result["observed"] = _facts(stored["observed"], anew["observed"], merging.ACCOUNT_FACTS)
    elif "observed" in anew:
        result["observed"] = anew["observed"]
    result["handles"] = merging.merge_handles(stored.get("handles", ()), anew.get("handles", ()))
    return result


def _facts(stored: Document, anew: Document, facts: Sequence[str]) -> Document:
    """The newest of each fact; of the same instant, what is told anew."""
    result = merging.merge_seen(stored, anew, facts)
    for name in facts:
        if name in anew and _fact_at(anew, name) == _fact_at(result, name):
            result[name] = _told_fact(stored, anew, name)
    if "latest" in stored:
        result["latest"] = stored["latest"]
    return result


def _told_fact(stored: Document, anew: Document, name: str) -> Any:
    """That a video is live or a short may have been told by another answer than the post's own."""
    if name == "type" and anew[name] == PostType.VIDEO and stored.get(name) in VIDEO_TYPES:
        return stored[name]
    return anew[name]


def _fact_at(of: Document, name: str) -> datetime:
    at: datetime = of.get("told", {}).get(name, of["last_seen"])
    return at


def row_changes(collection: str, stored: Document | None, now: Document) -> Iterable[FieldChange]:
    """Counter by counter: the value or the reason before and after."""
    names = {*_told(now)} if stored is None else {*_told(stored), *_told(now)}
    for name in sorted(names):
        before = None if stored is None else _told(stored).get(name)
        after = _told(now).get(name)
        if before != after:
            yield FieldChange(collection, now["_id"], name, before, after)


def _told(of: Document) -> dict[str, Any]:
    reactions = {f"reactions.{kind}": n for kind, n in of.get("reactions", {}).items()}
    return {**of.get("missing", {}), **of["counts"], **reactions}


def fact_changes(
    collection: str, key: str, stored: Document | None, now: Document, facts: Sequence[str]
) -> Iterable[FieldChange]:
    """Fact by fact; a subject that was not known before is one change."""
    if stored is None:
        yield FieldChange(collection, key, "known", before=False, after=True)
        return
    for name in facts:
        if stored.get(name) != now.get(name):
            yield FieldChange(collection, key, name, stored.get(name), now.get(name))
