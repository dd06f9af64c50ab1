"""What the lock files pin, and under which licence it comes."""

from __future__ import annotations

import re
from importlib import metadata

from packaging.requirements import Requirement

from tests.shared import ROOT

LOCKS = (
    "requirements.lock",
    "requirements-browser.lock",
    "requirements-report.lock",
    "requirements-dev.lock",
)
_ENTRY = re.compile(r"^([a-z0-9-]+)==([^ \n]+)(?: ; [^\\\n]*?)?((?: \\\n +--hash=[^ \n]+)*)$", re.M)
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def entries(name: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes by package. Every line but comments must belong to one."""
    text = (ROOT / name).read_text("utf-8")
    rest = [line for line in _ENTRY.sub("", text).splitlines() if line and line[0] != "#"]
    assert rest == [], f"{name} has lines that are no pinned package: {rest[:3]}"
    return {m[1]: (m[2], len(_HASH.findall(m[3]))) for m in _ENTRY.finditer(text)}


def locked() -> dict[str, str]:
    """Versions of everything that the product's lock files pin."""
    return {key: one[0] for name in LOCKS for key, one in entries(name).items()}


def needed_by(extra: str, lines: list[str]) -> set[str]:
    """Packages that an extra's lines bring here, with all that those need."""
    found: set[str] = set()
    todo = [(Requirement(line), extra) for line in lines]
    while todo:
        requirement, of = todo.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        marker = requirement.marker
        if name in found or (marker and not marker.evaluate({"extra": of})):
            continue
        found.add(name)
        todo += [(Requirement(line), "") for line in metadata.requires(name) or ()]
    return found


def licence_of(name: str) -> str | None:
    """As the installed package states it; None where it is not installed."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if about["License-Expression"]:
        return about["License-Expression"]
    kinds = [kind for kind in about.get_all("Classifier", []) if kind.startswith("License")]
    stated = [kind.rpartition(" :: ")[2] for kind in kinds if kind.count(" :: ")]
    said = ", ".join(stated) or (about["License"] or "").partition("\n")[0]
    return said or _first_line(name) or "not stated"


def _first_line(name: str) -> str:
    """Of the licence that the package carries."""
    files = metadata.files(name) or ()
    carried = next((file for file in files if file.name.startswith("LICEN")), None)
    return carried.read_text("utf-8").partition("\n")[0].strip() if carried else ""
