"""The one writer of what was crawled.

A batch is written in transactions: a killed writer leaves all of one or nothing. What is stored is
merged with what the messages tell by rules that neither order nor repetition changes, so the same
batch may be written again at any time, by anybody.

What goes wrong is the server's fault or the batch's. While the server takes no other writes either,
its error is raised; otherwise the batch is Unwritable, and its reader finds the message by halving.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import NoReturn

import msgspec
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
from store.database import COLLECTIONS, Document, Store
from store.errors import StoreError, Unwritable, is_away
from store.ingest import merging
from store.ingest.batch import Folded, fold, keep
from store.ingest.orphans import end_abandoned
from store.ingest.seals import keep_months
from store.ingest.transaction import Transaction, Written

HarvestMessage = tuple[Harvest, bytes | None]
PATIENCE = timedelta(seconds=3)
"""How long another writer's transaction may stand in the way."""
_ROWS_AT_ONCE = 2000
"""Posts after which a transaction ends, so that it stays far below the server's limits."""
_DUPLICATE = 11000
_TRANSIENT = "TransientTransactionError"
_UNKNOWN = "UnknownTransactionCommitResult"
_COMMITS = 5
_BACKOFF = Backoff(first=0.01, most=0.3)
_KNOWN = (BulkWriteError, WriteError, DocumentTooLarge, BSONError, OverflowError, UnicodeError)
"""What MongoDB says of documents that it cannot hold."""
_PROBE = "probe"
log = logging.getLogger(__name__)


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

        Raises Unwritable if a message can never be stored, whatever is wrong with it; MonthsDiffer
        as `prepare` does; and PyMongo's errors while the server is away (`errors.is_away`) or
        refuses every write; Conflict where another transaction stood in the way all the time. Parts
        of the batch may have been stored then.
        """
        self.prepare()
        written = Written()
        for part in _parts(batch):
            written += self._write(_folded(part))
        return written

    def end_visits(self, ends: Iterable[Document]) -> None:
        """Stores the ends of visits (`set_aside.ends_of_visits`). Raises as `write` does."""
        self.prepare()
        folded = Folded()
        for visit in ends:
            keep(folded.visits, visit, merging.merge_visits)
            folded.touched.add(visit["account"])
        if folded.visits:
            self._write(folded)

    def _write(self, folded: Folded) -> Written:
        for pause in _pauses(self._patience):
            try:
                return self._attempt(folded)
            except Conflict:
                time.sleep(pause)
        # A living writer's transaction ends much sooner.
        end_abandoned(self._db, self._patience)
        return self._attempt(folded)

    def _attempt(self, folded: Folded) -> Written:
        try:
            return self._in_transaction(folded)
        except StoreError:
            raise
        except PyMongoError as error:
            if _met_another_writer(error):
                raise Conflict(str(error)) from error
            if is_away(error):
                raise
            self._refused(error)
        except Exception as error:  # noqa: BLE001
            self._refused(error)

    def _refused(self, error: Exception) -> NoReturn:
        """Raises Unwritable, or what the server says where it takes no other writes either."""
        self._probe()
        raise _unwritable(error) from error

    def _probe(self) -> None:
        """Writes into each collection and takes it back. Raises what the server raises."""
        with self._db.client.start_session() as session, session.start_transaction():
            for name in COLLECTIONS:
                self._db[name].update_one(
                    {"_id": _PROBE}, {"$set": {_PROBE: True}}, upsert=True, session=session
                )
            session.abort_transaction()

    def _in_transaction(self, folded: Folded) -> Written:
        snapshot, majority = ReadConcern("snapshot"), WriteConcern("majority", j=True)
        with (
            self._db.client.start_session() as session,
            session.start_transaction(read_concern=snapshot, write_concern=majority),
        ):
            written = Transaction(self._db, session, self._months, folded).run()
            _commit(session)
            return written


def _folded(part: Sequence[HarvestMessage]) -> Folded:
    try:
        return fold(part)
    except StoreError:
        raise
    except Exception as error:
        raise _unwritable(error) from error


def _unwritable(error: Exception) -> Unwritable:
    """The reason for which a message is set aside; what nobody foresaw is logged in full."""
    if isinstance(error, _KNOWN):
        return Unwritable(f"MongoDB refuses it: {error}")
    log.error("a batch cannot be written", exc_info=error)
    return Unwritable(f"cannot be written: {type(error).__name__}: {error}")


class Conflict(AutoReconnect):
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
        failed = (error.details or {}).get("writeErrors", [])
        if failed and all(write.get("code") == _DUPLICATE for write in failed):
            return True
    return isinstance(error, DuplicateKeyError) or error.has_error_label(_TRANSIENT)


def _parts(batch: Sequence[HarvestMessage]) -> Iterator[list[HarvestMessage]]:
    part: list[HarvestMessage] = []
    rows = 0
    for entry in (piece for message in batch for piece in _pieces(message)):
        part.append(entry)
        rows += _rows(entry[0])
        if rows >= _ROWS_AT_ONCE:
            yield part
            part, rows = [], 0
    if part:
        yield part


def _rows(message: Harvest) -> int:
    return len(message.posts) + len(message.gone) if isinstance(message, HarvestPage) else 1


def _pieces(entry: HarvestMessage) -> Iterator[HarvestMessage]:
    """A large page as several, each for a transaction of its own; the first with all that is there
    once.
    """
    page, body = entry
    if not isinstance(page, HarvestPage) or _rows(page) <= _ROWS_AT_ONCE:
        yield entry
        return
    for start in range(0, max(len(page.posts), len(page.gone)), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        piece = msgspec.structs.replace(
            page,
            accounts=page.accounts if start == 0 else (),
            posts=page.posts[rows],
            gone=page.gone[rows],
        )
        yield piece, body if start == 0 else None
