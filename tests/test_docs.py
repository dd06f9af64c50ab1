"""What the documents say holds: links, commands, settings, outcomes, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from click.testing import CliRunner

from cityreach.cli import command_line
from cityreach.settings import settings_class
from model.messages import Outcome
from model.platforms import FACTS
from scheduler.retry import RETRIES
from tests.definition_tables import tables
from tests.shared import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
OUTCOMES = [ROOT / "docs" / "outcomes.md", ROOT / "docs" / "outcomes.zh.md"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (path.parent / target).exists(), f"{name(path)}: {target}"


def commands() -> Iterator[str]:
    for command, found in command_line().commands.items():
        if isinstance(found, typer.core.TyperGroup):
            yield from (f"{command} {inner}" for inner in found.commands)
        else:
            yield command


@pytest.mark.parametrize("path", READMES, ids=name)
def test_the_readme_names_every_command(path: Path) -> None:
    text = path.read_text("utf-8")
    for command in commands():
        first, *rest = command.split()
        assert f"`{first}" in text, command
        assert all(word in text for word in rest), command


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_documents_name_only_commands_that_exist(path: Path) -> None:
    known = {c.split()[0] for c in commands()}
    for used in re.findall(r"(?:^|[`\s/])cityreach ([a-z]+)\b", path.read_text("utf-8")):
        assert used in known, f"{name(path)}: cityreach {used}"


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / ".env.example"], ids=name)
def test_documents_name_only_settings_that_exist(path: Path) -> None:
    sections = settings_class().model_fields
    for key in re.findall(r"CITYREACH_([A-Z_]+[A-Z])", path.read_text("utf-8")):
        first, *rest = key.lower().split("__")
        assert first in sections or first == "secrets_dir", key
        inner: Any = sections.get(first)
        for one in rest:
            kinds = (*get_args(inner.annotation), inner.annotation)
            section = next((kind for kind in kinds if hasattr(kind, "model_fields")), None)
            assert section is not None, key
            inner = section.model_fields.get(one)
            assert inner is not None, key


@pytest.mark.parametrize("path", OUTCOMES, ids=name)
def test_every_outcome_has_its_row(path: Path) -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|[^|]*\| ([^|]*) \|$", path.read_text("utf-8"), re.M)
    assert [outcome for outcome, _ in rows] == [outcome.value for outcome in Outcome]
    for outcome, again in rows:
        budget = RETRIES.get(Outcome(outcome))
        numbers = [int(n) for n in re.findall(r"\d+", again)]
        expected = [budget.attempts, int(budget.delay.total_seconds() / 60)] if budget else []
        assert numbers == expected, outcome


def test_both_languages_have_the_same_tables() -> None:
    for path in DOCUMENTS:
        twin = path.with_suffix(".zh.md")
        if twin.exists():
            one, two = (p.read_text("utf-8") for p in (path, twin))
            for mark in ("\n| ", "\n#", "\n```"):
                assert one.count(mark) == two.count(mark), f"{name(path)}: {mark.strip()}"
            assert sorted(re.findall(r"`(CITYREACH_\w+)", one)) == sorted(
                re.findall(r"`(CITYREACH_\w+)", two)
            )


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_has_help(command: str) -> None:
    done = CliRunner().invoke(command_line(), [*command.split(), "--help"])
    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 5


ARCHITECTURE = [
    ROOT / "docs" / name
    for stem in ("architecture", "glossary")
    for name in (f"{stem}.md", f"{stem}.zh.md")
] + sorted(ROOT.glob("CONTRIBUTING*.md"))


@pytest.mark.parametrize("path", ARCHITECTURE, ids=name)
def test_files_and_types_that_documents_name_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    files = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)`", text)
    assert files, name(path)
    assert not [file for file in files if not (ROOT / file).exists()]
    types = re.findall(r"`([A-Z][A-Za-z]+)`", text)
    assert not [word for word in types if word not in _defined()]


@cache
def _defined() -> set[str]:
    """The names that the sources define, and two that Python does."""
    defined = re.findall(r"^\s*(?:class|def) (\w+)|^(\w+)(?:: .*)? = ", _sources(), re.M)
    return {word for pair in defined for word in pair} | {"JSON", "None"}


def _sources() -> str:
    packages = ("model", "scheduler", "bus", "crawler", "store", "scoring", "portal", "operations")
    files = (path for package in packages for path in (ROOT / package).rglob("*.py"))
    return "\n".join(path.read_text("utf-8") for path in files)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_definitions_are_those_of_the_facts(lang: str) -> None:
    path = ROOT / "docs" / ("definitions.md" if lang == "en" else "definitions.zh.md")
    text = path.read_text("utf-8")
    for table in tables(lang):
        assert f"\n{table}\n" in text, f"{name(path)}: python -m tests.definition_tables {lang}"


@pytest.mark.parametrize("path", READMES, ids=name)
def test_the_table_of_credentials_is_that_of_the_facts(path: Path) -> None:
    rows = re.findall(
        r"^ *\| ([^|]+) \| ((?:`CITYREACH_\w+`[,、 ]*)+) \|", path.read_text("utf-8"), re.M
    )
    found = [(title, re.findall(r"`(\w+)`", keys)) for title, keys in rows]
    assert found == [
        (facts.en, [f"CITYREACH_{platform.upper()}__{key.upper()}" for key in facts.need.keys])
        for platform, facts in FACTS.items()
    ]
