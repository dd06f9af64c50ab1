"""Maps stored raw answers again and compares with what is stored, a batch of answers at a time.

What today's mappers no longer read in an answer (a post that was none) stays stored: only what an
answer says is compared. That an account or post is gone is not decided anew either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from model.bounds import OutOfBounds
from model.items import Mapped, PostItem
from model.messages import HarvestPage, RawAnswer
from model.platform import PLATFORMS, PlatformName
from store.database import ACCOUNT_READINGS, ACCOUNTS, POST_READINGS, RAW, Document, Store
from store.errors import Unwritable
from store.ingest.batch import Folded, fold
from store.ingest.raw import DamagedAnswer, body_of
from store.keys import instant
from store.replay import remap
from store.replay.absence_repair import ShownPage
from store.replay.harvested import harvested
from store.replay.rewriting import Remapped, Rewriter, compare

Remap = Callable[[PlatformName, bytes, datetime], Mapped]
"""Today's mapper: an answer that cannot be mapped gives no rows and says why in `unmapped`."""
_ANSWERS_AT_ONCE = 100
_ROWS_AT_ONCE = 1500
"""Readings a transaction holds at most (unless a single answer has more)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which answers are mapped again."""

    since: datetime
    until: datetime | None = None
    platform: PlatformName | None = None

    def condition(self) -> Document:
        """On the raw archive; the same bytes may have been had again later."""
        within: Document = {"$gte": instant(self.since)}
        if self.until is not None:
            within["$lt"] = instant(self.until)
        condition: Document = {"pages": {"$elemMatch": {"observed_at": within}}}
        if self.platform is not None:
            condition["platform"] = self.platform
        return condition


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some answers."""

    answers: int
    readings: int
    """How many readings they gave today."""
    changes: tuple[remap.FieldChange, ...]
    unmapped: tuple[tuple[str, str], ...]
    """SHA-256 of an answer, and what in it could not be mapped."""


class Replay:
    """Today's mappers over the archive. `versions`: the mapper's version by platform."""

    def __init__(self, db: Store, remap: Remap, versions: Mapping[PlatformName, int]) -> None:
        self._db = db
        self._remap = remap
        self._versions = versions

    def compared(self, scope: Scope) -> Iterator[Batch]:
        """What would change; each reading's change once. Nothing is written."""
        reported: set[tuple[str, str]] = set()
        for remapped, answers, unmapped in self._batches(scope):
            found = [
                change
                for change in compare(self._db, None, remapped).changes()
                if (change.collection, change.id) not in reported
            ]
            reported.update((change.collection, change.id) for change in found)
            yield Batch(answers, _readings(remapped), tuple(found), unmapped)

    def written(self, scope: Scope, rewriter: Rewriter) -> Iterator[Batch]:
        """Changes what differs, batch after batch; broken off, it can be begun anew."""
        for remapped, answers, unmapped in self._batches(scope):
            changes = rewriter.rewrite(remapped)
            yield Batch(answers, _readings(remapped), tuple(changes), unmapped)

    def _batches(self, scope: Scope) -> Iterator[tuple[Remapped, int, tuple[tuple[str, str], ...]]]:
        mapping = _Mapping(self._db, self._remap, _handles(self._db))
        order = [("observed_at", 1), ("_id", 1)]
        found = self._db[RAW].find(scope.condition(), {"body": False}).sort(order)
        for names in _grouped(answer["_id"] for answer in found):
            answers = list(self._db[RAW].find({"_id": {"$in": names}}).sort(order))
            pages = [page for answer in answers for page in mapping.pages(answer, scope)]
            # Without a page there may still be complaints, which nobody else would pass on.
            for part in list(_parts(pages)) or [[]]:
                yield self._completed(mapping, part), len(part), mapping.complaints()

    def _completed(self, mapping: _Mapping, pages: Sequence[HarvestPage]) -> Remapped:
        """Together with the other answers that the same readings were made from."""
        folded = fold((page, None) for page in pages)
        named = _raw_of(self._db, folded)
        others = {sha for _, shas in named for sha in shas} - {page.raw.sha256 for page in pages}
        found = list(self._db[RAW].find({"_id": {"$in": sorted(others)}}))
        lost = others - {answer["_id"] for answer in found}
        more = [page for answer in found for page in mapping.pages(answer, None)]
        if more:
            _complete(folded, fold((page, None) for page in (*pages, *more)))
        return Remapped(
            folded=folded,
            versions={name: self._versions[name] for name in PLATFORMS},
            pages=tuple(_shown(page) for page in pages),
            parts={key for key, shas in named if not lost.isdisjoint(shas)},
        )


def _complete(folded: Folded, whole: Folded) -> None:
    """Takes the documents over from a fold of more pages, but no further ones."""
    for mine, theirs in (
        (folded.post_readings, whole.post_readings),
        (folded.account_readings, whole.account_readings),
        (folded.posts, whole.posts),
        (folded.accounts, whole.accounts),
    ):
        mine.update({key: theirs[key] for key in mine})


def _readings(remapped: Remapped) -> int:
    return len(remapped.folded.post_readings) + len(remapped.folded.account_readings)


def _raw_of(db: Store, folded: Folded) -> list[tuple[str, list[str]]]:
    """The stored readings among these, and the answers they were made from."""
    return [
        (row["_id"], row["raw"])
        for name, rows in (
            (POST_READINGS, folded.post_readings),
            (ACCOUNT_READINGS, folded.account_readings),
        )
        for row in db[name].find({"_id": {"$in": list(rows)}}, {"raw": True})
    ]


def _grouped(keys: Iterable[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for key in keys:
        group.append(key)
        if len(group) == _ANSWERS_AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def _parts(pages: Iterable[HarvestPage]) -> Iterator[list[HarvestPage]]:
    part: list[HarvestPage] = []
    rows = 0
    for page in pages:
        part.append(page)
        rows += len(page.posts) + len(page.accounts)
        if rows >= _ROWS_AT_ONCE:
            yield part
            part, rows = [], 0
    if part:
        yield part


def _handles(db: Store) -> dict[str, frozenset[str]]:
    """By account, all handles it is or was known by, in lower case."""
    found = db[ACCOUNTS].find({}, {"handle": True, "handles.handle": True})
    return {
        account["_id"]: frozenset(
            name.lower().removeprefix("@")
            for name in (account.get("handle"), *(h["handle"] for h in account.get("handles", ())))
            if name
        )
        for account in found
    }


class _Mapping:
    """From archived answers to the pages that a crawler would harvest today."""

    def __init__(self, db: Store, remap: Remap, handles: Mapping[str, frozenset[str]]) -> None:
        self._db = db
        self._remap = remap
        self._handles = handles
        self._complaints: list[tuple[str, str]] = []

    def complaints(self) -> tuple[tuple[str, str], ...]:
        """What could not be mapped since the last time this was asked."""
        found, self._complaints = tuple(self._complaints), []
        return found

    def pages(self, answer: Document, scope: Scope | None) -> Iterator[HarvestPage]:
        """One page for each time the answer was had (within the scope)."""
        try:
            body = body_of(answer)
        except DamagedAnswer as error:
            self._complaints.append((answer["_id"], str(error)))
            return
        for had in answer["pages"]:
            if scope is None or _within(had["observed_at"], scope):
                page = self._page(answer, had, body)
                if page is not None:
                    yield page

    def _page(self, answer: Document, had: Document, body: bytes) -> HarvestPage | None:
        try:
            page = self._mapped(answer, had, body)
            fold([(page, None)])
        except (OutOfBounds, Unwritable) as error:
            self._complaints.append((answer["_id"], str(error)))
            return None
        return harvested(self._db, page)

    def _mapped(self, answer: Document, had: Document, body: bytes) -> HarvestPage:
        mapped = self._remap(answer["platform"], body, had["observed_at"])
        self._complaints += [(answer["_id"], path) for path in mapped.unmapped]
        return HarvestPage(
            platform=answer["platform"],
            slot=had["slot"],
            visits=tuple(had["visits"]),
            accounts=mapped.accounts,
            posts=tuple(self._owned(post, had["visits"]) for post in mapped.posts),
            raw=RawAnswer(
                sha256=answer["_id"],
                endpoint=answer["endpoint"],
                url=answer["url"],
                status=answer["status"],
                observed_at=had["observed_at"],
                size=answer["size"],
            ),
        )

    def _owned(self, post: PostItem, visits: Sequence[str]) -> PostItem:
        """With its owner, where an answer for several accounts names it in the address alone."""
        accounts = {":".join(visit.split(":", 2)[:2]) for visit in visits}
        if post.account is not None or len(accounts) < 2 or post.url is None:
            return post
        parts = {part.lower().removeprefix("@") for part in post.url.split("/")}
        owners = [one for one in accounts if not parts.isdisjoint(self._handles.get(one, ()))]
        if len(owners) != 1:
            return post
        return msgspec.structs.replace(post, account=owners[0].partition(":")[2])


def _within(observed_at: datetime, scope: Scope) -> bool:
    return observed_at >= scope.since and (scope.until is None or observed_at < scope.until)


def _shown(page: HarvestPage) -> ShownPage:
    posts = tuple(f"{page.platform}:{post.id}" for post in page.posts)
    return ShownPage(page.visits, instant(page.raw.observed_at), posts)
