"""Names of settings: `.env` and its lines, keys that are none, values that cannot be read.

Values are never said: they may be secrets.
"""

from __future__ import annotations

import codecs
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin

from dotenv import dotenv_values
from pydantic import BaseModel

from operations.errors import UsageError

SETTING_PREFIX = "CITYREACH_"
SECRETS_DIR = f"{SETTING_PREFIX}SECRETS_DIR"
_AS_JSON = (tuple, list, dict, set, frozenset, Mapping, Sequence)
_FIELD = re.compile(r'for field "(\w+)"')


class SettingsError(UsageError):
    """A setting that is unknown or not as expected; the text names it."""


@dataclass(frozen=True)
class GivenKeys:
    """The variables that are set, in the environment and in a file."""

    environment: Mapping[str, str]
    file: Path | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    """Of each key of the file."""

    def place(self, name: str) -> str:
        """`.env, line 2: ` of a key that the file alone sets, else nothing."""
        upper = {key.upper() for key in self.environment}
        line = {key.upper(): at for key, at in self.lines.items()}.get(name.upper())
        return "" if line is None or name.upper() in upper else f"{self.file}, line {line}: "

    def values(self) -> dict[str, str]:
        """Our variables in capitals; the environment comes before the file."""
        held = {} if self.file is None else dotenv_values(self.file, encoding="utf-8-sig")
        both = {**{k: v or "" for k, v in held.items()}, **self.environment}
        return {k.upper(): v for k, v in both.items() if k.upper().startswith(SETTING_PREFIX)}


def given_keys(environment: Mapping[str, str], file: Path | None) -> GivenKeys:
    """Raises SettingsError for a file that is not UTF-8."""
    if file is None or not file.is_file():
        return GivenKeys(environment)
    return GivenKeys(environment, file, _keys_of_file(file))


def _keys_of_file(path: Path) -> dict[str, int]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SettingsError(f"{path}, line 1: is UTF-16; save it as UTF-8")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}, line {line}: is not UTF-8; save it as UTF-8") from None
    keys = [line.strip().removeprefix("export ").partition("=")[0].strip() for line in lines]
    return {key: at for at, key in enumerate(keys, 1) if key and not key.startswith("#")}


def refuse_unknown(kind: type[BaseModel], given: GivenKeys) -> None:
    """pydantic-settings overlooks unknown variables of the environment, and misnames a file's.
    Raises SettingsError with the nearest name that there is."""
    for name in [*given.environment, *given.lines]:
        if not name.upper().startswith(SETTING_PREFIX) or name.upper() == SECRETS_DIR:
            continue
        if name[len(SETTING_PREFIX) :].split("__")[0].lower() not in kind.model_fields:
            raise SettingsError(f"{given.place(name)}{name}: {_no_such(kind, name)}")


def _no_such(kind: type[BaseModel], name: str) -> str:
    known = list(_known(kind))
    # One underscore where two belong is the commonest slip: it must not hide what is meant.
    folded = {key.replace("__", "_"): key for key in known}
    near = difflib.get_close_matches(name.upper().replace("__", "_"), folded, 1)
    hint = f" (perhaps {folded[near[0]]})" if near else ""
    plain = ", ".join(sorted(key for key in known if "__" not in key))
    return f"there is no such setting{hint}; known are {plain}"


def _known(kind: type[BaseModel]) -> Iterator[str]:
    for name, one in kind.model_fields.items():
        yield f"{SETTING_PREFIX}{name.upper()}"
        for inner in _inner(one.annotation):
            yield f"{SETTING_PREFIX}{name.upper()}__{inner.upper()}"


def _inner(annotation: Any) -> Iterable[str]:
    """The settings of a section; none of a plain one."""
    section = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation.model_fields if section else ()


def unreadable_keys(kind: type[BaseModel], given: GivenKeys, error: Exception) -> str:
    """What is said where a list or mapping of a section is no JSON: its key and where it stands."""
    found = _FIELD.search(str(error))
    section = f"{SETTING_PREFIX}{found[1].upper()}" if found else f"{SETTING_PREFIX}…"
    keys = [key for key in _no_json(kind, given) if key.startswith(section)] or [section]
    expected = 'lists are written as JSON, for instance ["first","second"]'
    return "\n".join(f"{given.place(key)}{key}: cannot be read; {expected}" for key in keys)


def _no_json(kind: type[BaseModel], given: GivenKeys) -> Iterator[str]:
    for key, value in given.values().items():
        section, _, inner = key[len(SETTING_PREFIX) :].lower().partition("__")
        annotation = getattr(kind.model_fields.get(section), "annotation", None)
        if inner and isinstance(annotation, type) and issubclass(annotation, BaseModel):
            one = annotation.model_fields.get(inner)
            annotation = None if one is None else one.annotation
        if get_origin(annotation) not in _AS_JSON:
            continue
        try:
            json.loads(value)
        except ValueError:
            yield key


def problem_line(kind: type[BaseModel], given: GivenKeys, error: Any) -> str:
    """One line for one problem; never the value, which may be a secret."""
    name = SETTING_PREFIX + "__".join(str(part).upper() for part in error["loc"])
    where = given.place(name)
    if error["type"] == "extra_forbidden":
        return f"{where}{name}: {_no_such(kind, name)}"
    return f"{where}{name}: {str(error['msg']).removeprefix('Value error, ')}"
