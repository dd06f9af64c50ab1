"""Whether the servers can be worked with: asked before anything is begun, told in one sentence."""

from __future__ import annotations

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from embedded import ask_mongo, ask_redis
from embedded.reasons import why_unusable, wrong_address
from model.network.sentinels import SentinelAddressError, sentinel_address
from model.servers import masked
from operations.errors import Failed


def readable_address(server: str, uri: str) -> str:
    """The address. Raises Failed where its scheme is none of the server's, where a password in it
    ends too early, so that the rest would be taken for a host, and where it names Sentinels in a
    way that cannot be read."""
    where = f"{server} at {masked(uri)}"
    if wrong := wrong_address(server, uri):
        raise Failed(f"{where} {wrong}")
    try:
        sentinel_address(uri)
    except SentinelAddressError as error:
        raise Failed(f"{where} cannot be read: {error}") from None
    return uri


def require_mongo(uri: str) -> None:
    """Raises Failed where MongoDB is away, refuses us, or is no writable member of a set."""
    answer = ask_mongo(uri)
    if not answer.usable:
        raise Failed(answer.sentence)


def require_redis(uri: str) -> None:
    """Raises Failed where Redis is away, refuses us, or takes no writes."""
    answer = ask_redis(uri)
    if not answer.usable:
        raise Failed(answer.sentence)


def server_sentence(error: Exception, mongo_uri: str, redis_uri: str) -> str | None:
    """What an error of a server's driver means, in one sentence; None for any other error. The
    server is asked once more: an answer of now says more than a broken connection.
    """
    if isinstance(error, PyMongoError):
        answer = ask_mongo(mongo_uri) if mongo_uri else None
        where = f"MongoDB at {masked(mongo_uri)}" if mongo_uri else "MongoDB"
    elif isinstance(error, RedisError):
        answer = ask_redis(redis_uri) if redis_uri else None
        where = f"Redis at {masked(redis_uri)}" if redis_uri else "Redis"
    else:
        return None
    if answer is not None and not answer.usable:
        return answer.sentence
    return f"{where} {why_unusable(error)}; `cityreach doctor` says how it is now"
