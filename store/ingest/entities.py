"""What is known of a post or an account, as a document that grows with each answer. Pure.

Each fact is the newest that any answer told. `told` names the facts that the newest answer
(`last_seen`) did not tell, with the instant at which they were told. Merging is commutative,
associative and idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from model.items import AccountItem, PostItem
from store.database import Document
from store.ingest import readings
from store.keys import instant

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
ACCOUNT_FACTS = ("handle", "name", "created_at", "verified")
CONFIRMED_AFTER = timedelta(hours=24)
"""A post is gone if it was absent twice, so far apart, and not seen since."""


def post_document(key: str, item: PostItem, account: str | None, span: Document) -> Document:
    """What one answer tells of a post; `span` holds `first_seen` and `last_seen`."""
    result: Document = {"_id": key, "platform": item.platform, **span, "pinned": item.pinned}
    facts = {
        "account": account,
        "published_at": instant(item.published_at) if item.published_at else None,
        "published_on": item.published_on.isoformat() if item.published_on else None,
        "type": item.type.value if item.type else None,
        "lang": item.lang,
        "text": item.text,
        "url": item.url,
    }
    result.update({name: fact for name, fact in facts.items() if fact is not None})
    return result


def account_document(item: AccountItem, span: Document) -> Document:
    """What one answer tells of an account (the `observed` part of its document)."""
    result = dict(span)
    created_at = instant(item.created_at) if item.created_at else None
    facts = {
        "handle": item.handle,
        "name": item.name,
        "created_at": created_at,
        "verified": item.verified,
    }
    result.update({name: fact for name, fact in facts.items() if fact is not None})
    return result


def merge_posts(one: Document, other: Document) -> Document:
    """Both documents of one post as one, with what follows from them about its absence."""
    if one == other:
        return one
    result = merge_seen(one, other, POST_FACTS)
    known = [*one.get("absences", ()), *other.get("absences", ())]
    return with_absences(result, known) if known else result


def merge_seen(one: Document, other: Document, facts: Sequence[str]) -> Document:
    """The newest of each fact, the span of sightings, the later reading."""
    newer, older = (one, other) if one["last_seen"] >= other["last_seen"] else (other, one)
    result = {**older, **newer}
    result["first_seen"] = min(one["first_seen"], other["first_seen"])
    latest = readings.later(one.get("latest"), other.get("latest"))
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
