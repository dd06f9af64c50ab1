"""The files of deploy/ as data."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.shared import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


@cache
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))


@cache
def objects() -> list[Any]:
    """All objects of the manifests, but for the list of them."""
    texts = [path.read_text("utf-8") for path in MANIFESTS if path.stem != "kustomization"]
    return [one for text in texts for one in yaml.safe_load_all(text)]


def of_kind(kind: str) -> list[Any]:
    return [one for one in objects() if one["kind"] == kind]


@cache
def alerts() -> list[Any]:
    told = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yml").read_text("utf-8"))
    return [rule for group in told["groups"] for rule in group["rules"]]


@cache
def dashboard() -> Any:
    folder = DEPLOY / "monitoring" / "grafana" / "dashboards"
    return json.loads((folder / "cityreach.json").read_text("utf-8"))


def unit(path: Path) -> dict[str, list[str]]:
    """`Section.Key` to its values, in order."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(f"{section}.{key}", []).append(value)
    return found
