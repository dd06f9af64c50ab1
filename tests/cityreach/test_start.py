"""What a command imports before it does anything: `--help` and a wrong option answer at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from cityreach.cli import command_line
from cityreach.cli.commands import COMMAND_PLACES, typed_command
from cityreach.quick_start import leave_out_revocation
from tests.shared import ROOT

HEAVY = (
    *("numpy", "pymongo", "redis", "scrapy", "scoring", "portal", "playwright", "openpyxl"),
    *("pydantic", "twisted", "httpx", "fastapi"),
)
CLIENTS = ("numpy", "pymongo", "redis", "scrapy", "parsel", "twisted", "httpx", "embedded.stack")
MAPPERS = "crawler.platforms.x.map"


def loaded_after(statement: str, names: tuple[str, ...]) -> list[str]:
    """Which of these modules a process has loaded once it has run the statement."""
    program = f"import sys\n{statement}\nprint([n for n in {names} if n in sys.modules])"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[str] = eval(done.stdout.splitlines()[-1])
    return found


def test_no_command_needs_the_libraries_of_others() -> None:
    modules = {f"cityreach.cli.{module}" for module, _ in COMMAND_PLACES.values()}
    assert loaded_after(f"import {', '.join(sorted(modules))}", HEAVY) == []


def test_settings_are_read_without_mappers_and_clients_of_servers() -> None:
    statement = "from cityreach.settings import load_settings; load_settings(None)"
    assert loaded_after(statement, (*CLIENTS, MAPPERS)) == []


def test_the_cost_of_a_month_is_told_without_clients_of_servers() -> None:
    servers = ("pymongo", "redis", "scrapy", "twisted", "httpx", "numpy")
    assert loaded_after("import operations.cost", servers) == []


def test_a_command_that_is_typed_loads_no_other() -> None:
    statement = "from cityreach.cli import command_line; command_line(only='top')"
    others = ("cityreach.cli.issues", "cityreach.cli.media", "cityreach.cli.watching")
    assert loaded_after(statement, ("cityreach.cli.numbers", *others)) == ["cityreach.cli.numbers"]


SUBCOMMANDS = """
import os
from cityreach.cli import command_line
from cityreach.cli.commands import COMMAND_PLACES

def show(names, only):
    for name in names:
        found = command_line(only=only).commands[name]
        print(only is None, name, *getattr(found, "commands", ()), flush=True)

for name in COMMAND_PLACES:
    if not os.fork():
        show([name], name)
        os._exit(0)
    os.wait()
show(COMMAND_PLACES, None)
"""


@pytest.mark.slow
def test_a_group_that_is_typed_has_all_its_commands() -> None:
    """Whatever module adds them; each group in a process that has loaded no other."""
    command = [sys.executable, "-c", SUBCOMMANDS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line.partition(" ") for line in done.stdout.splitlines()]
    alone, together = ({w for s, _, w in lines if s == kind} for kind in ("False", "True"))
    assert alone == together
    assert len(alone) == len(COMMAND_PLACES)


@pytest.mark.parametrize(
    ("uri", "loaded"),
    [
        ("mongodb://a:1/?replicaSet=r", []),
        ("mongodb://a:1/?tls=true", ["OpenSSL"]),
        ("mongodb+srv://cluster.example/", ["OpenSSL"]),
    ],
)
def test_revocation_is_asked_of_encrypted_connections_alone(uri: str, loaded: list[str]) -> None:
    statement = (
        f"import os; os.environ['CITYREACH_MONGO_URI'] = {uri!r}; "
        "from cityreach.quick_start import leave_out_revocation; leave_out_revocation(); "
        "import pymongo"
    )
    assert loaded_after(statement, ("OpenSSL",)) == loaded


@pytest.mark.parametrize("text", ["CITYREACH_MONGO_URI=mongodb://a/?ssl=true\n", "\ud800"])
def test_an_env_file_may_name_an_encrypted_connection(text: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with mock.patch.dict(sys.modules), mock.patch.dict(os.environ):
        os.environ.pop("CITYREACH_MONGO_URI", None)
        sys.modules.pop("pymongo.pyopenssl_context", None)
        leave_out_revocation(file)
        assert "pymongo.pyopenssl_context" not in sys.modules
        leave_out_revocation(tmp_path / "none")
        assert sys.modules["pymongo.pyopenssl_context"] is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["cityreach", "top", "--help"], "top"),
        (["cityreach", "--lang", "zh", "top"], "top"),
        (["cityreach", "--lang=zh", "top"], "top"),
        (["cityreach", "--lang", "top"], ""),
        (["cityreach", "--lang"], ""),
        (["cityreach"], ""),
        (["cityreach", "--version"], ""),
        (["cityreach", "topp"], None),
        (["cityreach", "--help", "top"], None),
    ],
)
def test_which_command_is_meant(typed: list[str], expected: str | None) -> None:
    assert typed_command(typed) == expected


@pytest.mark.parametrize("words", [[], ["--help"], ["top", "--help"], ["issue", "show", "--help"]])
def test_help_is_the_same_as_of_all_commands(words: list[str]) -> None:
    run = CliRunner()
    asked = run.invoke(command_line(only=typed_command(["cityreach", *words])), words)
    complete = run.invoke(command_line(), words)
    assert (asked.exit_code, asked.output) == (complete.exit_code, complete.output)
    assert "Usage" in asked.output
