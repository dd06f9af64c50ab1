"""A release: versions that agree, a list of what it takes, a file for the usual CI host."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from deploy import release
from model.version import __version__
from tests.security.supply import entries
from tests.shared import ROOT


def test_all_files_name_one_version(tmp_path: Path) -> None:
    assert release.version_of() == __version__
    for name in ("pyproject.toml", "CHANGELOG.md", "model/version.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    (tmp_path / "model" / "version.py").write_text('__version__ = "9.9.9"\n')
    with pytest.raises(SystemExit, match=r"model/version\.py 9\.9\.9"):
        release.version_of(tmp_path)


def test_the_list_of_parts_is_that_of_the_lock_files() -> None:
    told = release.sbom(__version__, 0)
    assert told == release.sbom(__version__, 0)
    names = {one["name"] for one in told["components"]}
    assert names == {name for lock in release.LOCKS for name in entries(lock)}
    assert all(one["properties"] for one in told["components"])
    assert "not listed" not in json.dumps(told)
    assert told["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"


def test_unreleased_changes_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "CHANGELOG.md"
    file.write_text("# Changes\n\n## Unreleased\n\n## 1.0.0\n- one\n")
    assert not release.unreleased(tmp_path)
    file.write_text("# Changes\n\n## Unreleased\n- new\n\n## 1.0.0\n- one\n")
    assert release.unreleased(tmp_path)


def test_the_ci_file_runs_what_is_here_on_the_versions_that_are_promised() -> None:
    told = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    runs = [s["run"] for job in told["jobs"].values() for s in job["steps"] if "run" in s]
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert {run.split()[1] for run in runs} <= set(targets)
    own = (ROOT / ".ci" / "run").read_text("utf-8")
    assert {f"make {name}" in own for name in ("lint", "test")} == {True}
    assert told["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    shown = [c.rpartition(" ")[2] for c in project["classifiers"] if ":: 3." in c]
    assert shown == ["3.11", "3.12", "3.13"]
