"""The manifests: closed pods, budgets, scaling by the streams that exist, no open network."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bus import keys
from model.platform import PLATFORMS
from tests.deploy.files import DEPLOY, MANIFESTS, objects, of_kind

DEPLOYMENTS: dict[str, Any] = {one["metadata"]["name"]: one for one in of_kind("Deployment")}


def labels(one: Any) -> dict[str, str]:
    return dict(one["spec"]["template"]["metadata"]["labels"])


def pods() -> list[Any]:
    jobs = [one["spec"]["jobTemplate"]["spec"]["template"] for one in of_kind("CronJob")]
    return [*(one["spec"]["template"] for one in DEPLOYMENTS.values()), *jobs]


def test_every_manifest_is_listed() -> None:
    (own,) = [path for path in MANIFESTS if path.stem == "kustomization"]
    listed = yaml.safe_load(own.read_text("utf-8"))["resources"]
    assert sorted(listed) == sorted(path.name for path in MANIFESTS if path != own)


def test_every_part_has_a_deployment() -> None:
    crawlers = {f"cityreach-crawl-{name}" for name in PLATFORMS}
    others = {f"cityreach-{name}" for name in ("schedule", "write", "crawl-web", "portal")}
    assert set(DEPLOYMENTS) == crawlers | others


def test_pods_are_closed() -> None:
    for pod in pods():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for one in spec["containers"]:
            closed = one["securityContext"]
            assert closed["allowPrivilegeEscalation"] is False
            assert closed["readOnlyRootFilesystem"] is True
            assert closed["capabilities"] == {"drop": ["ALL"]}
            assert set(one["resources"]) == {"requests", "limits"}
            assert not [e for e in one["env"] if "URI" in e["name"] or "TOKEN" in e["name"]]


def test_every_deployment_has_a_budget_and_probes() -> None:
    budgets = [one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget")]
    for name, one in DEPLOYMENTS.items():
        assert labels(one) in budgets, name
        assert one["spec"]["selector"]["matchLabels"] == labels(one)
        (container,) = one["spec"]["template"]["spec"]["containers"]
        assert {"livenessProbe", "readinessProbe"} <= set(container), name


@pytest.mark.parametrize("platform", PLATFORMS)
def test_crawlers_scale_on_the_length_of_their_stream(platform: Any) -> None:
    found = {one["spec"]["scaleTargetRef"]["name"]: one["spec"] for one in of_kind("ScaledObject")}
    (trigger,) = found[f"cityreach-crawl-{platform}"]["triggers"]
    told = trigger["metadata"]
    assert trigger["type"] == "redis-streams"
    assert (told["stream"], told["consumerGroup"]) == (keys.visit_queue(platform), keys.CRAWLERS)
    assert int(told["streamLength"]) > 0


def test_writers_scale_on_the_harvest_and_two_schedulers_share_a_lease() -> None:
    found = {one["spec"]["scaleTargetRef"]["name"]: one["spec"] for one in of_kind("ScaledObject")}
    assert set(found) <= set(DEPLOYMENTS)
    (trigger,) = found["cityreach-write"]["triggers"]
    assert trigger["metadata"]["stream"] == keys.HARVEST
    assert trigger["metadata"]["consumerGroup"] == keys.WRITERS
    assert DEPLOYMENTS["cityreach-schedule"]["spec"]["replicas"] == 2


def test_the_network_is_closed_but_for_what_is_said() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    allowed = policies["platforms"]["podSelector"]["matchExpressions"][0]["values"]
    components = {labels(one)["app.kubernetes.io/component"] for one in DEPLOYMENTS.values()}
    assert set(allowed) == components - {"write", "portal"}
    assert not [one for one in objects() if one["kind"] in ("Ingress", "LoadBalancer")]
    assert {one["spec"]["type"] for one in of_kind("Service")} == {"ClusterIP"}


def test_the_images_are_those_of_compose() -> None:
    told = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))["services"]
    images = {one["image"] for one in told.values()}
    assert {c["image"] for pod in pods() for c in pod["spec"]["containers"]} <= images
