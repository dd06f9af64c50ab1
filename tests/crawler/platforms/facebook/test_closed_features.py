"""No request asks for what is closed to apps registered since 2026-11-04, Instagram's included."""

from __future__ import annotations

from urllib.parse import unquote_plus

import pytest

from crawler.contract import Answer, Call
from crawler.platforms import platform
from model.messages import VisitKind
from model.platform import PlatformName
from tests.crawler.platforms.against_sandbox import accounts, calling, in_may, visit
from tests.crawler.platforms.driver import drive
from tests.sandbox.running import Sandbox

_CLOSED = ("ids=", ".as(", "date_format", "method=", "callback=", "async")
_SETTINGS: dict[str, dict[str, object]] = {
    "facebook": {"reaction_kinds": True},
    "instagram": {"user_id": "17841400000000001"},
}


@pytest.mark.parametrize("name", ["facebook", "instagram"])
def test_no_request_of_a_month_asks_for_closed_features(
    sandbox: Sandbox, name: PlatformName
) -> None:
    api = platform(name)
    config = api.Config.model_validate({"api_url": sandbox.base, **_SETTINGS[name]})
    make, sent = calling(sandbox, api), list[str]()

    def respond(call: Call) -> Answer:
        sent.append(unquote_plus(f"{call.url} {(call.body or b'').decode()}"))
        return make(call)

    visits = []
    for account in accounts(sandbox, api):
        visits += [
            visit(sandbox, account, kind) for kind in (VisitKind.PROFILE, VisitKind.TIMELINE)
        ]
        known = tuple(in_may(sandbox, account))
        if api.refresh_by_id and known:
            visits.append(visit(sandbox, account, VisitKind.REFRESH, posts=known[:8]))
    run = drive(api, config, visits, respond)
    assert all(run.close(one).outcome.complete for one in visits)
    assert [text for text in sent if any(feature in text for feature in _CLOSED)] == []
    assert len(sent) > len(visits) // 2
