"""The one writer of what was crawled.

A batch is written in transactions: a killed writer leaves all of one or nothing. What is stored is
merged with what the messages tell by rules that neither order nor repetition changes, so the same
batch may be written again at any time, by anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bson.errors import BSONError
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError, WriteError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from model.messages import Harvest, HarvestPage
from model.period import DEFAULT_DELAY, DEFAULT_ZONE
from store.database import Store
from store.errors import Unwritable, is_away
from store.fold import Folded, fold
from store.months import Months, keep_months
from store.transaction import Transaction, Written

Message = tuple[Harvest, bytes | None]
_POSTS_AT_ONCE = 2000
"""Posts a transaction holds at most, so that it stays far below the server's limits."""
_DUPLICATE = 11000
_ATTEMPTS = 8
_REFUSED = (BSONError, OverflowError, UnicodeError, DocumentTooLarge, WriteError)


class Writer:
    """Writes batches of the harvest; several may run at the same time.

    Raises MonthsDiffer if the database keeps months of another zone or delay.
    """

    def __init__(
        self, db: Store, zone: str = DEFAULT_ZONE, delay: timedelta = DEFAULT_DELAY
    ) -> None:
        self._db = db
        self._months = Months(zone, delay)
        keep_months(db, self._months)

    def write(self, batch: Sequence[Message]) -> Written:
        """Returns when a majority has journaled all of it.

        Raises Unwritable if a message can never be stored, and PyMongo's errors while the server
        is away (`errors.is_away`); parts of the batch may have been stored then.
        """
        written = Written()
        for part in _parts(batch):
            written += self._write(fold(part))
        return written

    def _write(self, folded: Folded) -> Written:
        for _ in range(_ATTEMPTS):
            try:
                return self._in_transaction(folded)
            except (BulkWriteError, DuplicateKeyError) as error:
                if is_away(error):
                    raise
                if not _is_duplicate(error):
                    raise Unwritable(f"MongoDB refuses it: {error}") from error
                # Somebody else inserted the same document meanwhile; now it is read and merged.
            except _REFUSED as error:
                raise Unwritable(f"MongoDB refuses it: {error}") from error
        return self._in_transaction(folded)

    def _in_transaction(self, folded: Folded) -> Written:
        with self._db.client.start_session() as session:
            return session.with_transaction(
                lambda started: Transaction(self._db, started, self._months, folded).run(),
                read_concern=ReadConcern("snapshot"),
                write_concern=WriteConcern("majority", j=True),
            )


def _parts(batch: Sequence[Message]) -> Iterator[list[Message]]:
    part: list[Message] = []
    posts = 0
    for entry in batch:
        part.append(entry)
        posts += len(entry[0].posts) if isinstance(entry[0], HarvestPage) else 1
        if posts >= _POSTS_AT_ONCE:
            yield part
            part, posts = [], 0
    if part:
        yield part


def _is_duplicate(error: BulkWriteError | DuplicateKeyError) -> bool:
    if isinstance(error, DuplicateKeyError):
        return True
    errors = (error.details or {}).get("writeErrors", [])
    return bool(errors) and all(one.get("code") == _DUPLICATE for one in errors)
