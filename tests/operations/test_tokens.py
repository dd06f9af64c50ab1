"""`doctor --online` tries each token, also before any account has an id."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis

from bus.credentials import states_of
from cityreach.settings import load_settings
from operations.health.tokens import token_findings
from operations.running.clock import SystemClock
from portal.alerts.checks import load
from portal.alerts.tokens import refused_tokens
from store.database import Store
from tests.portal.alerts.scenes import scene
from tests.sandbox.running import Sandbox

CLOCK = SystemClock()
TOKENS = {
    "facebook": ["good", "expired-one"],
    "x": ["invalid-one", "good"],
    "youtube": ["good"],
    "instagram": ["good"],
}


def settings(sandbox: Sandbox) -> dict[str, object]:
    sections: dict[str, object] = {
        name: {"api_url": sandbox.base, "tokens": tokens, "route": "api"}
        for name, tokens in TOKENS.items()
    }
    sections["instagram"] = {**sections["instagram"], "user_id": "17841400000000000"}  # type: ignore[dict-item]
    return {**sections, "tiktok": {"enabled": False}}


@pytest.mark.parametrize("platform", ["facebook", "x", "youtube"])
def test_each_token_is_tried_before_any_account_is_known(
    platform: str, sandbox: Sandbox, redis: Redis
) -> None:
    given = settings(sandbox)
    others = {name: {"enabled": False} for name in (*TOKENS, "tiktok") if name != platform}
    chosen = load_settings(None, **{platform: given[platform], **others})
    found = list(token_findings(chosen, CLOCK, [], redis))
    assert [one.ok for one in found] == [token == "good" for token in TOKENS[platform]]
    for one, token in zip(found, TOKENS[platform], strict=True):
        assert token not in f"{one}", "labels, never tokens"
        assert ("is valid" if one.ok else "is refused") in one.text
        assert bool(one.remedy) != one.ok
    states = {state.state for state in states_of(redis, platform)}  # type: ignore[arg-type]
    assert states == {"live" if token == "good" else "dead" for token in TOKENS[platform]}


def test_the_alerts_know_of_a_refused_token_from_the_first_call(
    sandbox: Sandbox, redis: Redis, db: Store, tmp_path: Path
) -> None:
    others = {name: {"enabled": False} for name in (*TOKENS, "tiktok") if name != "x"}
    chosen = load_settings(None, x=settings(sandbox)["x"], **others)
    list(token_findings(chosen, CLOCK, [], redis))
    (rule,) = [one for one in load(None) if one.id == "refused_token"]
    labels = frozenset(state.label for state in states_of(redis, "x"))
    at = scene(db, redis, CLOCK.now(), labels={"x": labels})
    (problem,) = refused_tokens(at, rule)
    assert problem.facts["platform"] == "x"
    assert "401" in problem.facts["reason"]
    assert (
        list(refused_tokens(scene(db, redis, CLOCK.now(), labels={"x": frozenset()}), rule)) == []
    )
