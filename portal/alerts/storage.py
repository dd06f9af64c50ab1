"""MongoDB as an object of alarm: away, out of room, or refusing."""

from __future__ import annotations

from collections.abc import Mapping

from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from model.untrusted import visible_line
from portal.alerts.config import Language, Severity
from portal.alerts.problems import Problem
from portal.alerts.rules import Rule
from store.errors import is_away

STORAGE = "database_away"
"""The rule's id."""
_OUT_OF_DISK = 14031
_LONGEST = 200
_TEXTS: Mapping[str, Mapping[Language, str]] = {
    "away": {
        "en": "MongoDB cannot be reached: nothing is stored, and nothing else can be checked",
        "zh": "无法连接 MongoDB：数据无法写入，其他检查也无法进行",
    },
    "full": {
        "en": "MongoDB's disk is full, nothing is stored: {reason}",
        "zh": "MongoDB 的磁盘已满，数据无法写入：{reason}",
    },
    "refuses": {
        "en": "MongoDB refuses to work with CityReach, nothing is stored: {reason}",
        "zh": "MongoDB 拒绝 CityReach 的请求，数据无法写入：{reason}",
    },
}


def storage_problem(error: PyMongoError) -> Problem:
    """The problem that an error of MongoDB stands for."""
    reason = visible_line(_reason(error))[:_LONGEST]
    rule = Rule(STORAGE, "", Severity.CRITICAL, {}, _TEXTS[_kind(error, reason)])
    return Problem(rule=rule, subject="MongoDB", facts={"reason": reason})


def _kind(error: PyMongoError, reason: str) -> str:
    if "no space left" in reason.lower() or _code(error) == _OUT_OF_DISK:
        return "full"
    return "away" if is_away(error) or error.timeout else "refuses"


def _code(error: PyMongoError) -> int | None:
    first = _first_write_error(error)
    if first:
        code = first.get("code")
        return code if isinstance(code, int) else None
    return error.code if isinstance(error, OperationFailure) else None


def _reason(error: PyMongoError) -> str:
    first = _first_write_error(error)
    return str(first.get("errmsg")) if first else str(error)


def _first_write_error(error: PyMongoError) -> dict[str, object]:
    if not isinstance(error, BulkWriteError):
        return {}
    errors = [*error.details["writeErrors"], *error.details["writeConcernErrors"]]
    return errors[0] if errors else {}
