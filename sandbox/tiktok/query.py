"""The conditions of a video query: `and`, `or`, `not` lists over named fields.

Source: TikTok for Developers, Research API, query videos. A video is selected if all conditions of
`and`, at least one of `or`, and none of `not` hold.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from sandbox.tiktok.shapes import length_class, region
from sandbox.world.directory import Directory
from sandbox.world.model import WorldAccount, WorldPost, to_moment


class InvalidQuery(ValueError):
    """A query that the platform refuses; the message says why."""


class _Condition(msgspec.Struct, forbid_unknown_fields=True):
    """One condition."""

    operation: str
    field_name: str
    field_values: list[str]


class _Clauses(msgspec.Struct, forbid_unknown_fields=True):
    """The three lists of conditions."""

    all: list[_Condition] = msgspec.field(default_factory=list, name="and")
    any: list[_Condition] = msgspec.field(default_factory=list, name="or")
    none: list[_Condition] = msgspec.field(default_factory=list, name="not")


_Reader = Callable[[Directory, WorldPost], str]
_ORDER: dict[str, Callable[[str, str], bool]] = {
    "GT": operator.gt,
    "GTE": operator.ge,
    "LT": operator.lt,
    "LTE": operator.le,
}


def _username(directory: Directory, post: WorldPost) -> str:
    return directory.handle(post.account).lower()


_FIELDS: dict[str, _Reader] = {
    "username": _username,
    "video_id": lambda _, post: post.id,
    "create_date": lambda _, post: f"{to_moment(post.published):%Y%m%d}",
    "region_code": lambda _, post: region(post.account),
    "video_length": lambda _, post: length_class(post),
}


class Query:
    """Conditions, checked when made."""

    def __init__(self, clauses: _Clauses) -> None:
        self._clauses = clauses
        conditions = [*clauses.all, *clauses.any, *clauses.none]
        if not conditions:
            raise InvalidQuery("The query needs at least one condition.")
        for condition in conditions:
            _check(condition)

    @classmethod
    def parse(cls, value: Any) -> Query:
        """The query of a request body. Raises InvalidQuery."""
        try:
            return cls(msgspec.convert(value, _Clauses))
        except msgspec.ValidationError as error:
            raise InvalidQuery(f"The query is invalid: {error}") from error

    def select(self, directory: Directory, start: int, end: int, now: int) -> list[WorldPost]:
        """The visible videos of [start, end) that the conditions leave, newest first."""
        posts = [
            post
            for account in self._accounts(directory)
            for post in account.between(start, end, now)
        ]
        rest = [c for c in self._clauses.all if c.field_name != "username"]
        checks = [_check(condition) for condition in rest]
        either = [_check(condition) for condition in self._clauses.any]
        neither = [_check(condition) for condition in self._clauses.none]
        chosen = [
            post
            for post in posts
            if all(check(directory, post) for check in checks)
            and (not either or any(check(directory, post) for check in either))
            and not any(check(directory, post) for check in neither)
        ]
        chosen.sort(key=_newest_first)
        return chosen

    def _accounts(self, directory: Directory) -> Sequence[WorldAccount]:
        """The accounts that the usernames under `and` leave; else all of them."""
        chosen: dict[str, WorldAccount] | None = None
        for condition in self._clauses.all:
            if condition.field_name == "username":
                named = {
                    account.id: account
                    for name in condition.field_values
                    if (account := directory.by_handle("tiktok", name)) is not None
                }
                chosen = named if chosen is None else {k: chosen[k] for k in chosen if k in named}
        if chosen is None:
            everybody = directory.world.accounts["tiktok"]
            return [a for i in everybody if (a := directory.account("tiktok", i)) is not None]
        return list(chosen.values())


def _newest_first(post: WorldPost) -> tuple[int, str]:
    return -post.published, post.id


def _check(condition: _Condition) -> Callable[[Directory, WorldPost], bool]:
    """The condition as a test. Raises InvalidQuery for an unknown field or operation."""
    read = _FIELDS.get(condition.field_name)
    if read is None:
        raise InvalidQuery(f"Unknown field_name {condition.field_name}.")
    if not condition.field_values:
        raise InvalidQuery(f"The field_values of {condition.field_name} are empty.")
    if condition.operation == "EQ" and len(condition.field_values) != 1:
        raise InvalidQuery("EQ takes exactly one of field_values.")
    if condition.operation in ("EQ", "IN"):
        lower = condition.field_name == "username"
        values = {value.lower() if lower else value for value in condition.field_values}
        return lambda directory, post: read(directory, post) in values
    compare = _ORDER.get(condition.operation)
    if compare is None or condition.field_name != "create_date":
        raise InvalidQuery(f"{condition.field_name} does not support {condition.operation}.")
    bound = condition.field_values[0]
    return lambda directory, post: compare(read(directory, post), bound)
