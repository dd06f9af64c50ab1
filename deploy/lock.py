"""Writes the lock files anew: exact versions with the hashes of every file of theirs.

    python deploy/lock.py UV [--upgrade]

UV is the program that resolves (`make lock` installs it). What is pinned stays so, unless
`--upgrade` is given or pyproject.toml asks for something else.

    requirements.lock           CityReach, its servers, and what builds its package
    requirements-browser.lock   in addition: public pages
    requirements-report.lock    in addition to the first: reports, Parquet, analyses
    requirements-dev.lock       in addition: all other extras, tests, checks
    requirements-clients.lock   the official clients, an environment of its own; the names in it are
                                chosen by hand, so their own dependencies are not followed
    requirements-docs.lock      what `make docs` runs, an environment of its own
    requirements-tools.lock     what `make lock`, `make audit` and the checks of deploy/ run, an
                                environment of its own
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {
    "requirements.lock": ("--extra", "local"),
    "requirements-browser.lock": ("--extra", "local", "--extra", "browser"),
    "requirements-report.lock": (
        *("--extra", "local", "--extra", "browser"),
        *("--extra", "report", "--extra", "parquet", "--extra", "analysis"),
    ),
    "requirements-dev.lock": ("--all-extras",),
}
CLIENTS = "requirements-clients.lock"
TOOLS = "requirements-tools.lock"
DOCS = "requirements-docs.lock"
_DOCS = "mkdocs-material\nmkdocs-static-i18n\n"
_TOOLS = (
    "uv\npip-audit\ncheck-jsonschema\nhadolint-bin\nkubernetes-validate\npromql-parser\npyyaml\n"
)
_BUILD = "hatchling\neditables\n"
"""An editable installation without a build of its own environment needs both."""
_COMMON = ("--universal", "--generate-hashes", "--no-annotate")
_PYTHON, _PYTHON_OF_DOCS = "3.11", "3.11.5"
"""The least that an environment is made for; what the documents take begins later."""
_HEADS = {
    "requirements.lock": "CityReach, its servers, and what builds its package.",
    "requirements-browser.lock": "In addition to requirements.lock: public pages.",
    "requirements-report.lock": "In addition to requirements.lock: reports, Parquet, analyses.",
    "requirements-dev.lock": "In addition to the three others: all other extras, tests, checks.",
    TOOLS: "What `make lock`, `make audit` and the checks of deploy/ run.",
    DOCS: "What `make docs` runs.",
    CLIENTS: "The official clients, what they import, and pytest. The names are chosen by hand.",
}
_ENTRY = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ \n]+)[^\n]*(?:\n    [^\n]*)*", re.M)

Entries = dict[str, str]
"""Name to the whole entry: version, marker, hashes."""


def entries_of(text: str) -> Entries:
    """The entries of a lock file."""
    return {match["name"]: match[0] for match in _ENTRY.finditer(text)}


def pins_of(text: str) -> str:
    """The entries as `name==version` lines, without hashes."""
    return "".join(f"{m['name']}=={m['version']}\n" for m in _ENTRY.finditer(text))


def _lines(text: str) -> list[str]:
    """The pins, each once: the first of a name counts."""
    first: dict[str, str] = {}
    for line in pins_of(text).splitlines(keepends=True):
        first.setdefault(line.partition("==")[0], line)
    return list(first.values())


def _resolve(uv: str, *arguments: str, python: str = _PYTHON) -> Entries:
    command = [uv, "pip", "compile", "--no-header", "--quiet", *_COMMON]
    command += ["--python-version", python, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return entries_of(done.stdout)


def _write(name: str, entries: Entries) -> None:
    head = f"# {_HEADS[name]}\n# Made by `make lock`; installed with --require-hashes.\n"
    (ROOT / name).write_text(head + "".join(f"{entry}\n" for entry in entries.values()), "utf-8")


def _present() -> str:
    names = (*LOCKS, TOOLS, DOCS)
    return "".join((ROOT / name).read_text("utf-8") for name in names if (ROOT / name).exists())


def main(uv: str, upgrade: bool) -> None:
    """Every file holds only what the ones before it do not."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        pins, build, tools = place / "pins", place / "build.in", place / "tools.in"
        pins.write_text("" if upgrade else "".join(_lines(_present())), "utf-8")
        build.write_text(_BUILD, "utf-8")
        tools.write_text(_TOOLS, "utf-8")
        clients = place / "clients.in"
        clients.write_text(pins_of((ROOT / CLIENTS).read_text("utf-8")), "utf-8")
        earlier: Entries = {}
        for name, extras in LOCKS.items():
            entries = _resolve(uv, "pyproject.toml", str(build), *extras, "-c", str(pins))
            _write(name, {key: one for key, one in entries.items() if key not in earlier})
            earlier |= entries
            # Later files agree with this one.
            pins.write_text("".join(_lines("\n".join([*earlier.values(), pins.read_text()]))))
        site = place / "docs.in"
        site.write_text(_DOCS, "utf-8")
        _write(DOCS, _resolve(uv, str(site), "-c", str(pins), python=_PYTHON_OF_DOCS))
        _write(TOOLS, _resolve(uv, str(tools), "-c", str(pins)))
        _write(CLIENTS, _resolve(uv, "--no-deps", str(clients)))


if __name__ == "__main__":
    main(sys.argv[1], "--upgrade" in sys.argv[2:])
