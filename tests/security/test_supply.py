"""What is installed is what was looked at: by version, by hash, under known licences."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from embedded.binaries import MONGOD, probe
from tests.security.supply import LOCKS, entries, licence_of, locked, needed_by
from tests.shared import ROOT
from tests.waiting import LIMIT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LICENCES = ROOT / "tests" / "security" / "licences.txt"
"""Every package that CityReach installs. A new one is looked at before it is added here."""
ALLOWED = re.compile(
    r"MIT|MIT-0|MIT-CMU|BSD|0BSD|ISC|Apache|PSF|Python Software Foundation|ZPL|Zlib|CC0|Unlicense"
    r"|MPL|Mozilla Public License|OFL"
)
AUDIT = ROOT / "deploy" / "audit.py"


@pytest.mark.parametrize(
    "name", [*LOCKS, *(f"requirements-{name}.lock" for name in ("clients", "tools", "docs"))]
)
def test_every_line_of_a_lock_file_is_a_version_with_its_hashes(name: str) -> None:
    pinned = entries(name)
    assert pinned
    assert [key for key, (_, hashes) in pinned.items() if not hashes] == []


def test_no_package_is_pinned_twice() -> None:
    names = [key for name in LOCKS for key in entries(name)]
    assert len(names) == len(set(names))


def wanted() -> list[str]:
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    return [*project["dependencies"], *extras, *PROJECT["build-system"]["requires"]]


@pytest.mark.parametrize("line", sorted(set(wanted())))
def test_what_the_project_asks_for_is_pinned(line: str) -> None:
    requirement = Requirement(line)
    if requirement.name == PROJECT["project"]["name"]:
        return
    version = locked().get(requirement.name.lower().replace("_", "-"))
    assert version is not None, f"{line} is in no lock file: run `make lock`"
    assert requirement.specifier.contains(version)


@pytest.mark.parametrize(
    ("extra", "more"),
    [
        ("browser", "requirements-browser.lock"),
        ("report", "requirements-report.lock"),
        ("parquet", "requirements-report.lock"),
        ("analysis", "requirements-report.lock"),
    ],
)
def test_an_extra_is_whole_with_a_lock_file_of_its_own(extra: str, more: str) -> None:
    """So that nobody installs what tests take to read a workbook."""
    wanted_here = needed_by(extra, PROJECT["project"]["optional-dependencies"][extra])
    given = {**entries("requirements.lock"), **entries(more)}
    assert sorted(wanted_here - given.keys()) == []
    assert not {"pytest", "mypy", "hypothesis"} & given.keys()


def test_the_build_backend_is_pinned() -> None:
    assert all("==" in line for line in PROJECT["build-system"]["requires"])


def test_make_installs_by_the_lock_files_alone() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "LOCKED := $(INSTALL) --require-hashes" in makefile
    recipes = [line.strip() for line in makefile.splitlines() if line.startswith("\t")]
    assert [line for line in recipes if "pip install" in line] == []
    installing = [line for line in recipes if "$(LOCKED)" in line or "$(ITSELF)" in line]
    assert len(installing) >= 7


def listed() -> dict[str, str]:
    lines = LICENCES.read_text("utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_the_licence_of_every_dependency_is_listed() -> None:
    assert sorted(listed()) == sorted(locked())


def test_licences_are_as_listed() -> None:
    found = {name: licence_of(name) for name in locked()}
    differing = {
        name: licence
        for name, licence in found.items()
        if licence is not None and licence != listed()[name]
    }
    assert differing == {}


def test_every_licence_permits_what_we_do() -> None:
    unknown = {name: licence for name, licence in listed().items() if not ALLOWED.search(licence)}
    assert unknown == {}


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_names_the_mongodb_that_comes_along(name: str) -> None:
    """The package says Apache of itself; the server inside is under the SSPL."""
    text = (ROOT / name).read_text("utf-8")
    program = MONGOD.in_wheel()
    assert program is not None
    version = ".".join(map(str, probe(MONGOD, program, "wheel").version))
    for said in (MONGOD.wheel, version, "SSPL", "CVE-2025-14847", "MongoDB 8"):
        assert said in text


def audited(folder: Path, program: str) -> tuple[int, str]:
    """What deploy/audit.py makes of a pip-audit that behaves so."""
    pip_audit = folder / "pip-audit"
    pip_audit.write_text(f"#!/bin/sh\n{program}\n")
    pip_audit.chmod(0o755)
    command = [sys.executable, str(AUDIT), str(pip_audit), "requirements.lock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


SKIPPED = '{"dependencies": [{"name": "idna", "skip_reason": "not found"}]}'


CALM = "echo 'No known vulnerabilities found' >&2; exit 0"


@pytest.mark.parametrize(
    "program",
    [
        "echo 'ERROR: connection refused' >&2; exit 1",
        f"echo '{SKIPPED}'",
        f"echo '{SKIPPED}'; {CALM}",
        f"""echo '{{"dependencies": []}}'; {CALM}""",
        CALM,
    ],
)
def test_an_audit_that_learns_nothing_says_so(tmp_path: Path, program: str) -> None:
    code, said = audited(tmp_path, program)
    assert code == 3
    assert said == "The source of advisories could not be asked: nothing was checked.\n"


def test_an_audit_names_advisories(tmp_path: Path) -> None:
    advisory = '{"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": [], "description": ""}'
    package = f'{{"name": "idna", "version": "1.0", "vulns": [{advisory}]}}'
    code, said = audited(tmp_path, f"echo '{{\"dependencies\": [{package}]}}'; exit 1")
    assert code == 1
    assert said.startswith("idna 1.0: PYSEC-1, mended in 2.0\n1 packages checked, 1 with")


def test_an_audit_without_advisories_ends_well(tmp_path: Path) -> None:
    package = '{"name": "idna", "version": "3.20", "vulns": []}'
    code, said = audited(tmp_path, f"echo '{{\"dependencies\": [{package}]}}'")
    assert code == 0
    assert said.startswith("1 packages checked, 0 with advisories.\n")


def installing(folder: Path, **more: str) -> str:
    """What the scripts say when two packages are missing; apt-get only writes what it was given."""
    apt = folder / "apt-get"
    apt.write_text('#!/bin/sh\ncat\necho "apt-get $* $DEBIAN_FRONTEND" >&2\n')
    apt.chmod(0o755)
    script = f". {ROOT}/deploy/system-packages.sh; install_packages servers one two"
    env = {"PATH": f"{folder}:{os.environ['PATH']}", **more}
    done = subprocess.run(
        ["sh", "-euc", script],
        env=env,
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
    )
    return done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install packages")
def test_system_packages_are_named_before_they_are_installed(tmp_path: Path) -> None:
    lines = installing(tmp_path).splitlines()
    assert lines[0].startswith("servers: installing the system packages one two")
    assert "SYSTEM_PACKAGES=no" in lines[0]
    assert lines[1:] == [
        "apt-get update -q noninteractive",
        "apt-get install -q -y --no-install-recommends one two noninteractive",
    ]


def test_without_leave_missing_packages_are_only_named(tmp_path: Path) -> None:
    said = installing(tmp_path, SYSTEM_PACKAGES="no")
    assert (
        said == "servers: the system packages one two are missing and are not installed from here\n"
    )
