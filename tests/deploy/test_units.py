"""The systemd units start what exists, as a user without rights, and know the exit codes."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cityreach.cli import command_line
from embedded.supervise import RECYCLED, USAGE
from tests.deploy.files import UNITS, unit

SERVICES = [path for path in UNITS if path.suffix == ".service"]
HARD = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelModules": "yes",
    "RestrictSUIDSGID": "yes",
    "UMask": "0077",
    "User": "cityreach",
}


def named(path: Path) -> str:
    return path.name


@pytest.mark.slow
@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_unit_starts_a_command_that_exists(path: Path) -> None:
    (line,) = unit(path)["Service.ExecStart"]
    program, *words = shlex.split(line.replace("%i", "x"))
    assert program == "/opt/cityreach/bin/cityreach"
    done = CliRunner().invoke(command_line(), [words[0], "--help"])
    assert done.exit_code == 0, done.output
    options = [word for word in words if word.startswith("--")]
    assert [word for word in options if word not in done.output] == []


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_unit_is_closed_to_all_that_it_does_not_need(path: Path) -> None:
    told = {key: unit(path).get(f"Service.{key}") for key in HARD}
    assert told == {key: [value] for key, value in HARD.items()}
    assert any("SystemCallFilter" in key for key in unit(path))


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_wrong_setting_is_not_tried_again_and_an_aged_browser_is(path: Path) -> None:
    told = unit(path)
    if told["Service.Type"] == ["oneshot"]:
        return
    assert told["Service.Restart"] == ["always"]
    assert told["Service.RestartPreventExitStatus"] == [str(USAGE)]
    if path.name == "cityreach-crawl-web.service":
        assert told["Service.RestartForceExitStatus"] == [str(RECYCLED)]


def test_every_part_has_its_unit() -> None:
    starts = {shlex.split(unit(path)["Service.ExecStart"][0])[1] for path in SERVICES}
    assert starts == {"up", "schedule", "write", "crawl", "portal", "backup"}
