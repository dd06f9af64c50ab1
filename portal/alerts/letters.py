"""Digests that did not reach people, or may not have, as an object of alarm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from portal.alerts.problems import Problem, Scene
from portal.alerts.rules import Rule
from store.keys import instant

SENDINGS = "digest_sendings"
"""`_id` kind:recipient:slot. What was sent, or was to be."""
MOST_TRIES = 5
"""A digest that failed so often is not tried again."""
_EXAMPLES = 3


def undelivered(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Digests whose sender ended in between (they may have arrived or not), and those that failed
    for good, of the last days; one problem a state."""
    since = instant(scene.now - timedelta(days=rule.limits["days"]))
    lost = {"state": "unknown", "claimed_at": {"$gte": since}}
    failed = {"state": "failed", "tries": {"$gte": MOST_TRIES}, "claimed_at": {"$gte": since}}
    for state, condition in (("unknown", lost), ("failed", failed)):
        found = [one["_id"] for one in scene.db[SENDINGS].find(condition).sort("_id", 1)]
        if found:
            more = ", …" if len(found) > _EXAMPLES else ""
            facts = {
                "state": state,
                "digests": len(found),
                "examples": ", ".join(found[:_EXAMPLES]) + more,
            }
            yield Problem(rule=rule, subject=state, facts=facts, weight=len(found))
