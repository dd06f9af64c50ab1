"""Fixture folders `<case>/{input.*, meta.json, output.json}`, read and compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from crawler.contract import Platform
from model.platform import PLATFORMS, PlatformName
from model.route import Route

_HERE = Path(__file__).parent


def fixtures(name: PlatformName) -> Path:
    """The folder of a platform's fixtures."""
    return _HERE / name / "fixtures"


def cases(name: PlatformName) -> list[Path]:
    """A platform's case folders, sorted by name."""
    return sorted(path.parent for path in fixtures(name).glob("*/meta.json"))


def all_cases() -> list[tuple[PlatformName, Path]]:
    """Every platform's cases."""
    return [(name, case) for name in PLATFORMS for case in cases(name)]


def differences(platform: Platform, case: Path) -> list[str]:
    """Every field that the mapper gives otherwise than `output.json`, in words; [] if none."""
    expected, mapped = _expected(case), _mapped(platform, case)
    return [
        *(f"{path}: missing" for path in expected.keys() - mapped.keys()),
        *(f"{path}: {mapped[path]!r} was not expected" for path in mapped.keys() - expected.keys()),
        *(
            f"{path}: {mapped[path]!r} instead of {expected[path]!r}"
            for path in expected.keys() & mapped.keys()
            if mapped[path] != expected[path]
        ),
    ]


def _mapped(platform: Platform, case: Path) -> dict[str, Any]:
    meta = msgspec.json.decode((case / "meta.json").read_bytes())
    (source,) = case.glob("input.*")
    observed_at = datetime.fromisoformat(meta["observed_at"])
    route = Route(meta["route"]) if "route" in meta else None
    result = platform.map(source.read_bytes(), observed_at, route=route)
    return dict(flat(msgspec.json.decode(msgspec.json.encode(result))))


def _expected(case: Path) -> dict[str, Any]:
    return dict(flat(msgspec.json.decode((case / "output.json").read_bytes())))


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, leaf) of every leaf below a value; empty containers are leaves too."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from flat(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for position, below in enumerate(value):
            yield from flat(below, f"{path}[{position}]")
    else:
        yield path, value
