"""Shared libraries that a program - a server, a browser - needs and this machine lacks."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

_PACKAGES = {
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "libcurl.so.4": "libcurl4",
    "libldap-2.5.so.0": "libldap-2.5-0",
    "liblber-2.5.so.0": "libldap-2.5-0",
    "liblzma.so.5": "liblzma5",
    "libgcc_s.so.1": "libgcc-s1",
    "libresolv.so.2": "libc6",
    "libm.so.6": "libc6",
    "libc.so.6": "libc6",
    "libnspr4.so": "libnspr4",
    "libnss3.so": "libnss3",
    "libnssutil3.so": "libnss3",
    "libsmime3.so": "libnss3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0",
    "libatk-1.0.so.0": "libatk1.0-0",
    "libatk-bridge-2.0.so.0": "libatk-bridge2.0-0",
    "libatspi.so.0": "libatspi2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libexpat.so.1": "libexpat1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11.so.6": "libx11-6",
    "libxcb.so.1": "libxcb1",
    "libXext.so.6": "libxext6",
    "libXcomposite.so.1": "libxcomposite1",
    "libXdamage.so.1": "libxdamage1",
    "libXfixes.so.3": "libxfixes3",
    "libXrandr.so.2": "libxrandr2",
    "libgbm.so.1": "libgbm1",
    "libdrm.so.2": "libdrm2",
    "libasound.so.2": "libasound2",
    "libcups.so.2": "libcups2",
    "libcairo.so.2": "libcairo2",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libudev.so.1": "libudev1",
}
"""Debian 12 and Ubuntu 22.04: what the wheel's mongod and Playwright's Chromium need."""
_NOT_FOUND = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)
_WRONG_VERSION = re.compile(r"version `(\S+)' not found")


def missing_libraries(program: Path) -> list[str]:
    """Names of the libraries that the dynamic linker does not find, as ldd(1) tells it.

    Empty where there is no ldd or it cannot read the program; starting it will tell then.
    """
    ldd = shutil.which("ldd")
    if ldd is None:
        return []
    try:
        answer = subprocess.run(
            [ldd, program], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    said = answer.stdout + answer.stderr
    return sorted({*_NOT_FOUND.findall(said), *_WRONG_VERSION.findall(said)})


def packages_of(libraries: Iterable[str]) -> list[str]:
    """The Debian packages that hold these libraries; a library stands for an unknown package."""
    return sorted({_package_of(name) for name in libraries})


def needs_packages(libraries: Iterable[str]) -> str:
    """The libraries and their packages, for people."""
    found = list(libraries)
    return f"{', '.join(found)} (Debian 12: apt install {' '.join(packages_of(found))})"


def _package_of(library: str) -> str:
    symbols = library.partition("_")[0]
    if symbols in ("GLIBC", "OPENSSL"):
        return "libc6" if symbols == "GLIBC" else "libssl3"
    return _PACKAGES.get(library, library)
