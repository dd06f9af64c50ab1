"""Fixture folders `<case>/{input.*, meta.json, output.json}`: one test for every field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from crawler.contract import Platform


def cases(folder: Path) -> list[Path]:
    """The case folders, sorted by name."""
    return sorted(path.parent for path in folder.glob("*/meta.json"))


def read(path: Path) -> Any:
    """A JSON file."""
    return msgspec.json.decode(path.read_bytes())


def mapped(platform: Platform, case: Path) -> dict[str, Any]:
    """What the mapper makes of a case, flat: path -> value."""
    meta = read(case / "meta.json")
    (source,) = case.glob("input.*")
    observed_at = datetime.fromisoformat(meta["observed_at"])
    result = platform.map(source.read_bytes(), observed_at, route=meta.get("route"))
    return dict(flat(msgspec.json.decode(msgspec.json.encode(result))))


def expected(case: Path) -> dict[str, Any]:
    """What the case's `output.json` says, flat: path -> value."""
    return dict(flat(read(case / "output.json")))


def fields(folder: Path) -> list[tuple[str, str, Any]]:
    """(case, path, expected value) for every field of every case."""
    return [
        (case.name, path, value) for case in cases(folder) for path, value in expected(case).items()
    ]


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf below a value, with its path; empty containers are leaves too."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from flat(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for position, below in enumerate(value):
            yield from flat(below, f"{path}[{position}]")
    else:
        yield path, value
