"""How two documents of one reading, post, account, visit or raw answer become one. Pure.

All merging is commutative, associative and idempotent: neither the order of the answers nor their
repetition matters. Readings: a value outweighs a reason, an exact value a rounded one, a newer
observation an older one. Posts and accounts: each fact is the newest that any answer told; `told`
names the facts that the newest answer (`last_seen`) did not tell, with the instant at which they
were told; of a post's times of publication all others are kept beside the newest. Visits: the
outcome is that of the newest complete attempt, and only if there is none that of the newest
attempt, so a complete outcome never goes back; of an incomplete visit, `proven_from` is the
earliest that any attempt proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from model.count import Missing
from store.database import Document

_MOST_USES = 10_000
"""Of one answer: pages and visits for which it was had. A document holds 16 MB."""
_WEIGHT = {Missing.NOT_READ.value: 0, Missing.NOT_OFFERED.value: 1, Missing.HIDDEN.value: 2}
CORE = (
    *("slot", "observed_at", "counts", "missing", "steps", "reactions", "older"),
    "definitions",
)
"""What a row, a post's `latest` and a month's post share."""
POST_FACTS = (
    "account",
    "published_at",
    "published_on",
    "type",
    "lang",
    "text",
    "url",
    "pinned",
)
OTHERWISE = "published_otherwise"
"""Other times of publication that answers told of a post, oldest first."""
ACCOUNT_FACTS = ("handle", "name", "created_at", "verified")
_CLAIMS = ("outcome", "complete", "detail", "proof", "proven_from")
"""What an attempt says of itself."""
CONFIRMED_AFTER = timedelta(hours=24)
"""A post is gone if it was absent twice, so far apart, and not seen since."""


def merge_readings(one: Document, other: Document) -> Document:
    """One reading of two of the same slot.

    A value outweighs a reason, an exact value a rounded one, and a newer observation an older one.
    """
    if one == other:
        return one
    observed_at = max(one["observed_at"], other["observed_at"])
    result: Document = {"slot": one["slot"], "observed_at": observed_at, "counts": {}}
    parts: dict[str, Document] = {
        name: {} for name in ("missing", "steps", "reactions", "older", "definitions")
    }
    for name in sorted(_names(one) | _names(other)):
        has_value, first, second, third, definition = max(
            told for told in (_told(one, name), _told(other, name)) if told is not None
        )
        if has_value:
            result["counts"][name] = third
            if first < -1:
                parts["steps"][name] = -first
            if definition:
                parts["definitions"][name] = definition
        else:
            parts["missing"][name] = third
        if second < observed_at:
            parts["older"][name] = second
    _, reacted_at, _, parts["reactions"] = max(_reactions(one), _reactions(other))
    if parts["reactions"] and reacted_at < observed_at:
        parts["older"]["reactions"] = reacted_at
    set_parts(result, **{name: dict(part) for name, part in parts.items()})
    return result


def later(one: Document | None, other: Document | None) -> Document | None:
    """The reading with the later slot; both merged if they share it."""
    if one is None or other is None:
        return one or other
    if one["slot"] == other["slot"]:
        return merge_readings(one, other)
    return one if one["slot"] > other["slot"] else other


def set_parts(result: Document, **parts: Document) -> None:
    """Puts those parts of a reading into it that say something."""
    result.update({name: part for name, part in parts.items() if part})


def _names(of: Document) -> set[str]:
    return {*of["counts"], *of.get("missing", ())}


def _told(of: Document, name: str) -> tuple[bool, int, datetime, int | str, str] | None:
    """How a reading tells a counter; the greater tuple is the better knowledge. The definition in
    force comes last: of one and the same value the newer definition is kept."""
    at = of.get("older", {}).get(name, of["observed_at"])
    if name in of["counts"]:
        definition = of.get("definitions", {}).get(name, "")
        return True, -of.get("steps", {}).get(name, 1), at, of["counts"][name], definition
    reason = of.get("missing", {}).get(name)
    return None if reason is None else (False, _WEIGHT[reason], at, reason, "")


def _reactions(of: Document) -> tuple[bool, datetime, list[tuple[str, int]], Document]:
    kinds = of.get("reactions", {})
    at = of.get("older", {}).get("reactions", of["observed_at"])
    return bool(kinds), at, sorted(kinds.items()), kinds


def core(of: Document) -> Document:
    """The reading alone, without whose it is and where it came from."""
    return {name: of[name] for name in CORE if name in of}


def merge_rows(one: Document, other: Document) -> Document:
    """One row of two of the same subject and slot; it names all raw answers and visits."""
    if one == other:
        return one
    newest = max((one["observed_at"], one["source"]), (other["observed_at"], other["source"]))
    return {
        **{name: one[name] for name in ("_id", "post", "account") if name in one},
        **merge_readings(core(one), core(other)),
        "source": newest[1],
        "raw": sorted({*one["raw"], *other["raw"]}),
        "visits": sorted({*one["visits"], *other["visits"]}),
    }


def merge_accounts(one: Document, other: Document) -> Document:
    """One document of two of the same account; what the registry says of it stays as it is."""
    result = {**other, **one}
    if "observed" in one and "observed" in other:
        result["observed"] = merge_seen(one["observed"], other["observed"], ACCOUNT_FACTS)
    result["handles"] = merge_handles(one.get("handles", ()), other.get("handles", ()))
    return result


def merge_posts(one: Document, other: Document) -> Document:
    """Both documents of one post as one, with what follows from them about its absence."""
    if one == other:
        return one
    result = merge_seen(one, other, POST_FACTS)
    dates = {at for of in (one, other) for at in (*of.get(OTHERWISE, ()), of.get("published_at"))}
    if others := dates - {None, result.get("published_at")}:
        result[OTHERWISE] = sorted(others)
    known = [*one.get("absences", ()), *other.get("absences", ())]
    return with_absences(result, known) if known else result


def merge_seen(one: Document, other: Document, facts: Sequence[str]) -> Document:
    """The newest of each fact, the span of sightings, the later reading."""
    newer, older = (one, other) if one["last_seen"] >= other["last_seen"] else (other, one)
    result = {**older, **newer}
    result["first_seen"] = min(one["first_seen"], other["first_seen"])
    latest = later(one.get("latest"), other.get("latest"))
    if latest is not None:
        result["latest"] = latest
    if _needs_care(newer, older, facts):
        result.pop("told", None)
        result.update(_newest(newer, older, facts))
    return result


def _needs_care(newer: Document, older: Document, facts: Sequence[str]) -> bool:
    """Whether overlaying the newer document on the older one would not do."""
    return (
        newer["last_seen"] == older["last_seen"]
        or "told" in newer
        or "told" in older
        or any(name in older and name not in newer for name in facts)
    )


def _newest(one: Document, other: Document, facts: Sequence[str]) -> Document:
    result: Document = {}
    told: dict[str, datetime] = {}
    last_seen = max(one["last_seen"], other["last_seen"])
    for name in facts:
        versions = [_version(of, name) for of in (one, other) if name in of]
        if versions:
            at, _, result[name] = max(versions, key=lambda version: version[:2])
            if at < last_seen:
                told[name] = at
    return {**result, "told": told} if told else result


def _version(of: Document, name: str) -> tuple[datetime, str, Any]:
    """When a fact was told; of two told at the same instant the greater text is taken."""
    return of.get("told", {}).get(name, of["last_seen"]), str(of[name]), of[name]


def with_absences(document: Document, absences: Iterable[Document]) -> Document:
    """The post with the absences that no later sighting revoked.

    An absence has `observed_at` and `slot` (the instant it stands for). `absent_since` is the
    first, `gone_at` the first one at least a day after that.
    """
    names = ("absences", "absent_since", "gone_at")
    result = {name: value for name, value in document.items() if name not in names}
    held = {
        (absence["observed_at"], absence["slot"])
        for absence in absences
        if absence["observed_at"] > document["last_seen"]
    }
    if not held:
        return result
    result["absences"] = [{"observed_at": at, "slot": slot} for at, slot in sorted(held)]
    result["absent_since"] = since = min(held)[0]
    confirmed = [at for at, _ in held if at >= since + CONFIRMED_AFTER]
    if confirmed:
        result["gone_at"] = min(confirmed)
    return result


def merge_handles(*lists: Sequence[Document]) -> list[Document]:
    """The handles an account was seen under, with first and last sighting, oldest first."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for entry in (entry for handles in lists for entry in handles):
        first, last = spans.get(entry["handle"], (entry["first_seen"], entry["last_seen"]))
        span = min(first, entry["first_seen"]), max(last, entry["last_seen"])
        spans[entry["handle"]] = span
    ordered = sorted(spans.items(), key=lambda item: (item[1], item[0]))
    return [
        {"handle": handle, "first_seen": first, "last_seen": last}
        for handle, (first, last) in ordered
    ]


def merge_visits(one: Document, other: Document) -> Document:
    """One document of two of the same visit."""
    return with_attempts(one, [*one["attempts"], *other["attempts"]])


def with_attempts(document: Document, attempts: Sequence[Document]) -> Document:
    """The visit with these attempts, each once, in order of time."""
    distinct = {_attempt_order(attempt): attempt for attempt in attempts}
    ordered = _without_lost_pages(
        [attempt for _, attempt in sorted(distinct.items(), key=lambda item: item[0])]
    )
    counts = max(ordered, key=lambda attempt: (attempt["complete"], _attempt_order(attempt)))
    names = ("outcome", "complete", "observed_at", "detail", "retry_at", "proof", "doubt")
    derived = (*names, "proven_from")
    result = {name: value for name, value in document.items() if name not in derived}
    result.update({name: counts[name] for name in names if name in counts})
    proven = [attempt["proven_from"] for attempt in ordered if "proven_from" in attempt]
    if proven and not counts["complete"]:
        result["proven_from"] = min(proven)
    result["attempts"] = ordered
    result["calls"] = sum(attempt["calls"] for attempt in ordered)
    return result


def _without_lost_pages(ordered: Sequence[Document]) -> list[Document]:
    """No attempt is complete if a page of it, had since the attempt before, was set aside.

    It keeps what it was said to be in `claimed`, so that the result follows from all attempts.
    """
    result: list[Document] = []
    lost: Document | None = None
    for attempt in ordered:
        result.append(attempt if attempt.get("lost_page") else _judged(attempt, lost))
        lost = attempt if attempt.get("lost_page") else None
    return result


def _judged(attempt: Document, lost: Document | None) -> Document:
    """An attempt beside the page that was lost to it."""
    said: Document = {name: fact for name, fact in attempt.items() if name != "claimed"}
    said.update(attempt.get("claimed", {}))
    if lost is None or not (said["complete"] or "proven_from" in said):
        return said
    claim = {name: said[name] for name in _CLAIMS if name in said}
    kept = {name: fact for name, fact in said.items() if name not in _CLAIMS}
    failed = {name: lost[name] for name in ("outcome", "complete", "detail")}
    return {**kept, **failed, "claimed": claim}


def _attempt_order(attempt: Document) -> tuple[datetime, int, str, str, int, str, str]:
    claim = attempt.get("claimed", attempt)
    return (
        attempt["observed_at"],
        attempt["attempt"],
        claim["outcome"],
        claim["detail"],
        attempt["calls"],
        str(attempt.get("retry_at")),
        " ".join(attempt.get("seen", ())),
    )


def merge_answers(one: Document, other: Document) -> Document:
    """Of the same bytes had twice, where and when they were had first, and all they were for.

    The bytes themselves stay those of `one`, which is stored already. Of what platforms answer to
    thousands of calls alike ("no posts"), the newest uses are kept.
    """
    pages = {_page_order(page): page for of in (one, other) for page in of.get("pages", ())}
    first: Document = min((one, other), key=origin)
    kept = {name: one[name] for name in ("size", "body")}
    versions = [of["version"] for of in (one, other) if "version" in of]
    if versions:
        kept["version"] = max(versions)
    return {**first, **kept, "pages": _latest_uses([pages[key] for key in sorted(pages)])}


def _latest_uses(pages: list[Document]) -> list[Document]:
    """The last ones in which so many visits are named; in whatever order they came together."""
    named = accumulate(1 + len(page["visits"]) for page in reversed(pages))
    kept = sum(number <= _MOST_USES for number in named)
    return pages[len(pages) - max(kept, 1) :]


def _page_order(page: Document) -> tuple[datetime, datetime, str]:
    return page["observed_at"], page["slot"], " ".join(page["visits"])


def origin(of: Document) -> tuple[datetime, str, str, str, int]:
    """Orders the same bytes by where they came from."""
    return of["observed_at"], of["url"], of["endpoint"], of["platform"], of["status"]
