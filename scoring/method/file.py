"""The shape of a method file, checked by pydantic; faults come back with their lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from model.tables.toml_text import TomlFault, check_toml
from scoring.errors import MethodProblem
from scoring.method.specs import (
    Combination,
    Imputation,
    Mean,
    MinMax,
    MissingRule,
    Normaliser,
    NoTreatment,
    Number,
    Positive,
    Spec,
    Treatment,
)
from scoring.method.toml_lines import Path, line_numbers

RESERVED = frozenset({"unit", "rank", "group", "group_rank"})
"""Columns of input and output tables that no indicator may be called."""

_SHOWN = 100
_SYNTAX_LINE = re.compile(r"\(at line (\d+),")


def _usable_code(code: str) -> str:
    if code in RESERVED:
        raise ValueError(f"{code!r} is a column of the tables and cannot be an indicator's code")
    if not code or code != code.strip() or any(sign in code for sign in ',;"\n'):
        raise ValueError("a code is not empty and holds no comma, quote or outer space")
    return code


Code = Annotated[str, Field(max_length=200), AfterValidator(_usable_code)]


def _ordinary_weight(weight: float) -> float:
    if weight and not LEAST_WEIGHT <= weight <= GREATEST_WEIGHT:
        raise ValueError(f"expected 0, or {LEAST_WEIGHT:g} to {GREATEST_WEIGHT:,.0f}")
    return weight


LEAST_WEIGHT, GREATEST_WEIGHT = 1e-6, 1e6
"""Of the weights that count; only their ratios matter."""
Weight = Annotated[Number, Field(ge=0), AfterValidator(_ordinary_weight)]
Figure = Annotated[Positive, Field(ge=1e-12, le=1e12)]
Exponent = Annotated[Number, Field(ge=-5, le=5)]


class Names(Spec):
    """A name in Chinese and English; one may stand in for the other."""

    zh: str | None = None
    en: str | None = None


class Defaults(Spec):
    """What holds for every indicator that does not say otherwise."""

    direction: Literal[1, -1] = 1
    treat: Treatment = NoTreatment()
    impute: Imputation = Imputation()
    normalise: Normaliser = MinMax()
    combine: Combination = Mean()
    availability: Annotated[Number, Field(ge=0, le=1)] = 0.0
    missing: MissingRule = "renormalise"


class IndicatorEntry(Spec):
    """One node of the tree as the file states it; `None` means the default."""

    code: Code
    parent: str | None = None
    weight: Weight = 1.0
    name: Names = Names()
    measure: Annotated[str, Field(min_length=1)] | None = None
    denominator: Annotated[str, Field(min_length=1)] | None = None
    direction: Literal[1, -1] | None = None
    treat: Treatment | None = None
    impute: Imputation | None = None
    normalise: Normaliser | None = None
    combine: Combination | None = None
    availability: Annotated[Number, Field(ge=0, le=1)] | None = None
    missing: MissingRule | None = None


class Figures(Spec):
    """A platform's dated figures from which a preset's weight is computed."""

    users: Figure
    activity: Figure
    relevance: Figure


class Exponents(Spec):
    """weight ~ users^a · activity^b · relevance^c, then scaled to a sum of 1."""

    users: Exponent = 1.0
    activity: Exponent = 1.0
    relevance: Exponent = 1.0


class PresetEntry(Spec):
    """A named set of weights, in force from a month on: given, or computed from figures."""

    id: Code
    since: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = "0000-01"
    source: str = ""
    as_of: date | None = None
    weights: dict[str, Weight] = Field(default_factory=dict)
    figures: dict[str, Figures] = Field(default_factory=dict)
    exponents: Exponents | None = None


_Share = Annotated[Number, Field(ge=0, le=1)]


class BoundsEntry(Spec):
    """The least that a month must have to be published; see `scoring.method.tree.Bounds`."""

    coverage: _Share = 0.9
    ranked: _Share = 0.9
    ratings: _Share = 0.9


class MethodFile(Spec):
    """A whole method file."""

    id: Code
    version: Annotated[int, Field(ge=1)] = 1
    source: str = ""
    title: Names = Names()
    ordered: bool = True
    defaults: Defaults = Defaults()
    bounds: BoundsEntry = BoundsEntry()
    contributors: tuple[Names, ...] = Field(default=(), strict=False)
    preset: tuple[PresetEntry, ...] = Field(default=(), strict=False)
    indicator: tuple[IndicatorEntry, ...] = Field(strict=False)


def parse(text: str) -> tuple[Mapping[str, Any], Mapping[Path, int], list[MethodProblem]]:
    """The file's values, the lines they stand on, and the syntax fault if there is one."""
    try:
        check_toml(text)
        return tomllib.loads(text), line_numbers(text), []
    except TomlFault as error:
        return {}, {}, [MethodProblem(error.words, error.line)]
    except (ValueError, RecursionError) as error:  # whole numbers of thousands of digits too
        match = _SYNTAX_LINE.search(str(error))
        line = int(match[1]) if match else None
        return {}, {}, [MethodProblem(f"not valid TOML: {error}", line)]


def check_shape(
    values: Mapping[str, Any], lines: Mapping[Path, int]
) -> tuple[MethodFile | None, list[MethodProblem]]:
    """The file as an object, or every fault of its shape."""
    try:
        return MethodFile.model_validate(values), []
    except ValidationError as error:
        return None, list(_problems(error, values, lines))


def _problems(
    error: ValidationError, values: Mapping[str, Any], lines: Mapping[Path, int]
) -> Iterator[MethodProblem]:
    for fault in error.errors(include_url=False):
        path, line = _place(fault["loc"], lines)
        key = ".".join(str(step) for step in path if not isinstance(step, int)) or "the file"
        if path[:1] == ("indicator",):
            key = ".".join(str(step) for step in path[2:]) or "indicator"
        yield MethodProblem(_words(key, fault), line, _code_at(path, values))


def _place(loc: Sequence[str | int], lines: Mapping[Path, int]) -> tuple[Path, int | None]:
    """Path of a fault without pydantic's own steps (union tags), and the nearest known line."""
    path: Path = ()
    line: int | None = None
    for position, step in enumerate(loc):
        known = lines.get((*path, step))
        if known is None and position < len(loc) - 1:
            continue
        path = (*path, step)
        line = known or line
    return path, line


def _code_at(path: Path, values: Mapping[str, Any]) -> str | None:
    if len(path) < 2 or path[0] != "indicator" or not isinstance(path[1], int):
        return None
    entry = values["indicator"][path[1]]
    code = entry.get("code") if isinstance(entry, dict) else None
    return code if isinstance(code, str) else None


def _words(key: str, fault: Mapping[str, Any]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key {key!r}"
    if kind == "missing":
        return f"{key!r} is required"
    if kind == "union_tag_invalid":
        return f"{key!r}: unknown kind {context['tag']!r}; expected {context['expected_tags']}"
    if kind == "union_tag_not_found":
        return f"{key!r}: expected a table with a kind"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{key!r}: {message[:1].lower()}{message[1:]}, got {_cut(fault['input'])}"


def _cut(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
