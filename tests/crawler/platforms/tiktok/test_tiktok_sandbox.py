"""TikTok collected from a running sandbox: what the world says is what comes out."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from crawler.platforms.tiktok.config import TikTokConfig
from crawler.platforms.tiktok.platform import PLATFORM
from model.messages import Outcome, VisitKind
from tests.crawler.platforms import against_sandbox as against
from tests.sandbox.running import Sandbox


def configured(sandbox: Sandbox) -> tuple[TikTokConfig, str]:
    """The config of a client, and the token it was given by the sandbox."""
    config = TikTokConfig(api_url=sandbox.base, client_key="key", client_secret=SecretStr("secret"))
    token = PLATFORM.token_call(config)
    assert token is not None
    answer = against.calling(sandbox, PLATFORM)(token.call)
    PLATFORM.check(answer)
    return config, token.read(answer)[0]


def test_a_month_of_all_accounts(sandbox: Sandbox) -> None:
    config, token = configured(sandbox)
    visits, run = against.collected(sandbox, PLATFORM, config, VisitKind.TIMELINE, token)
    items = {item.id: item for item in run.posts}
    numbers = []
    for account, v in zip(against.accounts(sandbox, PLATFORM), visits, strict=True):
        posts = against.in_may(sandbox, account)
        assert set(run.close(v).seen) == set(posts)
        assert run.close(v).outcome is (Outcome.OK if posts else Outcome.OK_NOTHING_NEW)
        numbers.append(len(posts))
        for id_, post in posts.items():
            assert against.wrong_counts(sandbox, items[id_], post) == {}
            assert items[id_].account == account.id
    assert sum(numbers) > 50
    assert len(run.calls) <= PLATFORM.minimum("timeline", len(visits), numbers, 2) + 1


def test_all_profiles(sandbox: Sandbox) -> None:
    config, token = configured(sandbox)
    visits, run = against.collected(sandbox, PLATFORM, config, VisitKind.PROFILE, token)
    assert {close.outcome for close in run.closes} == {Outcome.OK}
    assert len(run.calls) == PLATFORM.minimum("profile", len(visits), [])
    shown = {item.id: item for page in run.pages for item in page.mapped.accounts}
    for account in against.accounts(sandbox, PLATFORM):
        true = account.counters.at(sandbox.instant)
        assert shown[account.id].counts["followers"].value == true["followers"]


FAULTS = {
    "rate_limited": Outcome.RATE_LIMITED,
    "quota_spent": Outcome.QUOTA_SPENT,
    "server_error": Outcome.SERVER_ERROR,
    "expired_token": Outcome.TOKEN_INVALID,
    "truncated": Outcome.CHANGED_SHAPE,
    "malformed": Outcome.CHANGED_SHAPE,
    "empty_body": Outcome.EMPTY_UNEXPECTED,
    "missing_fields": Outcome.CHANGED_SHAPE,
    "unknown_fields": None,
    "empty_page": None,
    "duplicate_page": None,
    "shuffled": None,
}


@pytest.mark.parametrize(("kind", "outcome"), FAULTS.items())
def test_faults(sandbox: Sandbox, kind: str, outcome: Outcome | None) -> None:
    """None: nothing is lost."""
    config, token = configured(sandbox)
    sandbox.fault(platform="tiktok", endpoint="video_query", kind=kind, count=1)
    visits, run = against.collected(sandbox, PLATFORM, config, VisitKind.TIMELINE, token)
    if outcome:
        assert {close.outcome for close in run.closes} == {outcome}
        return
    for account, v in zip(against.accounts(sandbox, PLATFORM), visits, strict=True):
        assert set(run.close(v).seen) == set(against.in_may(sandbox, account))
