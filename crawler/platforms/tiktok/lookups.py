"""Accounts by their handles, one a call; first of all, whether the handles still are theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.platforms.paging import handle_of
from crawler.platforms.tiktok import api_map, calls, identity
from crawler.platforms.tiktok.config import TikTokConfig
from model.items import Mapped
from model.messages import Outcome, Visit


def profiles(visits: Sequence[Visit], config: TikTokConfig) -> Iterator[Action]:
    """A call for each visit, after those that tell whose the handles are, where that is known."""
    for visit in visits:
        if not identity.known(visit):
            yield _profile(visit, config)
    doubted = {visit.id: visit for visit in visits if identity.known(visit)}
    if not doubted:
        return

    def told(verdicts: identity.Verdicts) -> Iterator[Action]:
        for key, whose in verdicts.items():
            visit = doubted[key]
            if whose.other:
                yield identity.renamed(visit, whose)
            elif whose.found:
                yield _profile(visit, config)
            else:
                yield nobody(visit, config)

    yield from identity.recognise(doubted.values(), config, told)


def nobody(visit: Visit, config: TikTokConfig) -> Fetch:
    """Asks whether anybody has the handle of an account none of whose videos was found. Nothing of
    whoever has it is kept."""
    call = calls.user_info(handle_of(visit), config)
    return Fetch(call, lambda answer: _answered(visit, answer), (visit,))


def _answered(visit: Visit, answer: Answer) -> list[Action]:
    calls.data_of(answer)
    return [identity.strange(visit)]


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
