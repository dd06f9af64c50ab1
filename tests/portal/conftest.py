from __future__ import annotations

from tests.store.conftest import db, mongod

__all__ = ["db", "mongod"]
