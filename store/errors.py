"""What can go wrong between the project and MongoDB.

    StoreError
    ├── Unwritable      this message can never be stored; it is set aside with the reason
    ├── MonthsDiffer    the kept months were cut in another zone or with another delay
    └── Sealed          a sealed month cannot be cut anew

That MongoDB is away is no error of ours: PyMongo's own exceptions say so, and `is_away` knows them.
"""

from __future__ import annotations

from pymongo.errors import (
    ConnectionFailure,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

_LABELS = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")


class StoreError(Exception):
    """Base of all."""


class Unwritable(StoreError):
    """A message that cannot be stored, whatever the state of the server."""


class MonthsDiffer(StoreError):
    """The months in the database have other edges than the settings ask for."""


class Sealed(StoreError):
    """Months were to be cut anew, and one of them is sealed."""


def is_away(error: PyMongoError) -> bool:
    """Whether the same write may succeed later, when the server is back or less busy."""
    if isinstance(error, ConnectionFailure | WaitQueueTimeoutError | WTimeoutError):
        return True
    return any(error.has_error_label(label) for label in _LABELS)
