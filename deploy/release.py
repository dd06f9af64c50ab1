"""Makes the files of a release, reproducibly, in dist/: wheel, source, SBOM, sums.

    python deploy/release.py [--try]

From a clean checkout, with the environment of `make .venv/.dev`. Everything is built twice and must
be the same bytes. `--try` installs the wheel by requirements.lock into an empty environment outside
the checkout and runs `cityreach demo` there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
LOCKS = ("requirements.lock", "requirements-browser.lock")
_ENTRY = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ \n]+)(?P<rest>[^\n]*(?:\n    [^\n]*)*)", re.M
)


def version_of(root: Path = ROOT) -> str:
    """The version, which pyproject.toml, the code and the changelog must agree on."""
    told = {
        "pyproject.toml": tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"][
            "version"
        ],
        "model/version.py": _found(r'__version__ = "([^"]+)"', root / "model" / "version.py"),
        "CHANGELOG.md": _found(r"^## (\d+\.\d+\.\d+)", root / "CHANGELOG.md"),
    }
    if len(set(told.values())) != 1:
        sys.exit("these name different versions: " + ", ".join(f"{k} {v}" for k, v in told.items()))
    return told["pyproject.toml"]


def _found(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text("utf-8"), re.M)
    return found[1] if found else "none"


def unreleased(root: Path = ROOT) -> bool:
    """Whether the changelog has entries that no version has taken yet."""
    text = (root / "CHANGELOG.md").read_text("utf-8")
    part = text.partition("## Unreleased")[2].partition("\n## ")[0]
    return bool(re.search(r"^- ", part, re.M))


def components(root: Path = ROOT) -> list[dict[str, Any]]:
    """What a full installation has, by the lock files: version, hashes, licence."""
    lines = (root / "tests" / "security" / "licences.txt").read_text("utf-8").splitlines()
    licences = dict(line.split(": ", 1) for line in lines)
    found = []
    for lock in LOCKS:
        for entry in _ENTRY.finditer((root / lock).read_text("utf-8")):
            name, version = entry["name"], entry["version"]
            hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", entry["rest"])
            found.append(
                {
                    "type": "library",
                    "name": name,
                    "version": version,
                    "purl": f"pkg:pypi/{name}@{version}",
                    "bom-ref": f"pkg:pypi/{name}@{version}",
                    "licenses": [{"license": {"name": licences.get(name, "not listed")}}],
                    # A release has several files, so these say more than one hash can.
                    "properties": [{"name": "file:sha256", "value": one} for one in hashes],
                }
            )
    return sorted(found, key=lambda one: one["name"])


def sbom(version: str, instant: int, root: Path = ROOT) -> dict[str, Any]:
    """CycloneDX 1.5. The serial number follows from the content, so that it is the same again."""
    parts = components(root)
    seed = hashlib.sha256(json.dumps([version, parts]).encode()).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.UUID(seed[:32])}",
        "version": 1,
        "metadata": {
            "timestamp": _stamp(instant),
            "component": {"type": "application", "name": "cityreach", "version": version},
        },
        "components": parts,
    }


def _stamp(instant: int) -> str:
    done = _output("date", "--utc", f"--date=@{instant}", "+%Y-%m-%dT%H:%M:%SZ")
    return done.strip()


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def built(folder: Path, instant: int) -> dict[str, bytes]:
    """Wheel and source by name, from what is committed; files have the commit's instant."""
    source = folder / "source"
    source.mkdir(parents=True)
    with subprocess.Popen(["git", "archive", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", source], stdin=archive.stdout, check=True)
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(instant)}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder / "out")]
    subprocess.run(command, cwd=source, env=env, check=True, stdout=subprocess.DEVNULL)
    return {path.name: path.read_bytes() for path in sorted((folder / "out").iterdir())}


def try_wheel(wheel: Path) -> None:
    """`cityreach demo` from the wheel, in an empty environment, far from the checkout."""
    with tempfile.TemporaryDirectory() as place:
        python = Path(place, "env", "bin", "python")
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps"]
        lock = ["--require-hashes", "-r", ROOT / "requirements.lock"]
        subprocess.run([*install, *lock], cwd=place, check=True)
        subprocess.run([*install, wheel], cwd=place, check=True)
        env = {
            k: v for k, v in os.environ.items() if not k.startswith(("CITYREACH_", "PYTHONPATH"))
        }
        subprocess.run([python.with_name("cityreach"), "demo"], cwd=place, env=env, check=True)


def main() -> None:
    """Ends with a sentence where something is in the way."""
    parser = argparse.ArgumentParser(description="Makes the files of a release.")
    parser.add_argument("--try", action="store_true", dest="tried")
    parser.add_argument("--preview", action="store_true", help="also with unreleased changes")
    given = parser.parse_args()
    version, instant = version_of(), int(_output("git", "log", "-1", "--format=%ct"))
    if not given.preview:
        if _output("git", "status", "--porcelain").strip():
            sys.exit("the checkout has changes that are not committed")
        if unreleased():
            sys.exit("CHANGELOG.md has entries under Unreleased: give them a version first")
    with tempfile.TemporaryDirectory() as place:
        first, second = (built(Path(place, name), instant) for name in ("first", "second"))
    if first != second:
        sys.exit(f"not the same bytes twice: {[n for n in first if first[n] != second.get(n)]}")
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    text = json.dumps(sbom(version, instant), indent=1) + "\n"
    files = {**first, f"cityreach-{version}.cdx.json": text.encode()}
    for name, content in files.items():
        (DIST / name).write_bytes(content)
    sums = "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in sorted(files.items()))
    (DIST / "SHA256SUMS").write_text(sums, "utf-8")
    sys.stdout.write(sums)
    if given.tried:
        try_wheel(next(DIST.glob("*.whl")))


if __name__ == "__main__":
    main()
