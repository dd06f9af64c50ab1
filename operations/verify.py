"""`accounts verify`: asks the platforms, writes what they say, tells what is not in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from bus.connection import connect_async
from bus.ledger import Ledger
from crawler.accounts.lookups import Lookups, known_id, rows_of
from crawler.accounts.verdicts import IN_ORDER, State, Verdict, alarms, route_of, verdicts
from crawler.contract import Page
from crawler.engine.http_download import downloading
from crawler.engine.sinks import harvest_page
from crawler.platforms import platform as platform_of
from model.account import Account
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from operations.crawl_parts import parts_factory
from operations.errors import Failed, UsageError
from operations.runtime import Runtime
from store.accounts import accounts as registered
from store.accounts import put_accounts
from store.ingest.writer import Writer
from store.plan.account_status import AccountAbsence, add_former_handles, mark_absent, mark_present


def verify_accounts(
    runtime: Runtime, platform: PlatformName | None = None, keys: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], list[str]]:
    """One row an account, and the alarms. Raises UsageError for a key that is not registered."""
    every = registered(runtime.db)
    chosen = _chosen(every, platform, keys, runtime.clock.now())
    ids = frozenset(account.id for account in every if account.id)
    rows: list[dict[str, Any]] = []
    found: list[Verdict] = []
    asked_for = platform is not None or bool(keys)
    for name in PLATFORMS:
        mine = [account for account in chosen if account.platform == name]
        if mine and (asked_for or runtime.settings.platform(name).enabled):
            of, pages = asyncio.run(_ask(runtime, name, mine, ids))
            absent = _write(runtime, of, pages)
            found += of
            rows += [_row(one, absent.get(one.account.key)) for one in of]
    return rows, alarms(found)


def look_up(runtime: Runtime, account: Account) -> dict[str, Any]:
    """The row of one account that is not watched yet, as the platform tells it. Nothing is kept.

    Raises Redis' errors where the queue server is away: calls are counted there.
    """
    ids = frozenset(one.id for one in registered(runtime.db) if one.id)
    found, _ = asyncio.run(_ask(runtime, account.platform, [account], ids))
    return _row(found[0], None)


def in_order(rows: Iterable[dict[str, Any]]) -> bool:
    """Whether every account was verified."""
    return all(row["state"] in IN_ORDER for row in rows)


def _chosen(
    every: Sequence[Account], platform: PlatformName | None, keys: Sequence[str], now: datetime
) -> list[Account]:
    known = {account.key: account for account in every}
    for key in keys:
        if key not in known:
            raise UsageError(
                f"--account {key}: not in the registry; expected platform:id, or platform:@handle "
                "while the id is not known, as `cityreach accounts list` shows them"
            )
    watched = [one for one in every if not one.is_removed(now)]
    wanted = [known[key] for key in dict.fromkeys(keys)] or watched
    chosen = [account for account in wanted if platform in (None, account.platform)]
    if not chosen:
        raise Failed("no account to verify: `cityreach accounts import` takes some")
    return chosen


async def _ask(
    runtime: Runtime, name: PlatformName, accounts: Sequence[Account], ids: frozenset[str]
) -> tuple[list[Verdict], Sequence[Page]]:
    of = platform_of(name)
    route = route_of(runtime.settings.platform(name), of.lookup)
    if route is None:
        detail = "no credentials, and the route is set to api; `cityreach doctor` says what to do"
        return [Verdict(account, State.FAILED, detail=detail) for account in accounts], ()
    parts = parts_factory(runtime.settings, runtime.clock, runtime.redis_uri, route)(name)
    client = connect_async(runtime.redis_uri)
    try:
        async with downloading(runtime.settings.user_agent) as download:
            lookups = Lookups(parts, download, Ledger(client, name))
            found = await verdicts(lookups, accounts, route in of.lookup.by_id, ids)
            return found, lookups.pages
    finally:
        await client.aclose()


def _write(
    runtime: Runtime, found: Sequence[Verdict], pages: Iterable[Page]
) -> dict[str, AccountAbsence]:
    """Stores what is certain; gives the absences of accounts that were not found."""
    now = runtime.clock.now()
    sure = [one for one in found if one.state in IN_ORDER and one.item is not None]
    unnamed = [one.account.key for one in sure if not one.account.id]
    put_accounts(runtime.db, [_registered(one, now) for one in sure], replaced=unnamed)
    former = {_key(one): one.account.handle for one in sure if _has_another_handle(one)}
    add_former_handles(runtime.db, former, now)
    kept = rows_of(pages, frozenset(known_id(one.item) for one in sure))
    Writer(runtime.db, runtime.months).write([harvest_page(page) for page in kept])
    mark_present(runtime.db, [_key(one) for one in sure])
    return mark_absent(runtime.db, [one.account.key for one in found if one.lost], now)


def _key(verdict: Verdict) -> str:
    return f"{verdict.account.platform}:{known_id(verdict.item)}"


def _has_another_handle(verdict: Verdict) -> bool:
    """Whether the registry is to have another handle than until now."""
    item, rules = verdict.item, FACTS[verdict.account.platform].naming
    if item is None or not item.handle:
        return False
    return verdict.state is State.RENAMED or rules.is_older(verdict.account.handle)


def _registered(verdict: Verdict, now: datetime) -> Account:
    """The account as the registry is to have it; a name that somebody gave it stays."""
    account, item = verdict.account, verdict.item
    handle = item.handle if item is not None and item.handle else account.handle
    name = item.name if item is not None and item.name else ""
    return msgspec.structs.replace(
        account,
        id=known_id(item),
        handle=handle if _has_another_handle(verdict) else account.handle or handle,
        name=account.name or name,
        verified_at=now,
    )


def _row(verdict: Verdict, absence: AccountAbsence | None) -> dict[str, Any]:
    account, item, other = verdict.account, verdict.item, verdict.taken_by
    state = verdict.state
    if state is State.ABSENT and absence is not None and absence.gone_at is not None:
        state = State.GONE
    followers = item.counts.get("followers") if item is not None else None
    return {
        "platform": account.platform,
        "city": account.city,
        "handle": account.handle,
        "id": known_id(item) or account.id,
        "state": state.value,
        "handle_now": item.handle if item is not None else None,
        "name": item.name if item is not None else None,
        "followers": followers.value if followers is not None else None,
        "verified": item.verified if item is not None else None,
        "created_at": _written(item.created_at if item is not None else None),
        "taken_by": known_id(other) if other is not None else None,
        "absent_since": _written(absence.since if absence is not None else None),
        "gone_at": _written(absence.gone_at if absence is not None else None),
        "detail": verdict.detail,
    }


def _written(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"
