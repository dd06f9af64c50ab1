"""Rows of the reading collections and of accounts, merged with others of the same `_id`. Pure."""

from __future__ import annotations

from store.database import Document
from store.ingest import entities, readings

CORE = ("slot", "observed_at", "counts", "missing", "steps", "reactions", "older")
"""What a row, a post's `latest` and a month's post share."""


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
        **readings.merge_readings(core(one), core(other)),
        "source": newest[1],
        "raw": sorted({*one["raw"], *other["raw"]}),
        "visits": sorted({*one["visits"], *other["visits"]}),
    }


def merge_accounts(one: Document, other: Document) -> Document:
    """One document of two of the same account; what the registry says of it stays as it is."""
    result = {**other, **one}
    if "observed" in one and "observed" in other:
        result["observed"] = entities.merge_seen(
            one["observed"], other["observed"], entities.ACCOUNT_FACTS
        )
    result["handles"] = entities.merge_handles(one.get("handles", ()), other.get("handles", ()))
    return result
