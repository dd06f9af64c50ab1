"""The `fields` language of the Graph API: `id,comments.limit(0).summary(true).as(c){id}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sandbox.service.exchange import JsonObject

_TOKEN = re.compile(r"\s*([A-Za-z_][\w-]*|[.,{}]|\([^()]*\)|\S)")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_DEEPEST = 10


class FieldSyntaxError(ValueError):
    """A `fields` text that cannot be read."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field or edge that is asked for."""

    name: str
    alias: str
    args: Mapping[str, str] = field(default_factory=dict)
    """Modifiers by name: limit, after, summary, type, …"""
    sub: tuple[Field, ...] = ()


@lru_cache(maxsize=2_048)
def parse_fields(text: str) -> tuple[Field, ...]:
    """The fields of a text. Raises FieldSyntaxError."""
    tokens = _TOKEN.findall(text)
    fields, end = _list(tokens, 0, 0)
    if end != len(tokens):
        raise FieldSyntaxError(f'Expected end of string instead of "{tokens[end]}".')
    return fields


def _list(tokens: list[str], at: int, depth: int) -> tuple[tuple[Field, ...], int]:
    if depth > _DEEPEST:
        raise FieldSyntaxError("The fields are nested too deeply.")
    fields: list[Field] = []
    while at < len(tokens) and tokens[at] != "}":
        if tokens[at] == ",":
            at += 1
            continue
        found, at = _field(tokens, at, depth)
        fields.append(found)
        if at < len(tokens) and tokens[at] not in (",", "}"):
            raise FieldSyntaxError(f'Expected "," instead of "{tokens[at]}".')
    return tuple(fields), at


def _field(tokens: list[str], at: int, depth: int) -> tuple[Field, int]:
    name = tokens[at]
    if not _NAME.fullmatch(name):
        raise FieldSyntaxError(f'Expected a field name instead of "{name}".')
    args: dict[str, str] = {}
    sub: tuple[Field, ...] = ()
    at += 1
    while at < len(tokens) and tokens[at] in (".", "{"):
        if tokens[at] == "{":
            sub, at = _list(tokens, at + 1, depth + 1)
            if at >= len(tokens):
                raise FieldSyntaxError('Expected "}" instead of end of string.')
            at += 1
        else:
            at = _modifier(tokens, at + 1, args)
    return Field(name, args.pop("as", name), args, sub), at


def _modifier(tokens: list[str], at: int, args: dict[str, str]) -> int:
    if at + 1 >= len(tokens) or not tokens[at + 1].startswith("("):
        raise FieldSyntaxError("Expected a modifier with its argument in parentheses.")
    args[tokens[at]] = tokens[at + 1][1:-1].strip()
    return at + 2


def fields_text(fields: tuple[Field, ...]) -> str:
    """The text that asks for these fields."""
    parts = []
    for asked in fields:
        modifiers = "".join(f".{name}({value})" for name, value in asked.args.items())
        alias = f".as({asked.alias})" if asked.alias != asked.name else ""
        nested = f"{{{fields_text(asked.sub)}}}" if asked.sub else ""
        parts.append(f"{asked.name}{modifiers}{alias}{nested}")
    return ",".join(parts)


def prune(value: Any, sub: tuple[Field, ...]) -> Any:
    """What nested fields leave of a value; a list under `data` is gone through."""
    if not sub or not isinstance(value, dict):
        return value
    if isinstance(value.get("data"), list):
        return {**value, "data": [prune(item, sub) for item in value["data"]]}
    pruned: JsonObject = {}
    for wanted in sub:
        if wanted.name in value:
            pruned[wanted.alias] = prune(value[wanted.name], wanted.sub)
    return pruned
