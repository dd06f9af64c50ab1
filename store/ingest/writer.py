"""The one writer of what was crawled.

A batch is written in transactions: a killed writer leaves all of one or nothing. What is stored is
merged with what the messages tell by rules that neither order nor repetition changes, so the same
batch may be written again at any time, by anybody.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count

from bson.errors import BSONError
from pymongo.client_session import ClientSession
from pymongo.errors import (
    AutoReconnect,
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

from model.backoff import Backoff
from model.messages import Harvest, HarvestPage
from model.months import Months
from store.database import Store
from store.errors import Unwritable, is_away
from store.ingest.batch import Folded, fold
from store.ingest.orphans import end_abandoned
from store.ingest.seals import keep_months
from store.ingest.transaction import Transaction, Written

HarvestMessage = tuple[Harvest, bytes | None]
PATIENCE = timedelta(seconds=3)
"""How long another writer's transaction may stand in the way."""
_POSTS_AT_ONCE = 2000
"""Posts a transaction holds at most, so that it stays far below the server's limits."""
_DUPLICATE = 11000
_TRANSIENT = "TransientTransactionError"
_UNKNOWN = "UnknownTransactionCommitResult"
_COMMITS = 5
_BACKOFF = Backoff(first=0.01, most=0.3)
_REFUSALS = (BulkWriteError, WriteError, DocumentTooLarge)
_UNENCODABLE = (BSONError, OverflowError, UnicodeError)


class Writer:
    """Writes batches of the harvest; several may run at the same time."""

    def __init__(
        self,
        db: Store,
        months: Months | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._db = db
        self._patience = patience
        self._months = months or Months()
        self._prepared = False

    def prepare(self) -> None:
        """Raises MonthsDiffer if the database keeps months of another zone or delay."""
        if not self._prepared:
            keep_months(self._db, self._months)
            self._prepared = True

    def write(self, batch: Sequence[HarvestMessage]) -> Written:
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
        for pause in _pauses(self._patience):
            try:
                return self._attempt(folded)
            except _MetAnotherWriter:
                time.sleep(pause)
        # A living writer's transaction ends much sooner.
        end_abandoned(self._db, self._patience)
        return self._attempt(folded)

    def _attempt(self, folded: Folded) -> Written:
        try:
            return self._in_transaction(folded)
        except PyMongoError as error:
            if _met_another_writer(error):
                raise _MetAnotherWriter(str(error)) from error
            if is_away(error) or not isinstance(error, _REFUSALS):
                raise
            raise Unwritable(f"MongoDB refuses it: {error}") from error
        except _UNENCODABLE as error:
            raise Unwritable(f"MongoDB refuses it: {error}") from error

    def _in_transaction(self, folded: Folded) -> Written:
        snapshot, majority = ReadConcern("snapshot"), WriteConcern("majority", j=True)
        with (
            self._db.client.start_session() as session,
            session.start_transaction(read_concern=snapshot, write_concern=majority),
        ):
            written = Transaction(self._db, session, self._months, folded).run()
            _commit(session)
            return written


class _MetAnotherWriter(AutoReconnect):
    """Another transaction holds the same account. Passed on it means what its base says: later."""


def _pauses(patience: timedelta) -> Iterator[float]:
    """Growing, in seconds; together they last about as long as the patience does."""
    left = patience.total_seconds()
    for failures in count():
        if left <= 0:
            return
        pause = _BACKOFF.delay(failures)
        yield min(pause, left)
        left -= pause


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


def _parts(batch: Sequence[HarvestMessage]) -> Iterator[list[HarvestMessage]]:
    part: list[HarvestMessage] = []
    posts = 0
    for entry in batch:
        part.append(entry)
        posts += len(entry[0].posts) if isinstance(entry[0], HarvestPage) else 1
        if posts >= _POSTS_AT_ONCE:
            yield part
            part, posts = [], 0
    if part:
        yield part
