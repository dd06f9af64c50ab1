"""What the system lacks is named where nothing may be installed: package by package, no more."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.shared import ROOT

DEPLOY = ROOT / "deploy"


def executable(folder: Path, name: str, script: str) -> Path:
    """A program of a few lines of shell."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def said(folder: Path, script: str, *arguments: str) -> str:
    """What a script of deploy/ says, with the folder's programs before the system's."""
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", DEPLOY / script, *arguments],
        env={**os.environ, "PATH": path, "SYSTEM_PACKAGES": "no"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


HERE = "	libcurl.so.4 (libc6,x86-64) => /lib/libcurl.so.4"
LDAP = "	libldap-2.5.so.0 (libc6,x86-64) => /lib/libldap-2.5.so.0"


@pytest.mark.parametrize(
    ("libraries", "missing"),
    [
        ([], ["libcurl4 libldap-2.5-0"]),
        ([HERE], ["libldap-2.5-0"]),
        ([LDAP], ["libcurl4"]),
        ([HERE, LDAP], []),
    ],
)
def test_libraries_of_mongod_are_named(
    libraries: list[str], missing: list[str], tmp_path: Path
) -> None:
    lines = "\n".join(libraries)
    executable(tmp_path, "ldconfig", f"cat <<'END'\n{lines}\nEND")
    told = said(tmp_path, "system-libraries.sh")
    for packages in missing:
        assert f"the system packages {packages} are missing and are not installed" in told
        assert "not needed with CITYREACH_MONGO_URI" in told
    assert bool(told) == bool(missing)


def test_they_are_looked_for_also_without_the_path_of_root() -> None:
    """Debian gives users a path without /sbin."""
    done = subprocess.run(
        ["sh", "-x", DEPLOY / "system-libraries.sh"],
        env={"PATH": "/usr/bin:/bin", "SYSTEM_PACKAGES": "no"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "+ ldconfig -p\n" in done.stderr


def python(folder: Path, browser: bool, packages: str) -> str:
    """A stand-in for the environment's Python: whether it finds a browser, and what that lacks."""
    return str(
        executable(
            folder,
            "python",
            f"""case "$2" in
*missing_libraries*) echo '{packages}' ;;
*browser_path*) exit {0 if browser else 1} ;;
*) exit 1 ;;
esac""",
        )
    )


@pytest.mark.parametrize(
    ("browser", "packages", "told"),
    [
        (True, "", ""),
        (True, "libgbm1 libnss3", "the system packages libgbm1 libnss3 are missing"),
        (True, "libgbm1 libnss3", "public pages that need the browser are left out"),
        (False, "", "no browser: public pages that need one are left out"),
    ],
)
def test_what_the_browser_lacks_is_named(
    browser: bool, packages: str, told: str, tmp_path: Path
) -> None:
    found = said(tmp_path, "browser.sh", python(tmp_path, browser, packages))
    assert told in found
    assert bool(found) == bool(told)
