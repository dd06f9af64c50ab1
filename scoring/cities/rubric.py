"""What experts are asked to rate, and what each score means: a rubric from a TOML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.tables.toml_text import TomlFault, toml_file
from scoring.cities.ratings import HIGHEST, LOWEST, RATING_KEYS, TOLD
from scoring.errors import TableError, TableProblem

RUBRIC = Path(__file__).with_name("rubric.toml")
"""The shipped one."""
_LANGUAGES = ("zh", "en")
Said = Mapping[str, str]
"""A text by language, zh and en."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is rated."""

    code: str
    """The sheet's column."""
    name: Said
    asks: Said
    anchors: tuple[tuple[int, Said], ...]
    """(score, what deserves it), ascending."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """All that is rated of an account."""

    id: str
    version: int
    criteria: tuple[Criterion, ...]


def load_rubric(path: Path = RUBRIC) -> Rubric:
    """A rubric file. Raises TableError that names every fault of it."""
    try:
        found = toml_file(path)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise TableError(path.name, [TableProblem(reason)]) from error
    except TomlFault as error:
        raise TableError(path.name, [TableProblem(error.words, row=error.line)]) from error
    problems = list(_faults(found))
    if problems:
        raise TableError(path.name, problems)
    return Rubric(found["id"], found["version"], tuple(map(_criterion, found["criteria"])))


def _criterion(given: Mapping[str, Any]) -> Criterion:
    anchors = tuple(sorted(((one["score"], one) for one in given["anchors"]), key=lambda a: a[0]))
    return Criterion(given["code"], given["name"], given["asks"], anchors)


def _faults(found: Mapping[str, Any]) -> Iterator[TableProblem]:
    if not (isinstance(found.get("id"), str) and found["id"].strip()):
        yield TableProblem("expected a text", column="id")
    if type(found.get("version")) is not int:
        yield TableProblem("expected a whole number", column="version")
    for field in sorted(found.keys() - {"id", "version", "criteria"}):
        yield TableProblem("no such field; expected id, version, criteria", column=field)
    criteria = found.get("criteria")
    if not isinstance(criteria, list) or not criteria:
        yield TableProblem("expected at least one [[criteria]]", column="criteria")
        return
    seen: set[str] = set()
    for number, given in enumerate(criteria, 1):
        if not isinstance(given, dict):
            yield TableProblem("expected [[criteria]] with fields", unit=f"criterion {number}")
            continue
        code = given.get("code")
        if not isinstance(code, str) or code != code.strip().lower() or not code:
            expected = f"{code!r}: expected a text in small letters, the sheet's column"
            yield TableProblem(expected, unit=f"criterion {number}", column="code")
        elif code in seen or code in (*RATING_KEYS, *TOLD, "criterion", "score"):
            taken = f"{code!r} is taken by another column of the sheet"
            yield TableProblem(taken, unit=f"criterion {number}", column="code")
        else:
            seen.add(code)
        yield from _text_faults(given, f"criterion {number}")


def _text_faults(given: Mapping[str, Any], unit: str) -> Iterator[TableProblem]:
    for field in ("name", "asks"):
        if not _is_said(given.get(field)):
            yield TableProblem("expected a text in zh and in en", unit=unit, column=field)
    anchors = given.get("anchors")
    if not isinstance(anchors, list) or len(anchors) < 2:
        yield TableProblem("expected at least two scores", unit=unit, column="anchors")
        return
    scores = [one.get("score") if isinstance(one, dict) else None for one in anchors]
    if any(type(s) is not int or not LOWEST <= s <= HIGHEST for s in scores) or len(
        set(scores)
    ) < len(scores):
        expected = f"expected different whole scores from {LOWEST:.0f} to {HIGHEST:.0f}"
        yield TableProblem(expected, unit=unit, column="anchors")
    if not all(map(_is_said, anchors)):
        yield TableProblem("expected a text in zh and in en", unit=unit, column="anchors")


def _is_said(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(language), str) and value[language].strip() for language in _LANGUAGES
    )
