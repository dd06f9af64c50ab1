"""Why a server cannot be used, in words without addresses: drivers may name a password."""

from __future__ import annotations

import re

from pymongo.errors import (
    ConfigurationError,
    InvalidURI,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
)
from redis.exceptions import AuthenticationError, ReadOnlyError, RedisError, ResponseError

from model.servers import password_in

STANDALONE = "is a standalone server, no member of a replica set"
READ_ONLY = "is a read-only member, not the primary one"
REPLICA = "is a read-only replica of another server"
TOO_SLOW = "does not answer in time"
_REFUSED = "refuses the user or the password"
UNREADABLE = (
    "has an address that cannot be read: in a password, @ is written %40, / is %2F, : is %3A and "
    "% is %25"
)
_SCHEMES = {
    "MongoDB": ("mongodb://", "mongodb+srv://"),
    "Redis": ("redis://", "rediss://", "redis+sentinel://", "unix://"),
}
_PHRASES = (
    ("refused", "cannot be reached: the connection is refused"),
    ("name or service not known", "cannot be reached: there is no host of this name"),
    ("name resolution", "cannot be reached: there is no host of this name"),
    ("nodename nor servname", "cannot be reached: there is no host of this name"),
    ("no route to host", "cannot be reached: there is no route to the host"),
    ("network is unreachable", "cannot be reached: the network is down"),
    ("ssl", "cannot be reached: no agreement about TLS"),
    ("no primary", "has no primary member now"),
    ("no replica set members", "has no primary member now"),
    ("timed out", TOO_SLOW),
    ("timeout", TOO_SLOW),
)
_CODES = {
    13: "does not permit what CityReach does there",
    18: _REFUSED,
    20: STANDALONE,
    8000: _REFUSED,
    10107: READ_ONLY,
    11602: READ_ONLY,
    13435: READ_ONLY,
    14031: "has no room left on its disk",
}


def ambiguous(uri: str) -> bool:
    """Whether a password holds signs that end it too early."""
    return bool(set("@/?#") & set(password_in(uri)))


def wrong_address(server: str, uri: str) -> str:
    """What is wrong with the address of MongoDB or Redis before anybody is asked, as the end of a
    sentence about it; empty where nothing is."""
    schemes = _SCHEMES[server]
    # Other schemes of sentinels and of clusters are told of where such addresses are read.
    of_redis = server == "Redis" and re.match(r"(?i)rediss?(\+\w+)?://", uri)
    if not of_redis and not uri.lower().startswith(schemes):
        return f"has an address that begins with none of {', '.join(schemes)}"
    return UNREADABLE if ambiguous(uri) else ""


def why_unusable(error: Exception) -> str:
    """What is wrong with the server that gave the error, as the end of a sentence about it."""
    if isinstance(error, NotPrimaryError):
        return READ_ONLY
    if isinstance(error, InvalidURI) or (
        isinstance(error, ValueError) and not isinstance(error, PyMongoError)
    ):
        return UNREADABLE
    if isinstance(error, ConfigurationError):
        return _phrase(error) or "has an address with an option that cannot be used"
    if isinstance(error, OperationFailure):
        return _CODES.get(error.code or -1, f"refuses a request (code {error.code})")
    if isinstance(error, ReadOnlyError):
        return REPLICA
    if isinstance(error, AuthenticationError) or "NOAUTH" in str(error):
        return _REFUSED
    if isinstance(error, ResponseError):
        return _response(str(error))
    return _phrase(error) or f"cannot be used: {type(error).__name__}"


def _response(said: str) -> str:
    """Of Redis: the first word is the kind of error."""
    kind = said.partition(" ")[0]
    known = {
        "OOM": "has no memory left",
        "LOADING": "is still loading its data",
        "MISCONF": "cannot save its data: is its disk full?",
        "NOPERM": "does not permit what CityReach does there",
        "WRONGPASS": _REFUSED,
    }
    return known.get(kind, f"refuses a request ({kind})")


def _phrase(error: Exception) -> str:
    said = str(error).lower()
    return next((words for sign, words in _PHRASES if sign in said), "")


SERVER_ERRORS: tuple[type[Exception], ...] = (PyMongoError, RedisError)
