"""`doctor` names a file of tokens that others can read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from operations.health.env_file import env_file_findings


@pytest.mark.parametrize("mode", [0o666, 0o644, 0o640, 0o602])
def test_a_file_that_others_can_read_or_change_is_named(tmp_path: Path, mode: int) -> None:
    path = tmp_path / ".env"
    path.touch()
    path.chmod(mode)
    (finding,) = env_file_findings(path)
    assert not finding.ok
    assert f"mode {mode:04o}" in finding.text
    assert f"chmod 600 {path}" in finding.remedy


def test_a_private_file_is_well_and_none_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert env_file_findings(path) == []
    path.touch()
    path.chmod(0o600)
    (finding,) = env_file_findings(path)
    assert finding.ok


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_named(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.touch(0o600)
    os.chown(path, 65_534, 65_534)
    (finding,) = env_file_findings(path)
    assert "belongs to another user" in finding.text
