"""X collected from a running sandbox: what the world says is what comes out."""

from __future__ import annotations

import pytest

from crawler.platforms.x.config import XConfig
from crawler.platforms.x.platform import PLATFORM
from model.messages import Outcome, VisitKind
from tests.crawler.platforms import against_sandbox as against
from tests.crawler.platforms.driver import drive
from tests.sandbox.running import Sandbox


@pytest.mark.parametrize("dialect", ["classic", "new"])
def test_a_month_of_all_accounts(sandbox: Sandbox, dialect: str) -> None:
    config = XConfig.model_validate({"api_url": sandbox.base, "dialect": dialect})
    visits, run = against.collected(sandbox, PLATFORM, config, VisitKind.TIMELINE)
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
            assert items[id_].type == post.type
    assert sum(numbers) > 50
    assert len(run.calls) == PLATFORM.minimum("timeline", len(visits), numbers)


def test_all_profiles_in_the_fewest_calls(sandbox: Sandbox) -> None:
    config = XConfig(api_url=sandbox.base)
    visits, run = against.collected(sandbox, PLATFORM, config, VisitKind.PROFILE)
    assert {close.outcome for close in run.closes} == {Outcome.OK}
    assert len(run.calls) == PLATFORM.minimum("profile", len(visits), [])
    shown = {item.id: item for page in run.pages for item in page.mapped.accounts}
    for account in against.accounts(sandbox, PLATFORM):
        true = account.counters.at(sandbox.instant)
        assert shown[account.id].counts["followers"].value == true["followers"]
        assert shown[account.id].handle == account.handle


def test_a_deleted_post_is_told(sandbox: Sandbox) -> None:
    gone = sandbox.deleted("x")
    account = gone.account
    ids = (gone.id, *(post.id for post in sandbox.visible(account)))
    v = against.visit(sandbox, account, VisitKind.REFRESH, posts=ids)
    config = XConfig(api_url=sandbox.base)
    run = drive(PLATFORM, config, [v], against.calling(sandbox, PLATFORM))
    assert run.pages[0].mapped.gone == (gone.id,)
    assert run.closes[0].outcome is Outcome.OK
    assert {item.id for item in run.posts} == set(ids[1:])


FAULTS = {
    "rate_limited": Outcome.RATE_LIMITED,
    "quota_spent": Outcome.QUOTA_SPENT,
    "server_error": Outcome.SERVER_ERROR,
    "expired_token": Outcome.TOKEN_INVALID,
    "truncated": Outcome.CHANGED_SHAPE,
    "malformed": Outcome.CHANGED_SHAPE,
    "empty_body": Outcome.EMPTY_UNEXPECTED,
    "missing_fields": Outcome.CHANGED_SHAPE,
    "empty_page": Outcome.EMPTY_UNEXPECTED,
    "unknown_fields": None,
    "duplicate_page": None,
    "shuffled": None,
}


@pytest.mark.parametrize(("kind", "outcome"), FAULTS.items())
def test_faults(sandbox: Sandbox, kind: str, outcome: Outcome | None) -> None:
    """None: nothing is lost."""
    account = sandbox.busiest("x")
    sandbox.fault(platform="x", endpoint="timeline", kind=kind, count=1)
    v = against.visit(sandbox, account, VisitKind.TIMELINE)
    config = XConfig(api_url=sandbox.base)
    run = drive(PLATFORM, config, [v], against.calling(sandbox, PLATFORM))
    assert len(run.closes) == 1
    if outcome:
        assert run.closes[0].outcome is outcome
    else:
        assert set(run.closes[0].seen) == set(against.in_may(sandbox, account))


def test_gone_and_renamed_accounts(sandbox: Sandbox) -> None:
    gone, renamed, *_ = against.accounts(sandbox, PLATFORM)
    sandbox.fault(platform="x", kind="gone_account", account=gone.id)
    sandbox.fault(platform="x", kind="renamed_handle", account=renamed.id, handle="new_name")
    config = XConfig(api_url=sandbox.base)
    visits, run = against.collected(sandbox, PLATFORM, config, VisitKind.PROFILE)
    assert run.close(visits[0]).outcome is Outcome.GONE
    assert run.close(visits[1]).detail == "the handle is now @new_name"
    assert {run.close(v).outcome for v in visits[1:]} == {Outcome.OK}
    _, run = against.collected(sandbox, PLATFORM, config, VisitKind.TIMELINE)
    assert run.close(against.visit(sandbox, gone, VisitKind.TIMELINE)).outcome is Outcome.GONE
