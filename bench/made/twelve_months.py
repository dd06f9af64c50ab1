"""A store as large as a year of 138 cities: accounts, posts, readings, and an issue a month."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bench.made.harvest import answered
from model.account import Account
from model.count import Count
from model.items import AccountItem, PostItem, PostType
from model.messages import Outcome, Visit, VisitClosed, VisitKind, Window
from model.period import Period
from model.platform import PLATFORMS
from portal.published import drafted, keep_issue
from registry.cities import load_cities, watched_cities
from scoring.method.library import method_text
from scoring.publish.issues import freeze
from store.accounts import put_accounts
from store.database import (
    ACCOUNT_READINGS,
    POST_READINGS,
    POSTS,
    Document,
    Store,
    ensure_indexes,
)
from store.ingest.writer import HarvestMessage, Writer
from store.keys import reading_id
from store.schema import DOCUMENTS_VERSION

LAST = Period.month("2025-05")
POSTS_A_MONTH = {"facebook": 50, "x": 53, "instagram": 32, "youtube": 20, "tiktok": 36}
"""Means of the 138 cities of the synthetic world."""
_METHOD = "giu"
_STAMPS = "bench"
_LACKING = 6
"""One account in so many is not there: 575 accounts for 138 cities on five platforms."""
_CITIES = 138
_AGES = (1, 2, 3, 5, 7, 14)
"""Days after which the posts of the last two months were read."""
_TYPES = (PostType.PHOTO, PostType.VIDEO, PostType.TEXT, PostType.REEL)
_WORDS = ("harbour", "river", "bridge", "灯会", "garden", "museum", "夜市", "festival", "océan")
_BATCH = 5_000


def year(months: int) -> list[Period]:
    """So many months, the last of them `LAST`."""
    found = [LAST]
    while len(found) < months:
        found.insert(0, found[0].previous())
    return found


def filled_year(db: Store, months: int) -> bool:
    """Everything a portal reads; every month but the last is published, that one is drafted.

    What is there from an earlier run is taken where it was filled to its end by this very code
    for as many months, else dropped; gives whether it was filled now.
    """
    stamp = _stamp(months)
    if db[_STAMPS].find_one({"_id": stamp}) is not None:
        ensure_indexes(db)
        return False
    db.client.drop_database(db.name)
    ensure_indexes(db)
    _fill(db, months)
    db[_STAMPS].insert_one({"_id": stamp})
    return True


def _stamp(months: int) -> str:
    """Changes with what is filled in, and with the documents' form."""
    text = f"{months} {DOCUMENTS_VERSION} {method_text(_METHOD)}".encode()
    return hashlib.sha256(text + Path(__file__).read_bytes()).hexdigest()


def _fill(db: Store, months: int) -> None:
    accounts = list(_accounts())
    put_accounts(db, accounts)
    writer = Writer(db)
    for number, account in enumerate(accounts):
        writer.write([m for period in year(months) for m in _month(account, number, period)])
    _add_daily(db, accounts, months)
    _add_growth(db, year(months)[-2].start)
    for period in year(months):
        made = drafted(db, period, _METHOD, period.cutoff, despite="a benchmark")
        issue = made.issue if period is LAST else freeze(made.issue, period.cutoff.isoformat())
        keep_issue(db, issue, made.basis)


def _accounts() -> Iterator[Account]:
    cities = (*watched_cities(), *load_cities())
    watched = list(dict.fromkeys(cities))[:_CITIES]
    for serial, (city, platform) in enumerate((c, p) for c in watched for p in PLATFORMS):
        if serial % _LACKING:
            one = f"{10**14 + serial}"
            yield Account(platform=platform, id=one, handle=f"visit{serial}", city=city)


def _month(account: Account, number: int, period: Period) -> Iterator[HarvestMessage]:
    draw = random.Random(f"{number} {period.name}")
    for slot in (period.start, period.end):
        profile = _visit(account, VisitKind.PROFILE, slot, None)
        counts = {"followers": Count(value=_followers(number, slot))}
        shown = AccountItem(
            platform=account.platform,
            id=account.id or "",
            handle=account.handle,
            name=account.handle,
            observed_at=slot,
            counts=counts,
        )
        yield answered(profile, slot, f"{account.key} {slot}".encode(), accounts=(shown,))
        yield VisitClosed(visit=profile, outcome=Outcome.OK, observed_at=slot, calls=1), None
    at = period.cutoff
    visit = _visit(account, VisitKind.TIMELINE, at, Window(period.start, period.end))
    mean = POSTS_A_MONTH[account.platform]
    posts = tuple(
        _post(draw, account, period, at, place)
        for place in range(min(200, round(draw.lognormvariate(0, 0.6) * mean * 0.84)))
    )
    yield answered(visit, at, f"{account.key} {period.name}".encode(), posts=posts)
    seen = tuple(one.id for one in posts)
    yield VisitClosed(visit=visit, outcome=Outcome.OK, observed_at=at, seen=seen, calls=1), None


def _followers(number: int, at: datetime) -> int:
    return 900 * (number % 97 + 1) ** 2 + at.toordinal() % 1_000 * (number % 13)


def _visit(account: Account, kind: VisitKind, slot: datetime, window: Window | None) -> Visit:
    return Visit(
        platform=account.platform,
        account=account.id or "",
        handle=account.handle,
        kind=kind,
        slot=slot,
        window=window,
    )


def _post(
    draw: random.Random, account: Account, period: Period, at: datetime, place: int
) -> PostItem:
    span = (period.end - period.start) // timedelta(seconds=1)
    likes = round(draw.lognormvariate(5, 1.5))
    kind = draw.choice(_TYPES)
    views = Count(value=likes * 11) if kind is PostType.VIDEO else Count.not_offered()
    key = f"{int(account.id or 0) * 10**6 + period.start.toordinal() % 10_000 * 200 + place}"
    return PostItem(
        platform=account.platform,
        id=key,
        account=account.id,
        published_at=period.start + timedelta(seconds=draw.randrange(span)),
        type=kind,
        lang="en",
        text=" ".join(draw.choices(_WORDS, k=20)),
        url=f"http://127.0.0.1/{account.id}/posts/{key}",
        observed_at=at,
        counts={
            "likes": Count(value=likes),
            "comments": Count(value=likes // 9),
            "shares": Count(value=likes // 13),
            "views": views,
        },
    )


def _add_daily(db: Store, accounts: list[Account], months: int) -> None:
    """Followers of every day, beside those of the edges that the writer has stored."""
    rows: list[Document] = []
    first = year(months)[0].start
    days = (LAST.end - first) // timedelta(days=1)
    edges = {period.start for period in year(months)} | {LAST.end}
    for number, account in enumerate(accounts):
        for day in range(days):
            at = first + timedelta(days=day)
            if at not in edges:
                counts = {"followers": _followers(number, at)}
                key = reading_id(account.key, at)
                rows.append({"_id": key, "slot": at, "observed_at": at, "counts": counts})
    _insert(db, ACCOUNT_READINGS, rows)


def _add_growth(db: Store, since: datetime) -> None:
    """Earlier readings of the posts of the last months, smaller the younger they are."""
    rows: list[Document] = []
    fields = {"published_at": True, "latest": True}
    for post in db[POSTS].find({"published_at": {"$gte": since}}, fields):
        for days in _AGES:
            at = post["published_at"] + timedelta(days=days)
            if at >= post["latest"]["observed_at"]:
                break
            share = 1 - 0.6**days
            counts = {k: round(v * share) for k, v in post["latest"]["counts"].items()}
            key = reading_id(post["_id"], at)
            rows.append({"_id": key, "slot": at, "observed_at": at, "counts": counts})
    _insert(db, POST_READINGS, rows)


def _insert(db: Store, name: str, rows: list[Document]) -> None:
    for start in range(0, len(rows), _BATCH):
        db[name].insert_many(rows[start : start + _BATCH], ordered=False)
