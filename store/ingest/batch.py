"""A batch of messages as the documents it tells of, before it is compared with MongoDB. Pure.

Within a batch the same post, account, visit or raw answer is merged once, by the same rules by
which the writer then merges with what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from model.items import AccountItem, PostItem
from model.messages import Harvest, HarvestPage, VisitClosed
from model.platform import PlatformName
from model.platforms import FACTS
from model.platforms.definitions import Subject, definitions_in_force
from store.database import Document
from store.ingest import attempts, entities, merging, raw, readings
from store.keys import instant, reading_id, stands_for

Documents = dict[str, Document]


@dataclass(slots=True)
class Folded:
    """Documents by `_id`, collection by collection."""

    posts: Documents = field(default_factory=dict)
    post_readings: Documents = field(default_factory=dict)
    accounts: Documents = field(default_factory=dict)
    """As observed: without what the registry says."""
    account_readings: Documents = field(default_factory=dict)
    visits: Documents = field(default_factory=dict)
    gone: Documents = field(default_factory=dict)
    raw: Documents = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """Accounts whose data this is, and platforms where an account is not known."""
    unresolved: int = 0
    """Accounts that were named by a handle alone, in a page of several accounts."""


def fold(batch: Iterable[tuple[Harvest, bytes | None]]) -> Folded:
    """Raises Unwritable for a message with something that MongoDB cannot hold."""
    folded = Folded()
    for message, body in batch:
        if isinstance(message, VisitClosed):
            visit = attempts.closed(message)
            folded.touched.add(visit["account"])
            keep(folded.visits, visit, merging.merge_visits)
        else:
            _page(folded, message, body)
    return folded


def _page(folded: Folded, page: HarvestPage, body: bytes | None) -> None:
    origin = _Origin(page)
    folded.touched.update(origin.visits)
    if body is not None:
        keep(folded.raw, raw.document(page, body), merging.merge_answers)
    for post in page.posts:
        _post(folded, origin, post)
    for account in page.accounts:
        _account(folded, origin, account)
    observed_at = instant(page.raw.observed_at)
    for post_id in page.gone:
        key = _key(page.platform, post_id)
        folded.gone[reading_id(key, observed_at)] = {
            "_id": reading_id(key, observed_at),
            "post": key,
            "observed_at": observed_at,
            "slot": stands_for(origin.slot, observed_at),
        }


class _Origin:
    """Where a page's rows come from: its slot, its raw answer, and each account's visits."""

    def __init__(self, page: HarvestPage) -> None:
        self.slot = instant(page.slot)
        self._raw = page.raw.sha256
        self.visits: dict[str, list[str]] = {}
        for visit in sorted(set(page.visits)):
            self.visits.setdefault(_account_of(visit), []).append(visit)
        self.only = next(iter(self.visits)) if len(self.visits) == 1 else None

    def row(self, kind: str, subject: str, core: Document, account: str | None) -> Document:
        """The reading as a row of its collection; `kind` is post or account."""
        return {
            "_id": reading_id(subject, core["slot"]),
            kind: subject,
            **core,
            "raw": [self._raw],
            "visits": self.visits.get(account, []) if account else [],
        }


def _post(folded: Folded, origin: _Origin, item: PostItem) -> None:
    key = _key(item.platform, item.id)
    observed_at = instant(item.observed_at)
    span: Document = {"first_seen": observed_at, "last_seen": observed_at}
    account = _key(item.platform, item.account) if item.account else origin.only
    folded.touched.add(account or item.platform)
    document = entities.post_document(key, item, account, span)
    slot = stands_for(origin.slot, observed_at)
    definitions = _in_force(item.platform, "post", observed_at.date(), item.type)
    core = readings.reading(item.counts, slot, observed_at, item.reactions, definitions)
    if core is not None:
        document["latest"] = core
        row = origin.row("post", key, core, account)
        row["source"] = item.source.value
        keep(folded.post_readings, row, merging.merge_rows)
    keep(folded.posts, document, merging.merge_posts)


def _account(folded: Folded, origin: _Origin, item: AccountItem) -> None:
    key = _key(item.platform, item.id) if item.id else origin.only
    if key is None:
        folded.unresolved += 1
        return
    observed_at = instant(item.observed_at)
    span: Document = {"first_seen": observed_at, "last_seen": observed_at}
    folded.touched.add(key)
    observed = entities.account_document(item, span)
    definitions = _in_force(item.platform, "account", observed_at.date())
    slot = stands_for(origin.slot, observed_at)
    core = readings.reading(item.counts, slot, observed_at, definitions=definitions)
    if core is not None:
        observed["latest"] = core
        row = origin.row("account", key, core, key)
        row["source"] = item.source.value
        keep(folded.account_readings, row, merging.merge_rows)
    handles = [{"handle": item.handle, **span}] if item.handle else []
    document = {"_id": key, "platform": item.platform, "observed": observed, "handles": handles}
    keep(folded.accounts, document, merging.merge_accounts)


@lru_cache(maxsize=1000)
def _in_force(
    platform: PlatformName, subject: Subject, day: date, post_type: str | None = None
) -> Mapping[str, str]:
    """Of all counters of the platform; what is read together was observed on few days."""
    definitions = FACTS[platform].definitions
    counters = {one.counter for one in definitions}
    return definitions_in_force(definitions, subject, counters, day, post_type)


def keep(
    documents: Documents, document: Document, merge: Callable[[Document, Document], Document]
) -> None:
    """Puts a document among the others of its collection, merged with what is there of it."""
    known = documents.get(document["_id"])
    documents[document["_id"]] = document if known is None else merge(known, document)


def _key(platform: str, native_id: str) -> str:
    return f"{platform}:{native_id}"


def _account_of(visit: str) -> str:
    """`platform:account` from the id of a visit."""
    return ":".join(visit.split(":", 2)[:2])
