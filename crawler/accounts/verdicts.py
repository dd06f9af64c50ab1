"""Whether the registered accounts are who they are said to be, and which ids their handles have.

X          users by id or by username, 100 a call
YouTube    channels by id, 50 a call; by handle one a call, for the API takes no more
Facebook   pages by id or by username, 50 a call
Instagram  one a call, by username alone: a renamed account looks like one that is gone
TikTok     the Research API tells no id, so the public page is asked, one an account

By id where it is known and the platform knows such a look-up, otherwise by handle. What is renamed
or gone by its id is then looked for under its handle: somebody else may have that now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crawler.accounts.lookups import Found, Lookups, known_id, same_handle
from crawler.config import PlatformConfig
from crawler.contract import Lookup
from model.account import Account
from model.items import AccountItem
from model.messages import Outcome
from model.platforms import FACTS
from model.route import Route, RouteSetting


class State(StrEnum):
    """What verification says of one account."""

    VERIFIED = "verified"
    """Id and handle are as registered."""
    RESOLVED = "resolved"
    """The handle alone was known; its id is known now."""
    RENAMED = "renamed"
    """The id is there, under another handle."""
    REUSED = "reused"
    """The handle is somebody else's now."""
    ABSENT = "absent"
    """Not found; it counts as gone if it is not found a day later either."""
    GONE = "gone"
    """Not found twice, a day apart."""
    DUPLICATE = "duplicate"
    """The handle leads to an account that is registered already."""
    UNRESOLVED = "unresolved"
    """There is such an account, but the route does not tell its id."""
    FAILED = "failed"
    """The platform did not say."""


IN_ORDER = frozenset({State.VERIFIED, State.RESOLVED, State.RENAMED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One account, and what was found."""

    account: Account
    state: State
    item: AccountItem | None = None
    """The account as it is now, where it was found."""
    taken_by: AccountItem | None = None
    """Somebody else who has its handle."""
    detail: str = ""
    lost: bool = False
    """Whether the platform says that the account is not there, as far as it can tell."""


def route_of(config: PlatformConfig, lookup: Lookup) -> Route | None:
    """The route to ask by: official first, but one that tells ids before one that does not."""
    allowed = []
    if config.route is not RouteSetting.WEB and config.has_credentials:
        allowed.append(Route.API)
    if config.route is not RouteSetting.API:
        allowed.append(Route.WEB)
    telling = [route for route in allowed if route in lookup.tells_id]
    return next(iter([*telling, *allowed]), None)


async def verdicts(
    lookups: Lookups, accounts: Sequence[Account], finds_by_id: bool, registered: frozenset[str]
) -> list[Verdict]:
    """The accounts of one platform, in their order; `registered`: all ids that are watched."""
    identified = [a for a in accounts if a.id and finds_by_id]
    named = [a for a in accounts if not (a.id and finds_by_id)]
    by_id = _paired(identified, await lookups.by_id(identified))
    by_handle = _paired(named, await lookups.by_handle(named))
    doubtful = [a for a in identified if a.handle and _is_doubtful(a, by_id[a.key])]
    holders = _paired(doubtful, await lookups.by_handle(doubtful))
    return [
        _of_id(account, by_id[account.key], holders.get(account.key))
        if account.key in by_id
        else _of_handle(account, by_handle[account.key], registered)
        for account in accounts
    ]


def _paired(accounts: Sequence[Account], found: Sequence[Found]) -> dict[str, Found]:
    return {account.key: one for account, one in zip(accounts, found, strict=True)}


def _is_doubtful(account: Account, found: Found) -> bool:
    """Whether somebody else may have its handle."""
    return found.gone or (found.item is not None and _is_renamed(account, found.item))


def _is_renamed(account: Account, item: AccountItem) -> bool:
    return bool(account.handle and item.handle) and not same_handle(item.handle, account.handle)


def _of_id(account: Account, found: Found, holder: Found | None) -> Verdict:
    """After a look-up by id; `holder`: who was found under its handle then."""
    other = holder.item if holder is not None else None
    taken_by = other if known_id(other) not in ("", account.id) else None
    item = found.item
    if found.gone and taken_by is not None:
        detail = f"{account.id} is not there any more"
        return Verdict(account, State.REUSED, taken_by=taken_by, detail=detail, lost=True)
    if found.gone:
        return Verdict(account, State.ABSENT, detail=found.detail, lost=True)
    if item is None:
        return _failed(account, found)
    if _is_renamed(account, item):
        detail = f"was {account.handle}"
        return Verdict(account, State.RENAMED, item, taken_by, detail)
    return Verdict(account, State.VERIFIED, item)


def _of_handle(account: Account, found: Found, registered: frozenset[str]) -> Verdict:
    """After a look-up by handle."""
    item, now = found.item, known_id(found.item)
    if found.gone:
        detail = _absent_by_handle(account, found)
        return Verdict(account, State.ABSENT, detail=detail, lost=True)
    if item is None:
        return _failed(account, found)
    if not now:
        detail = "it is there, but the official route tells no id; the public page does"
        return Verdict(account, State.UNRESOLVED, item, detail=detail)
    if account.id:
        if now == account.id:
            return Verdict(account, State.VERIFIED, item)
        return Verdict(account, State.REUSED, taken_by=item, detail=f"{account.id} had it before")
    if now in registered:
        detail = f"{account.platform}:{now} is registered already"
        return Verdict(account, State.DUPLICATE, item, detail=detail)
    return Verdict(account, State.RESOLVED, item, detail=_told_by(account, item))


def _told_by(account: Account, item: AccountItem) -> str:
    """Where an older name has led; the custom addresses of YouTube are looked for as handles."""
    if not FACTS[account.platform].naming.is_older(account.handle):
        return ""
    return f"{account.handle} leads to @{item.handle or known_id(item)}; look whether it is it"


def _absent_by_handle(account: Account, found: Found) -> str:
    if account.id:
        return f"nobody has this handle; it may have been renamed ({found.detail})"
    return found.detail


def _failed(account: Account, found: Found) -> Verdict:
    outcome = Outcome.CHANGED_SHAPE if found.outcome.complete else found.outcome
    return Verdict(account, State.FAILED, detail=f"{outcome.value}: {found.detail}")


def alarms(found: Iterable[Verdict]) -> list[str]:
    """What somebody should look at at once: handles that lead to somebody else now."""
    return [
        f"{one.account.key}: the handle {one.account.handle} belongs to "
        f"{one.taken_by.platform}:{known_id(one.taken_by)} ({one.taken_by.name}) now"
        for one in found
        if one.taken_by is not None
    ]
