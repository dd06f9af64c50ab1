"""`python -m tests.crawler.platforms.mapper_outputs` notes by which mapper the fixtures are read.

A case that is read otherwise than the noted mapper read it needs a new `mapper_version` in the
platform's facts: without one, `cityreach replay` would not say of stored readings that they are of
an older mapper. The program refuses to note it under the same version.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from tests.crawler.platforms.fixture_cases import cases

NOTED = Path(__file__).with_suffix(".json")
Outputs = dict[str, str]
"""By case, a digest of the rows that must come out."""


def outputs(name: PlatformName) -> Outputs:
    """Of a platform's cases as they are now."""
    return {case.name: _digest(case / "output.json") for case in cases(name)}


def _digest(path: Path) -> str:
    value = json.loads(path.read_text("utf-8"))
    written = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def noted() -> dict[str, tuple[int, Outputs]]:
    """By platform: the mapper's version, and what it read."""
    found = json.loads(NOTED.read_text("utf-8")) if NOTED.exists() else {}
    return {name: (held["mapper_version"], held["outputs"]) for name, held in found.items()}


def read_otherwise(name: PlatformName) -> list[str]:
    """The cases that the mapper of the same version is noted to read otherwise."""
    version, before = noted().get(name, (0, {}))
    if version != FACTS[name].mapper_version:
        return []
    now = outputs(name)
    return [case for case in before if now.get(case) not in (None, before[case])]


def main() -> int:
    """Writes the notes, or says whose version is to be raised."""
    changed = {name: found for name in PLATFORMS if (found := read_otherwise(name))}
    for name, found in changed.items():
        sys.stdout.write(f"raise mapper_version of {name}: {', '.join(found)}\n")
    if changed:
        return 1
    document = {
        name: {"mapper_version": FACTS[name].mapper_version, "outputs": outputs(name)}
        for name in PLATFORMS
    }
    NOTED.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
