"""Reading channels: their counters, and whether they exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crawler.config import PlatformConfig
from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.platforms.youtube import api_map, calls
from crawler.reading import shape
from model.count import Missing
from model.items import AccountItem
from model.messages import Outcome, Visit


def profiles(visits: Sequence[Visit], config: PlatformConfig) -> Iterator[Action]:
    """Channels by id, 50 a call; where a visit knows the handle alone, by that, one a call."""
    known = tuple(visit for visit in visits if _has_id(visit))
    if known:
        yield _by_ids(config, known)
    for visit in visits:
        if not _has_id(visit):
            yield _by_handle(config, visit)


def _has_id(visit: Visit) -> bool:
    """Whether the channel's id is known; before an account is verified, only its handle is."""
    return visit.account != "" and not visit.account.startswith("@")


def _by_ids(config: PlatformConfig, visits: tuple[Visit, ...]) -> Fetch:
    ids = list(dict.fromkeys(visit.account for visit in visits))

    def then(answer: Answer) -> Iterable[Action]:
        body = shape.mapping(shape.decode(answer.body), "")
        mapped = api_map.channels(body, answer.observed_at)
        accounts = {account.id: account for account in mapped.accounts}
        rest = _still_to_come(body, visits)
        yield Page(answer, mapped, visits)
        for visit in visits:
            if visit not in rest:
                yield _closed(visit, body, accounts.get(visit.account))
        if rest:
            yield _by_ids(config, rest)

    return Fetch(calls.channels(config, ids), then, visits)


def _still_to_come(body: dict[str, Any], visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """Visits whose channel may yet come, because the answer says that it was cut short.

    Only after progress: an answer without any of the channels has no sequel.
    """
    there = api_map.present(body, api_map.CHANNELS)
    if not there or shape.optional_text(body, "nextPageToken") is None:
        return ()
    rest = tuple(visit for visit in visits if visit.account not in there)
    return rest if len(rest) < len(visits) else ()


def _by_handle(config: PlatformConfig, visit: Visit) -> Fetch:
    def then(answer: Answer) -> Iterable[Action]:
        body = shape.mapping(shape.decode(answer.body), "")
        mapped = api_map.channels(body, answer.observed_at)
        yield Page(answer, mapped, (visit,))
        yield _closed(visit, body, next(iter(mapped.accounts), None))

    return Fetch(calls.channel_by_handle(config, visit.handle), then, (visit,))


def _closed(visit: Visit, body: dict[str, Any], account: AccountItem | None) -> Close:
    """How one channel's visit ends."""
    if account is None:
        there = api_map.present(body, api_map.CHANNELS)
        named = visit.account if _has_id(visit) else f"@{visit.handle}"
        if there is None or visit.account in there:
            return Close(visit, Outcome.CHANGED_SHAPE, f"channel {named} cannot be read")
        return Close(visit, Outcome.GONE, f"channels.list knows no channel {named}")
    if account.counts["followers"].missing is Missing.NOT_READ:
        detail = f"channel {account.id}: statistics.subscriberCount is missing"
        return Close(visit, Outcome.CHANGED_SHAPE, detail)
    return Close(visit, Outcome.OK, _renamed(visit, account))


def _renamed(visit: Visit, account: AccountItem) -> str:
    """A word for people if the handle is another one now; the row holds the new handle."""
    before, now = visit.handle.removeprefix("@"), account.handle
    if not now or not before or now.casefold() == before.casefold():
        return ""
    return f"the handle @{before} is now @{now}"
