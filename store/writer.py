"""The one writer of what was crawled.

A batch is written in transactions: a killed writer leaves all of one or nothing. What is stored is
merged with what the messages tell by rules that neither order nor repetition changes, so the same
batch may be written again at any time, by anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bson.errors import BSONError
from pymongo.client_session import ClientSession
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from model.messages import Harvest, HarvestPage
from model.period import DEFAULT_DELAY, DEFAULT_ZONE
from store.database import TURNS, Store
from store.errors import Unwritable, is_away
from store.fold import Folded, fold
from store.months import Months, keep_months
from store.transaction import Transaction, Written

Message = tuple[Harvest, bytes | None]
_POSTS_AT_ONCE = 2000
"""Posts a transaction holds at most, so that it stays far below the server's limits."""
_DUPLICATE = 11000
_TRANSIENT = "TransientTransactionError"
_UNKNOWN = "UnknownTransactionCommitResult"
_ATTEMPTS = 20
_COMMITS = 5
_REFUSED = (BSONError, OverflowError, UnicodeError)


class Writer:
    """Writes batches of the harvest; several may run at the same time."""

    def __init__(
        self, db: Store, zone: str = DEFAULT_ZONE, delay: timedelta = DEFAULT_DELAY
    ) -> None:
        self._db = db
        self._months = Months(zone, delay)
        self._prepared = False

    def prepare(self) -> None:
        """Raises MonthsDiffer if the database keeps months of another zone or delay."""
        if not self._prepared:
            keep_months(self._db, self._months)
            self._prepared = True

    def write(self, batch: Sequence[Message]) -> Written:
        """Returns when a majority has journaled all of it.

        Raises Unwritable if a message can never be stored, MonthsDiffer as `prepare` does, and
        PyMongo's errors while the server is away (`errors.is_away`); parts of the batch may have
        been stored then.
        """
        self.prepare()
        written = Written()
        for part in _parts(batch):
            written += self._write(fold(part))
        return written

    def _write(self, folded: Folded) -> Written:
        for _ in range(_ATTEMPTS):
            try:
                return self._in_transaction(folded)
            except PyMongoError as error:
                if not _met_another_writer(error):
                    raise _unwritable(error) or error from error
            except _REFUSED as error:
                raise Unwritable(f"MongoDB refuses it: {error}") from error
            self._wait_for_turns(folded)
        return self._in_transaction(folded)

    def _in_transaction(self, folded: Folded) -> Written:
        snapshot, majority = ReadConcern("snapshot"), WriteConcern("majority", j=True)
        with (
            self._db.client.start_session() as session,
            session.start_transaction(read_concern=snapshot, write_concern=majority),
        ):
            written = Transaction(self._db, session, self._months, folded).run()
            _commit(session)
            return written

    def _wait_for_turns(self, folded: Folded) -> None:
        """Returns when the other writer's transaction has ended: outside of one, writes wait."""
        self._db[TURNS].update_many({"_id": {"$in": list(folded.touched)}}, {"$inc": {"n": 1}})


def _commit(session: ClientSession) -> None:
    """Asks again where the answer was lost: a transaction left open would block others a minute."""
    for _ in range(_COMMITS - 1):
        try:
            session.commit_transaction()
            return
        except ServerSelectionTimeoutError:
            raise
        except PyMongoError as error:
            if not error.has_error_label(_UNKNOWN):
                raise
    session.commit_transaction()


def _met_another_writer(error: PyMongoError) -> bool:
    """Whether two transactions wanted the same document, and this one gave way."""
    if isinstance(error, ConnectionFailure):
        return False
    if isinstance(error, BulkWriteError):
        errors = (error.details or {}).get("writeErrors", [])
        if errors and all(one.get("code") == _DUPLICATE for one in errors):
            return True
    return isinstance(error, DuplicateKeyError) or error.has_error_label(_TRANSIENT)


def _unwritable(error: PyMongoError) -> Unwritable | None:
    """What MongoDB refuses because of what it is, not because of how things stand."""
    if is_away(error) or not isinstance(error, BulkWriteError | WriteError | DocumentTooLarge):
        return None
    return Unwritable(f"MongoDB refuses it: {error}")


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
