"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared import ROOT

PACKAGES = (
    "model",
    "registry",
    "scheduler",
    "bus",
    "crawler",
    "store",
    "scoring",
    "portal",
    "sandbox",
    "cityreach",
)
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
ALL = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))]
COUNTERS = re.compile(r"\bor 0\b|\.get\([^()]*, 0\)")
LONGEST_FUNCTION = 60


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", ALL, ids=name)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_functions_stay_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{name(path)}:{node.lineno} {node.name}"


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.parts[-2] != "sandbox" and "sandbox" not in p.parts], ids=name
)
def test_a_missing_counter_never_becomes_zero(path: Path) -> None:
    found = [line for line in path.read_text("utf-8").splitlines() if COUNTERS.search(line)]
    assert not found


def test_the_real_clock_is_read_in_one_file() -> None:
    pattern = re.compile(r"datetime\.now\(|utcnow\(|\btime\.time(?:_ns)?\(|date\.today\(")
    readers = [name(p) for p in SOURCES if pattern.search(p.read_text("utf-8"))]
    assert readers == ["cityreach/clock.py"]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_exception_is_of_a_named_tree(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None), path


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_names_say_what_a_module_is_for(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "common", "core"}


def _documents() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    yield from (ROOT / "docs").rglob("*.md")


def test_every_document_is_there_in_both_languages() -> None:
    twins = {"CHANGELOG.md"}
    english = {p for p in _documents() if not p.name.endswith(".zh.md")}
    for path in english:
        if path.name not in twins and path.parent.name != "registry":
            assert path.with_suffix(".zh.md").exists(), name(path)


def test_the_project_names_no_machine() -> None:
    words = ("/home/", "/root/", "pypi.org", "files.pythonhosted")
    for path in [*SOURCES, *_documents(), ROOT / "Makefile", ROOT / "requirements.lock"]:
        text = path.read_text("utf-8")
        assert not [word for word in words if word in text], name(path)
