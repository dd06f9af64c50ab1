"""What can go wrong between the project and MongoDB.

    StoreError
    ├── Unwritable      this message can never be stored; it is set aside with the reason
    ├── MonthsDiffer    the kept months were cut in another zone or with another delay
    ├── Sealed          a sealed month's edges cannot change
    ├── PauseError      an account is not there, or cannot be rested, removed or resumed then
    │   └── NoReason    a pause lacks its reason
    ├── SchemaError     the documents have another version, or a restore was cut short
    └── BackupError     a backup cannot be written, is not whole, or has no place to go

That MongoDB is away is no error of ours: PyMongo's own exceptions say so, and `is_away` knows them.
"""

from __future__ import annotations

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

OUT_OF_DISK = 14031
_LABELS = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")


class StoreError(Exception):
    """Base of all."""


class Unwritable(StoreError):
    """A message that cannot be stored, whatever the state of the server."""


class MonthsDiffer(StoreError):
    """The months in the database have other edges than the settings ask for."""


class Sealed(StoreError):
    """Months were to be rebuilt with other edges, and one of them is sealed."""


class PauseError(StoreError):
    """An account that is not there, or a pause that cannot begin or end; nothing was changed."""


class NoReason(PauseError):
    """A pause without a reason; nothing was changed."""


class SchemaError(StoreError):
    """The database cannot be worked with as it is; the text says what to do."""


class BackupError(StoreError):
    """A backup that is not made or not restored; the text says what is as it was."""


def is_away(error: PyMongoError) -> bool:
    """Whether the same write may succeed later, when the server is back or less busy."""
    if isinstance(error, ConnectionFailure | WaitQueueTimeoutError | WTimeoutError):
        return True
    if error_code(error) == OUT_OF_DISK:
        return True
    return any(error.has_error_label(label) for label in _LABELS)


def error_code(error: PyMongoError) -> int | None:
    """The server's number for an error; of several writes that failed, the first one's."""
    if isinstance(error, BulkWriteError):
        failed = (error.details or {}).get("writeErrors") or [{}]
        code = failed[0].get("code", error.code)
        return code if isinstance(code, int) else None
    return error.code if isinstance(error, OperationFailure) else None
