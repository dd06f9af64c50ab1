"""Accounts that have had another handle: when, from which, and whether somebody else has it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.database import ACCOUNTS, Store
from store.quality.flags import renames, reuses


@dataclass(frozen=True, slots=True)
class Rename:
    """One change of a handle."""

    account: str
    platform: str
    city: str | None
    before: str
    after: str
    at: datetime
    """When the new one was seen first."""
    newest: bool
    """The account has this handle still, as far as it was seen."""
    registered: bool
    """The registry has the new handle too, or a newer one."""
    taken_by: str | None
    """Another account that was seen under the handle of before, later."""


def renamed(db: Store) -> list[Rename]:
    """All that were seen, the newest first."""
    fields = ("platform", "handle", "handles", "city")
    accounts = list(db[ACCOUNTS].find({}, dict.fromkeys(fields, True)))
    taken = {
        (one.platform, str(one.facts["handle"]).lower()): one.account for one in reuses(accounts)
    }
    found: list[Rename] = []
    for account in accounts:
        changes = list(renames(account))
        for place, one in enumerate(changes, 1):
            before, after = str(one.facts["from"]), str(one.facts["to"])
            later = {str(change.facts["to"]).lower() for change in changes[place - 1 :]}
            by = taken.get((one.platform, before.lower()))
            found.append(
                Rename(
                    account=account["_id"],
                    platform=one.platform,
                    city=account.get("city"),
                    before=before,
                    after=after,
                    at=one.at,
                    newest=place == len(changes),
                    registered=str(account.get("handle", "")).lower() in later,
                    taken_by=by if by != account["_id"] else None,
                )
            )
    return sorted(found, key=lambda one: (one.at, one.account), reverse=True)
