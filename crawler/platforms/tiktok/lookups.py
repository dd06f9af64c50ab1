"""Accounts by their handles, one a call."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.platforms.paging import handle_of
from crawler.platforms.tiktok import api_map, calls
from crawler.platforms.tiktok.config import TikTokConfig
from model.items import Mapped
from model.messages import Outcome, Visit


def profiles(visits: Sequence[Visit], config: TikTokConfig) -> list[Action]:
    """A call for each visit."""
    return [_profile(visit, config) for visit in visits]


def _profile(visit: Visit, config: TikTokConfig) -> Fetch:
    call = calls.user_info(handle_of(visit), config)
    return Fetch(call, lambda answer: _read_profile(visit, answer), (visit,))


def _read_profile(visit: Visit, answer: Answer) -> list[Action]:
    item = api_map.read_user_info(
        calls.data_of(answer),
        answer.observed_at,
        account=visit.account,
        handle=handle_of(visit),
    )
    mapped = Mapped(shape="tiktok.user", accounts=(item,))
    return [Page(answer, mapped, (visit,)), Close(visit, Outcome.OK)]
