"""Documents of an earlier version made those of this one, step by step; cut short, it goes on.

To version 2: a post that one look alone had missed before the cut-off counts as it was last read,
until a second look misses it. The posts of months that are not sealed are put right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from model.period import Period
from store.database import MONTH_POSTS, Store, ensure_indexes
from store.ingest.seals import kept_months, sealed
from store.month.kept import put_right, verify_month
from store.schema import (
    documents_version,
    note_piece,
    note_upgraded,
    pieces_done,
    refuse_half_restored,
    refuse_newer,
)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What leads to one version. Each piece can be done twice without harm."""

    to: int
    title: str
    pieces: Callable[[Store], Sequence[str]]
    changes: Callable[[Store, str], int]
    """How many documents of a piece would change."""
    apply: Callable[[Store, str], int]
    """Changes them; how many."""


@dataclass(frozen=True, slots=True)
class UpgradeStep:
    """One piece of an upgrade, as it was found or done."""

    to: int
    title: str
    piece: str
    changed: int | None
    """Documents; None for a piece that was done before."""


def upgrade(db: Store, *, dry_run: bool) -> Iterator[UpgradeStep]:
    """Does what is left to do, piece by piece, and says each; with `dry_run`, what would be done.

    No other part may run meanwhile. Raises SchemaError for a newer or half restored database.
    """
    refuse_half_restored(db)
    refuse_newer(documents_version(db), f"database {db.name}")
    if not dry_run:
        ensure_indexes(db)
    for one in UPGRADES:
        if one.to > documents_version(db):
            yield from _through(db, one, dry_run=dry_run)
            if not dry_run:
                note_upgraded(db, one.to)


def _through(db: Store, one: Upgrade, *, dry_run: bool) -> Iterator[UpgradeStep]:
    done = pieces_done(db)
    for piece in one.pieces(db):
        if piece in done:
            yield UpgradeStep(one.to, one.title, piece, None)
            continue
        work = one.changes if dry_run else one.apply
        changed = work(db, piece)
        if not dry_run:
            note_piece(db, piece)
        yield UpgradeStep(one.to, one.title, piece, changed)


def _open_months(db: Store) -> list[str]:
    """The months that are kept and not sealed, by the names in the documents' ids."""
    names: set[str] = set()
    after = ""
    while found := db[MONTH_POSTS].find_one({"_id": {"$gte": after}}, {"_id": 1}, sort=_BY_ID):
        name = found["_id"].partition(":")[0]
        names.add(name)
        after = f"{name};"  # The character after ":".
    return sorted(names - sealed(db))


_BY_ID = [("_id", 1)]


def _period(db: Store, name: str) -> Period:
    months = kept_months(db)
    return Period.month(name) if months is None else months.named(name)


def _months_to_change(db: Store, name: str) -> int:
    return len({one.post for one in verify_month(db, _period(db, name))})


def _put_month_right(db: Store, name: str) -> int:
    return len({one.post for one in put_right(db, _period(db, name))})


UPGRADES = (
    Upgrade(
        to=2,
        title="posts missed by one look alone count as last read",
        pieces=_open_months,
        changes=_months_to_change,
        apply=_put_month_right,
    ),
)
