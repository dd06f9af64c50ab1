"""Accounts by their handles, one a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.platforms.instagram import api_map, calls
from crawler.platforms.instagram.config import InstagramConfig
from crawler.platforms.paging import knows_id, renamed
from crawler.reading.shape import decode, mapping
from model.items import AccountItem
from model.messages import Outcome, Visit


def profiles(visits: Sequence[Visit], config: InstagramConfig) -> list[Action]:
    """The counters of each account."""
    return [_profile(visit, config) for visit in visits]


def _profile(visit: Visit, config: InstagramConfig) -> Fetch:
    def then(answer: Answer) -> Iterator[Action]:
        document = mapping(decode(answer.body), "")
        mapped = api_map.map_discovery(document, answer.observed_at, ours=True)
        stranger = renamed_account(visit, mapped.accounts)
        if stranger is None:
            yield Page(answer, mapped, (visit,))
        yield stranger or Close(visit, Outcome.OK)

    return Fetch(calls.account_counters(visit, config), then, (visit,))


def renamed_account(visit: Visit, accounts: Iterable[AccountItem]) -> Close | None:
    """The end of a visit whose handle now belongs to another account."""
    for account in accounts:
        if knows_id(visit) and account.id not in ("", visit.account):
            return renamed(visit, account.id)
    return None
