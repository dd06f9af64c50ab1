from __future__ import annotations

from tests.operations.conftest import db, mongod, redis, redis_uri

__all__ = ["db", "mongod", "redis", "redis_uri"]
