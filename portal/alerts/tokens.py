"""Tokens that their platforms refuse, as crawlers and `doctor --online` noted it."""

from __future__ import annotations

from collections.abc import Iterator

from bus.credentials import states_of
from portal.alerts.problems import Problem, Scene
from portal.alerts.rules import Rule


def refused_tokens(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """One problem a configured token whose last call was refused."""
    for platform in sorted(scene.enabled & scene.labels.keys()):
        for state in states_of(scene.redis, platform):
            if state.state == "dead" and state.label in scene.labels[platform]:
                facts = {
                    "platform": platform,
                    "credential": state.label,
                    "outcome": state.outcome,
                    "reason": state.reason,
                }
                subject = f"{platform}:{state.label}"
                yield Problem(rule=rule, subject=subject, facts=facts)
