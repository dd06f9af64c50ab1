"""Carries out the steps of deploy/Dockerfile on a bare Debian root, without Docker, then `demo`.

    python deploy/bare_root.py FOLDER [--target core] [--mirror URL] [-- COMMAND ...]

As root, with debootstrap, and some 3 GB in FOLDER. The base is Debian with its own Python, not
the official image of Python. What apt and pip are told here (mirror, index, proxies) holds inside
too. Ends with the exit code of the command, by default `demo`, as the image's own user.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
SUITE = "bookworm"
_TOLD = re.compile(r"(?i)^(PIP_.*|.*_proxy|SSL_CERT_FILE|OPENBLAS_.*)$")
_CONFIGURED = ("/etc/resolv.conf", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")


@dataclass
class Stage:
    """A stage of the Dockerfile: the root it makes, and what holds there."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    user: str = "0"
    place: str = "/"
    entrypoint: list[str] = field(default_factory=list)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile in order; lines that go on are joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        yield word.upper(), rest.strip()


def kept(pattern_file: Path) -> list[str]:
    """What `.dockerignore` lets through: it refuses all, then names what may come."""
    lines = pattern_file.read_text("utf-8").split()
    return [line[1:] for line in lines if line.startswith("!")]


class Build:
    """Carries the instructions out, stage by stage."""

    def __init__(self, folder: Path, base: Path) -> None:
        self._folder = folder
        self._base = base
        self.stages: dict[str, Stage] = {}
        self._now = Stage(base)

    def until(self, target: str) -> Stage:
        """All stages up to and with this one."""
        for word, rest in instructions((HERE / "Dockerfile").read_text("utf-8")):
            if word == "FROM" and target in self.stages:
                break
            print(f"{word} {rest[:100]}", flush=True)
            getattr(self, f"_{word.lower()}")(rest)
        return self.stages[target]

    def _from(self, rest: str) -> None:
        source, _, name = rest.partition(" AS ")
        parent = self.stages.get(source, Stage(self._base))
        root = self._folder / name
        subprocess.run(["cp", "-a", parent.root, root], check=True)
        self._now = Stage(root, dict(parent.env), parent.user, parent.place, parent.entrypoint)
        self.stages[name] = self._now

    def _env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self._now.env[name] = value.replace("$PATH", self._now.env.get("PATH", _PATH))

    def _workdir(self, rest: str) -> None:
        (self._now.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        self._now.place = rest

    def _user(self, rest: str) -> None:
        self._now.user = rest.partition(":")[0]

    def _run(self, rest: str) -> None:
        within(self._now, ["sh", "-c", rest]).check_returncode()

    def _copy(self, rest: str) -> None:
        words = shlex.split(rest)
        options = dict(w[2:].split("=", 1) for w in words if w.startswith("--"))
        *sources, to = (w for w in words if not w.startswith("--"))
        target = self._now.root / str(Path(self._now.place, to)).lstrip("/")
        source_root = self.stages[options["from"]].root if "from" in options else ROOT
        for source in sources:
            if source == ".":
                names = kept(ROOT / ".dockerignore")
                self._paste([(ROOT / name, target / name) for name in names], options)
            else:
                path = source_root / source.lstrip("/")
                inside = to.endswith("/") or target.is_dir()
                self._paste([(path, target / path.name if inside else target)], options)

    def _paste(self, pairs: list[tuple[Path, Path]], options: dict[str, str]) -> None:
        for source, target in pairs:
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(
                    source, target, symlinks=True, dirs_exist_ok=True, ignore=_without_caches
                )
            else:
                shutil.copy2(source, target)
            if mode := options.get("chmod"):
                target.chmod(int(mode, 8))

    def _entrypoint(self, rest: str) -> None:
        self._now.entrypoint = json.loads(rest)

    def _volume(self, rest: str) -> None:
        """The folder is there already."""

    _cmd = _stopsignal = _volume


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _without_caches(_: str, names: list[str]) -> list[str]:
    return fnmatch.filter(names, "__pycache__")


def within(stage: Stage, command: list[str]) -> subprocess.CompletedProcess[bytes]:
    """A command in the root of a stage, as its user, with its environment and nothing of ours but
    how registries are reached."""
    told = {k: v for k, v in os.environ.items() if _TOLD.match(k)}
    # Here the init is not process 1.
    env = {"PATH": _PATH, "HOME": "/root", "TINI_SUBREAPER": "1", **told, **stage.env}
    if stage.user != "0":
        user = ["--reuid", stage.user, "--regid", stage.user, "--clear-groups"]
        command = ["setpriv", *user, "--no-new-privs", *command]
    script = f"cd {shlex.quote(stage.place)} && exec {shlex.join(command)}"
    with _mounted(stage.root):
        return subprocess.run(["chroot", stage.root, "sh", "-c", script], env=env, check=False)


@contextmanager
def _mounted(root: Path) -> Iterator[None]:
    """With processes and devices inside, which builds and the demo need."""
    with ExitStack() as held:
        for kind in (["-t", "proc", "proc"], ["--rbind", "/dev"]):
            place = root / ("proc" if "proc" in kind else "dev")
            subprocess.run(["mount", *kind, place], check=True)
            held.callback(subprocess.run, ["umount", "-R", "-l", str(place)], check=False)
        yield


def bare(folder: Path, mirror: str | None) -> Path:
    """A Debian root with Python, made once for all stages."""
    root = folder / "base"
    more = "--include=python3,python3-venv,python3-dev,ca-certificates"
    command = ["debootstrap", "--variant=minbase", more, SUITE, str(root)]
    subprocess.run([*command, mirror] if mirror else command, check=True)
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", "utf-8")
    for file in _CONFIGURED:
        if Path(file).is_file():
            inside = root / file.lstrip("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.unlink(missing_ok=True)
            shutil.copy(file, inside)
    for file in Path("/etc/apt/apt.conf.d").glob("*"):
        if "roxy" in file.read_text("utf-8", "replace"):
            shutil.copy(file, root / "etc/apt/apt.conf.d")
    return root


def main() -> int:
    """The exit code of the command inside."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--target", default="core")
    parser.add_argument("--mirror")
    parser.add_argument("command", nargs="*", default=["demo"])
    given = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        sys.exit("this takes root and debootstrap (Debian: apt install debootstrap)")
    folder = given.folder.resolve()
    folder.mkdir(parents=True)
    stage = Build(folder, bare(folder, given.mirror)).until(given.target)
    print(f"cityreach {shlex.join(given.command)}", flush=True)
    return within(stage, [*stage.entrypoint, *given.command]).returncode


if __name__ == "__main__":
    sys.exit(main())
