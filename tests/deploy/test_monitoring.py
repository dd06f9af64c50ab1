"""Alert rules and dashboard ask for metrics that the code gives, and for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from model.version import __version__
from portal.figures.gauges import GAUGES
from portal.web.health import Measures
from tests.deploy.files import DEPLOY, alerts, compose, dashboard, of_kind
from tests.shared import ROOT
from tests.test_docs import commands

ASKED = re.compile(r"\b(?:cityreach|portal)_[a-z_]+")


def measured() -> set[str]:
    """The metrics that the code gives, as a scrape shows them."""
    own = Measures()
    own.note("/", 200, 0.1)
    return set(GAUGES) | {sample.name for one in own.registry.collect() for sample in one.samples}


def asked() -> Iterator[tuple[str, str]]:
    for rule in alerts():
        yield from ((rule["alert"], name) for name in ASKED.findall(rule["expr"]))
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield from ((panel["title"], name) for name in ASKED.findall(target["expr"]))


def test_what_is_asked_for_is_there() -> None:
    there = measured()
    assert [(where, name) for where, name in asked() if name not in there] == []


def test_every_gauge_is_shown() -> None:
    assert set(GAUGES) - {name for _, name in asked()} == set()


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in {"warning", "critical"}
    told = rule["annotations"]
    assert set(told) == {"summary", "action"}
    known = {c.split()[0] for c in commands()}
    for used in re.findall(r"`cityreach ([a-z]+)", told["action"]):
        assert used in known


def test_what_is_scraped_is_the_portal_with_its_token() -> None:
    told = yaml.safe_load((DEPLOY / "monitoring" / "prometheus.yml").read_text("utf-8"))
    (job,) = told["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert job["static_configs"] == [{"targets": ["portal:8950"]}]
    assert job["authorization"]["credentials_file"] == "/run/secrets/metrics_token"
    assert "metrics_token" in compose()["services"]["prometheus"]["secrets"]


def test_images_have_the_version_of_the_code() -> None:
    ours = {one["image"] for one in compose()["services"].values() if "cityreach" in one["image"]}
    assert {image.partition(":")[2] for image in ours} == {__version__}
    assert of_kind("Deployment")


@pytest.mark.parametrize("name", ["deploy.md", "deploy.zh.md"])
def test_the_document_names_every_metric(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    told = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    assert told == set(GAUGES) | {"portal_answers_total", "portal_seconds"}
