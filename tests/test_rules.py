"""Rules of the project that no linter knows: one test a rule, with a list of offenders."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from model.platform import PLATFORMS
from tests.shared import ROOT

PACKAGES: tuple[str, ...] = tuple(
    tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["packages"]
)
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
BENCHES = sorted((ROOT / "bench").rglob("*.py"))
ALL = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *BENCHES]
COUNTERS = re.compile(r"\bor 0\b|\.get\([^()]*, 0\)")
CLOCK = re.compile(r"datetime\.now\(|utcnow\(|\btime\.time(?:_ns)?\(|date\.today\(")
OF_PLATFORM = re.compile(rf"(?<=/)(?:{'|'.join(PLATFORMS)})(?=[/.])")
HASTY = re.compile(r"\b(?:wait|communicate|join)\((?:timeout=)?(\d+(?:\.\d+)?)\)")
"""How long a process or a thread is waited for, by a number."""
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "core"}
SKIP = "# fmt: " + "skip"
MACHINES = ("/home/", "/root/", "pypi.org", "files.pythonhosted")
LONGEST_FILE = 400
"""Lines."""
LONGEST_FUNCTION = 50
"""Lines."""
MOST_FILES = 20
"""Modules of one folder, `__init__.py` among them."""
MOST_SHARED_NAMES = 48
"""Public names that more than one module defines: for a reader, each is a wrong turn. Folders of
platforms hold the same modules with the same names, each its own; they count as one."""


def name(path: Path) -> str:
    """The path as the project's documents write it."""
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text("utf-8"))


def lines(path: Path) -> list[str]:
    """The file's lines."""
    return path.read_text("utf-8").splitlines()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public_names(path: Path) -> Iterator[str]:
    """What a module defines at its top level without an underscore: defs, classes, assignments."""
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_files_stay_short() -> None:
    lengths = {name(path): len(lines(path)) for path in ALL}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.slow
def test_functions_stay_short() -> None:
    offenders = {
        f"{name(path)}:{node.lineno} {node.name}": length
        for path in SOURCES
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert offenders == {}


def test_folders_stay_small() -> None:
    sizes = Counter(name(path.parent) for path in [*SOURCES, *BENCHES])
    assert {folder: size for folder, size in sizes.items() if size > MOST_FILES} == {}


@pytest.mark.slow
def test_few_public_names_are_defined_in_several_modules() -> None:
    where = defaultdict(set)
    for path in SOURCES:
        for public in public_names(path):
            if not public.startswith("_"):
                where[public].add(OF_PLATFORM.sub("PLATFORM", name(path)))
    shared = {public: sorted(paths) for public, paths in where.items() if len(paths) > 1}
    assert len(shared) <= MOST_SHARED_NAMES, shared


def test_a_missing_counter_never_becomes_zero() -> None:
    offenders = [
        f"{name(path)}:{number}"
        for path in SOURCES
        if name(path).split("/")[0] != "sandbox"
        for number, line in enumerate(lines(path), 1)
        if COUNTERS.search(line)
    ]
    assert offenders == []


def test_the_real_clock_is_read_in_one_file() -> None:
    readers = [name(path) for path in [*SOURCES, *BENCHES] if CLOCK.search(path.read_text("utf-8"))]
    assert readers == ["operations/running/clock.py"]


@pytest.mark.slow
def test_every_exception_is_of_a_named_tree() -> None:
    offenders = [
        f"{name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert offenders == []


def test_tests_wait_for_other_processes_as_long_as_it_takes() -> None:
    """On a busy machine all takes many times as long: `tests.waiting.LIMIT` ends what hangs."""
    offenders = [
        f"{name(path)}:{number}"
        for path in ALL
        if name(path).startswith("tests/")
        for number, line in enumerate(lines(path), 1)
        if (found := HASTY.search(line)) and float(found[1]) >= 1
    ]
    assert offenders == []


def test_names_say_what_a_module_is_for() -> None:
    assert [name(path) for path in ALL if path.stem in VAGUE] == []


def test_formatting_is_never_switched_off() -> None:
    assert [name(path) for path in ALL if SKIP in path.read_text("utf-8")] == []


def _documents() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    yield from (ROOT / "docs").rglob("*.md")


def test_every_document_is_there_in_both_languages() -> None:
    alone = [
        name(path)
        for path in sorted(_documents())
        if not path.name.endswith(".zh.md")
        and path.name != "CHANGELOG.md"
        and path.parent.name != "registry"
        and not path.with_suffix(".zh.md").exists()
    ]
    assert alone == []


def test_the_project_names_no_machine() -> None:
    paths = [*SOURCES, *_documents(), ROOT / "Makefile", ROOT / "requirements.lock"]
    offenders = [
        f"{name(path)}: {word}"
        for path in paths
        for word in MACHINES
        if word in path.read_text("utf-8")
    ]
    assert offenders == []
