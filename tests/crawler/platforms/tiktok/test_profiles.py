"""Profiles of TikTok: a call each; the id comes from the visit, for the answer has none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from crawler.platforms.tiktok.config import TikTokConfig
from crawler.platforms.tiktok.platform import PLATFORM
from model.messages import Outcome, VisitKind
from tests.crawler.platforms.driver import answered, drive
from tests.crawler.platforms.tiktok.service import OK, Service, failed, visit

CONFIG = TikTokConfig()
PROFILE = VisitKind.PROFILE
USER = {"display_name": "City", "is_verified": False, "follower_count": 500, "video_count": 60}


def test_each_account_takes_one_call() -> None:
    visits = [visit(PROFILE, account) for account in ("11", "12", "13")]
    service = Service(users={v.handle: USER for v in visits})
    run = drive(PLATFORM, CONFIG, visits, service)
    assert len(run.calls) == PLATFORM.minimum("profile", 3, []) == 3
    items = [page.mapped.accounts[0] for page in run.pages]
    assert [(item.id, item.handle) for item in items] == [(v.account, v.handle) for v in visits]
    assert items[0].counts["followers"].value == 500
    assert items[0].counts["likes"].value is None
    assert {close.outcome for close in run.closes} == {Outcome.OK}


def test_the_call_names_the_user_and_its_fields() -> None:
    run = drive(PLATFORM, CONFIG, [visit(PROFILE, handle="@city11")], Service({"city11": USER}))
    (call,) = run.calls
    assert call.method == "POST"
    assert call.url.startswith("https://open.tiktokapis.com/v2/research/user/info/?fields=")
    assert "follower_count" in call.url
    assert msgspec.json.decode(call.body or b"") == {"username": "city11"}
    assert call.headers == {"content-type": "application/json"}


def test_an_unknown_user_is_gone_and_a_refused_one_forbidden() -> None:
    run = drive(PLATFORM, CONFIG, [visit(PROFILE)], Service())
    assert run.closes[0].outcome is Outcome.GONE
    why = "API cannot return this user's information"
    run = drive(
        PLATFORM, CONFIG, [visit(PROFILE)], lambda call: failed(call, 400, "invalid_params", why)
    )
    assert run.closes[0].outcome is Outcome.FORBIDDEN


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"data": {}, "error": OK}, Outcome.EMPTY_UNEXPECTED),
        ({"error": OK}, Outcome.EMPTY_UNEXPECTED),
        ({}, Outcome.EMPTY_UNEXPECTED),
        ({"data": {"display_name": "City"}, "error": OK}, Outcome.CHANGED_SHAPE),
        ({"data": {"follower_count": 2**63}, "error": OK}, Outcome.CHANGED_SHAPE),
        ({"data": [USER], "error": OK}, Outcome.CHANGED_SHAPE),
        (b"<html>", Outcome.CHANGED_SHAPE),
    ],
)
def test_no_followers_are_never_zero_followers(body: Any, outcome: Outcome) -> None:
    run = drive(PLATFORM, CONFIG, [visit(PROFILE)], lambda call: answered(call, body))
    assert [close.outcome for close in run.closes] == [outcome]
    assert not run.pages


def test_reading_by_id_is_not_offered() -> None:
    assert PLATFORM.refresh_by_id is False
    run = drive(PLATFORM, CONFIG, [visit(VisitKind.REFRESH, posts=("7",))], Service())
    assert run.closes[0].outcome is Outcome.GAVE_UP
    assert not run.calls
