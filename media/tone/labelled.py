"""Labelled texts as they are read from a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media.errors import RulesError
from media.tone.classifier import ToneLabel

_COLUMNS = ("language", "label", "text")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and what people say of its tone."""

    language: str
    label: ToneLabel
    text: str


def read_labelled(path: Path) -> list[LabelledText]:
    """A CSV with the columns language, label, text. Raises RulesError naming file and line."""
    try:
        rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")), strict=True)
        if lacking := set(_COLUMNS) - set(rows.fieldnames or ()):
            raise RulesError(f"{path}, line 1: no column {', '.join(sorted(lacking))}")
        return [_labelled(row, f"{path}, line {rows.line_num}") for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None


def _labelled(row: Mapping[str, Any], where: str) -> LabelledText:
    label, language, text = (row[name] for name in ("label", "language", "text"))
    if label not in {one.value for one in ToneLabel}:
        known = ", ".join(one.value for one in ToneLabel)
        raise RulesError(f"{where}: label {label!r}: expected one of {known}")
    if not language or not text:
        raise RulesError(f"{where}: expected a language (ISO 639-1) and a text")
    return LabelledText(language, ToneLabel(label), text)
