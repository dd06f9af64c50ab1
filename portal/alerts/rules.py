"""Rules as data: which check, with which limits, how severe, in which words.

[[rule]]
id = "login_walls"
check = "outcomes"               # one of portal.alerts.checks.CHECKS
severity = "critical"            # warning | critical
enabled = true
limits = { outcomes = ["login_wall"], hours = 6, least = 3 }
[rule.text]                      # {names} are facts of the problem
en = "..."
zh = "..."
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from model.tables.toml_text import TomlFault, toml_file
from portal.alerts.config import Language, Severity

_KEYS = frozenset({"id", "check", "severity", "enabled", "limits", "text"})
_MOST = 100_000
"""Of any limit: eleven years of hours."""
_LANGUAGES: tuple[Language, ...] = ("en", "zh")


class RuleError(ValueError):
    """A file of rules that cannot be used; the text names the rule and what was expected."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a check can be given, and which facts its problems have."""

    limits: Mapping[str, Any]
    """The limits with their defaults; a rule may give others of the same kind."""
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    id: str
    check: str
    severity: Severity
    limits: Mapping[str, Any]
    text: Mapping[Language, str]


def load_rules(path: Path | None, checks: Mapping[str, Check]) -> list[Rule]:
    """The rules of a file, or the shipped ones; switched-off ones are left out.

    Raises RuleError.
    """
    name = str(path) if path else "the shipped rules"
    try:
        document = toml_file(path) if path else tomllib.loads(_shipped())
    except (OSError, TomlFault) as error:
        raise RuleError(f"{name}: {error}") from error
    listed = document.get("rule")
    if not isinstance(listed, list) or document.keys() != {"rule"}:
        raise RuleError(f"{name}: expected [[rule]] tables and nothing else")
    rules = [_rule(table, number, name, checks) for number, table in enumerate(listed, 1)]
    ids = [rule.id for rule, _ in rules]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise RuleError(f"{name}: rule {', '.join(sorted(twice))} is there twice")
    return [rule for rule, enabled in rules if enabled]


def _shipped() -> str:
    return (files("portal.alerts") / "rules.toml").read_text("utf-8")


def _rule(
    table: Mapping[str, Any], number: int, name: str, checks: Mapping[str, Check]
) -> tuple[Rule, bool]:
    where = f"{name}: rule {table.get('id', number)}"
    if unknown := table.keys() - _KEYS:
        raise RuleError(f"{where}: unknown {', '.join(sorted(unknown))}")
    check = checks.get(str(table.get("check")))
    if check is None or not isinstance(table.get("id"), str):
        raise RuleError(f"{where}: expected id, and check = one of {', '.join(sorted(checks))}")
    try:
        severity = Severity(table.get("severity", "warning"))
    except ValueError:
        raise RuleError(f"{where}: severity is warning or critical") from None
    limits = _limits(table.get("limits", {}), check, where)
    text = _text(table.get("text", {}), check, where)
    return Rule(table["id"], table["check"], severity, limits, text), bool(
        table.get("enabled", True)
    )


def _limits(given: Mapping[str, Any], check: Check, where: str) -> dict[str, Any]:
    for name, value in given.items():
        default = check.limits.get(name)
        if default is None:
            known = ", ".join(sorted(check.limits)) or "none"
            raise RuleError(f"{where}: there is no limit {name}; known are {known}")
        number = isinstance(default, int | float) and isinstance(value, int | float)
        if number and not 0 <= value <= _MOST:
            raise RuleError(f"{where}: limit {name} is {value}; expected 0 to {_MOST:,}")
        if not number and not isinstance(value, type(default)):
            raise RuleError(f"{where}: limit {name} is like {default!r}, got {value!r}")
    return {**check.limits, **given}


def _text(given: Mapping[str, Any], check: Check, where: str) -> dict[Language, str]:
    text: dict[Language, str] = {}
    for language in _LANGUAGES:
        words = given.get(language)
        if not isinstance(words, str):
            raise RuleError(f"{where}: expected text in {' and '.join(_LANGUAGES)}")
        named = {field for _, field, _, _ in string.Formatter().parse(words) if field is not None}
        if unknown := named - check.facts:
            facts = ", ".join(sorted(check.facts))
            raise RuleError(f"{where}: text names {', '.join(sorted(unknown))}; facts are {facts}")
        text[language] = words
    return text
