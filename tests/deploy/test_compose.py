"""Containers have no rights, no way out that they do not need, and secrets as files alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from deploy import bare_root
from tests.deploy.files import DEPLOY, compose
from tests.shared import ROOT

SERVICES: dict[str, Any] = compose()["services"]
PROFILES = {"core", "web", "browser", "monitoring", "sandbox"}
SERVERS = {"mongo", "mongo-set-up", "valkey", "prometheus"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_closed(name: str) -> None:
    one = SERVICES[name]
    assert one["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in one["security_opt"]
    assert one["read_only"] is True
    assert not one.get("privileged")
    assert ":latest" not in one["image"]
    assert ":" in one["image"]
    assert set(one["profiles"]) <= PROFILES
    assert all(port.startswith("127.0.0.1:") for port in one.get("ports", ()))
    assert one.get("network_mode") is None


def test_every_profile_is_there() -> None:
    assert {profile for one in SERVICES.values() for profile in one["profiles"]} == PROFILES


def test_servers_have_no_way_to_the_internet() -> None:
    assert compose()["networks"]["inside"] == {"internal": True}
    assert {n: SERVICES[n]["networks"] for n in SERVERS} == {n: ["inside"] for n in SERVERS}


def test_every_lasting_service_has_a_health_check() -> None:
    lacking = {name for name, one in SERVICES.items() if "healthcheck" not in one}
    assert lacking == {"mongo-set-up"}


def test_secrets_are_files_and_no_password_stands_in_the_file() -> None:
    made = (DEPLOY / "compose" / "secrets.sh").read_text("utf-8")
    for name, secret in compose()["secrets"].items():
        assert secret == {"file": f"./compose/secrets/{name}"}
        assert name in made
    for one in SERVICES.values():
        words = [key for key in one.get("environment", {}) if re.search("PASSWORD|TOKEN|URI", key)]
        assert [word for word in words if not re.search("_FILE$", word)] == []
    assert "/deploy/compose/secrets/" in (ROOT / ".gitignore").read_text("utf-8")


def test_what_a_service_mounts_from_here_is_here() -> None:
    for name, one in SERVICES.items():
        for volume in one.get("volumes", ()):
            source = volume["source"]
            if volume["type"] == "volume":
                assert source in compose()["volumes"], name
            elif "secrets" not in source:
                assert (DEPLOY / source).exists(), f"{name}: {source}"


def test_the_images_run_as_a_user_without_rights_under_an_init() -> None:
    stages: dict[str, list[tuple[str, str]]] = {}
    for word, rest in bare_root.instructions((DEPLOY / "Dockerfile").read_text("utf-8")):
        if word == "FROM":
            name = rest.partition(" AS ")[2]
        stages.setdefault(name, []).append((word, rest))
    assert set(stages) == {"build", "core", "browser"}
    for name in ("core", "browser"):
        assert [rest for word, rest in stages[name] if word == "USER"][-1] == "10001:10001"
    assert ("ENTRYPOINT", '["tini", "--", "cityreach"]') in stages["core"]


def test_what_is_copied_into_the_image_exists_and_may_come() -> None:
    names = bare_root.kept(ROOT / ".dockerignore")
    assert [name for name in names if not (ROOT / name).exists()] == []
    packages = re.findall(r"packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert {word.strip(' "') for word in packages[0].split(",")} <= set(names)
    for word, rest in bare_root.instructions((DEPLOY / "Dockerfile").read_text("utf-8")):
        if word == "COPY" and "--from" not in rest:
            *sources, _ = (w for w in rest.split() if not w.startswith("--"))
            assert [s for s in sources if s not in {".", *names}] == []
