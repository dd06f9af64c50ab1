"""Shared libraries that a server program needs and this machine lacks."""

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
}
"""Debian 12 and Ubuntu 22.04; the wheel's mongod is built against these."""
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


def _package_of(library: str) -> str:
    symbols = library.partition("_")[0]
    if symbols in ("GLIBC", "OPENSSL"):
        return "libc6" if symbols == "GLIBC" else "libssl3"
    return _PACKAGES.get(library, library)
